/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>

#include "base/file.h"
#include "base/text.h"
#include "replay/window.h"

/* Clocks as microseconds, which the format counts in, to the picosecond. */
static void add_time(struct text *text, const char *key,
                     const struct window *window, uint64_t clocks)
{
    uint64_t period = (uint64_t)llround(1e6 / window->machine->clock);
    uint64_t time = clocks * period; /* ps */

    text_addf(text, "\"%s\":%" PRIu64 ".%06" PRIu64, key, time / 1000000,
              time % 1000000);
}

static void window_timeline_add_name(struct text *text,
                                     const struct watch_span *span)
{
    switch (span->unit) {
    case WATCH_DRAM:
        text_addf(text, "%" PRIu64 " bytes", span->count);
        break;
    case WATCH_WAIT:
        text_add(text, clock_category_names[span->category]);
        break;
    case WATCH_LOAD:
        text_addf(text, "wave %u", span->wave);
        break;
    case WATCH_READ:
        text_addf(text, "wave %u token %u", span->wave, span->token);
        break;
    default:
        text_addf(text, "wave %u token %u pass %u", span->wave, span->token,
                  span->pass);
        break;
    }
}

static void add_track(struct text *text, enum watch_unit unit)
{
    text_addf(text,
              "{\"ph\":\"M\",\"pid\":1,\"tid\":%d,\"name\":\"thread_name\","
              "\"args\":{\"name\":\"%s\"}},\n",
              (int)unit + 1, window_unit_names[unit]);
}

static void window_timeline_add_span(struct text *text,
                                     const struct window *window,
                                     const struct watch_span *span)
{
    text_addf(text, "{\"ph\":\"X\",\"pid\":1,\"tid\":%d,\"name\":\"",
              (int)span->unit + 1);
    window_timeline_add_name(text, span);
    text_add(text, "\",");
    add_time(text, "ts", window, span->start);
    text_add(text, ",");
    add_time(text, "dur", window, span->end - span->start);
    text_addf(text,
              ",\"args\":{\"clock\":%" PRIu64 ",\"clocks\":%" PRIu64 "}},\n",
              span->start, span->end - span->start);
}

int window_write_timeline(const struct window *window, const char *path,
                          struct error *err)
{
    struct text text;
    int status;

    text_init(&text);
    text_add(&text, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
    for (int unit = 0; unit < WATCH_UNITS; unit++)
        add_track(&text, (enum watch_unit)unit);
    for (size_t i = 0; i < window->spans; i++)
        window_timeline_add_span(&text, window, &window->span[i]);
    text_add(&text, "{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\","
                    "\"args\":{\"name\":\"accelerator\"}}\n]}\n");
    status = file_put(path, text.at, text.length, err);
    text_release(&text);
    return status;
}
