/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "replay/infer_timeline.h"

#include <inttypes.h>
#include <math.h>

#include "base/file.h"
#include "base/text.h"
#include "models/inference/attention_engine.h"
#include "models/inference/inference.h"

static const char *const unit_names[TASK_UNITS] = { "array", "vector unit",
                                                    "scan unit", "memory",
                                                    "attention engine" };

/* Clocks as microseconds, which the format counts in, to the picosecond. */
static void add_microseconds(struct text *text, const char *key,
                             const struct machine *machine, uint64_t clocks)
{
    unsigned __int128 time =
        (unsigned __int128)clocks * (uint64_t)llround(1e6 / machine->clock);

    text_addf(text, "\"%s\":%" PRIu64 ".%06" PRIu64, key,
              (uint64_t)(time / 1000000), (uint64_t)(time % 1000000));
}

static void add_bar(struct text *text, const struct machine *machine,
                    const struct inference_span *span, uint64_t begin)
{
    text_addf(text, "{\"ph\":\"X\",\"pid\":1,\"tid\":%d,\"name\":\"%s\",",
              (int)span->unit + 1, span->row->name);
    add_microseconds(text, "ts", machine, span->from - begin);
    text_add(text, ",");
    add_microseconds(text, "dur", machine, span->until - span->from);
    text_addf(text,
              ",\"args\":{\"block\":%u,\"clock\":%" PRIu64
              ",\"clocks\":%" PRIu64,
              span->block, span->from, span->until - span->from);
    if (span->tokens > 0)
        text_addf(text, ",\"vectors\":\"%u..%u\"", span->first,
                  span->first + span->tokens - 1);
    text_add(text, "}},\n");
}

static int write_step(const struct infer_timeline *timeline,
                      const struct inference_result *result, struct error *err)
{
    uint64_t begin = timeline->step ? result->end[timeline->step - 1] : 0;
    struct text text;
    int status;

    text_init(&text);
    text_add(&text, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
    for (int unit = 0; unit < TASK_UNITS; unit++) {
        if (unit == UNIT_ATTENTION &&
            timeline->machine->attention.engine != ATTENTION_SEPARATE)
            continue;
        text_addf(&text,
                  "{\"ph\":\"M\",\"pid\":1,\"tid\":%d,\"name\":\"thread_name\","
                  "\"args\":{\"name\":\"%s\"}},\n",
                  unit + 1, unit_names[unit]);
    }
    for (size_t s = 0; s < result->spans; s++)
        if (result->span[s].until > result->span[s].from)
            add_bar(&text, timeline->machine, &result->span[s], begin);
    text_addf(&text,
              "{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\","
              "\"args\":{\"name\":\"step %u\"}}\n]}\n",
              timeline->step);
    status = file_put(timeline->path, text.at, text.length, err);
    text_release(&text);
    return status;
}

int infer_timeline_write(const struct infer_timeline *timeline,
                         struct error *err)
{
    const struct infer_asked *asked = timeline->asked;
    struct inference_asked inference = {
        .machine = timeline->machine,
        .layers = timeline->input->layer,
        .layer_count = timeline->input->layers,
        .prompt = asked->prompt,
        .generate = asked->generate,
        .batch = asked->batch,
        .shown = { timeline->step, 1 },
    };
    struct model_sizes sizes;
    struct inference_result result;
    int status;

    if (timeline->step >= asked->generate)
        return error_set(err, ERROR_USAGE,
                         "--step: %u of %u steps; 0 (the prompt) to %u were "
                         "expected",
                         timeline->step, asked->generate, asked->generate - 1);
    if (file_check_output(timeline->path, err) < 0 ||
        infer_sizes(&sizes, timeline->input, err) < 0)
        return -1;
    inference.sizes = &sizes;
    if (inference_run(&result, &inference, err) < 0)
        return -1;
    status = write_step(timeline, &result, err);
    inference_result_release(&result);
    return status;
}
