/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Waveforms.  A trace is looked at after each time step and written if it
 * differs from what the file has; nothing is hooked into signals, so that a
 * design without a waveform pays nothing.  Edges of clocks that nobody waits
 * for are computed from the clock when the file needs them: the kernel never
 * ran them.
 */
#include "kernel/vcd.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kernel/internal.h"

/* Of value, clock, event and data just one is not NULL. */
struct trace {
    struct trace *next;
    const void *data; /* what is compared with `last`, [size] */
    void *last;
    size_t size;
    const char *type; /* of the variable: wire, real, string */
    void (*write)(struct sim_vcd *vcd, const struct trace *trace);
    const char *const *texts; /* [texts_count] */
    unsigned texts_count;
    const uint64_t *value;
    const struct sim_clock *clock;
    const struct sim_event *event;
    uint64_t written; /* the last value in the file; of an event its time */
    unsigned width;   /* bits */
    const char *name;
    char id[6];
};

struct sim_vcd {
    struct watcher watcher;
    struct sim *sim;
    FILE *file;
    struct trace *traces; /* in the order they were named */
    struct trace **traces_end;
    unsigned count;
    bool deltas, begun; /* the header is written */
    uint64_t unit;      /* of the file's times, femtoseconds */
    sim_time written;   /* the last time in the file; at first SIM_TIME_MAX */
};

static void write_header(struct sim_vcd *vcd);
static bool vcd_watch(struct watcher *watcher, enum watch when, sim_time next);

static void vcd_close(struct watcher *watcher)
{
    sim_vcd_close((struct sim_vcd *)watcher);
}

struct sim_vcd *sim_vcd_open(struct sim *sim, const char *path,
                             enum sim_vcd_detail detail)
{
    FILE *file = fopen(path, "w");
    struct sim_vcd *vcd;

    if (file == NULL)
        return NULL;
    vcd = sim_alloc(sim, sizeof *vcd);
    *vcd = (struct sim_vcd){
        .watcher = { .look = vcd_watch, .close = vcd_close },
        .sim = sim,
        .file = file,
        .deltas = detail == SIM_VCD_DELTAS,
        .written = SIM_TIME_MAX,
    };
    vcd->traces_end = &vcd->traces;
    vcd->unit = sim->resolution;
    kernel_watch_with(sim, &vcd->watcher);
    return vcd;
}

static struct trace *vcd_add(struct sim_vcd *vcd, const char *name,
                             unsigned width)
{
    size_t length = strlen(name) + 1;
    struct trace *trace = sim_alloc(vcd->sim, sizeof *trace);
    unsigned number = vcd->count++;

    assert(!vcd->begun && width >= 1);
    trace->type = "wire";
    trace->name = memcpy(sim_alloc(vcd->sim, length), name, length);
    trace->width = width;
    trace->written = SIM_TIME_MAX;
    for (int i = 4; i >= 0; i--, number /= 26)
        trace->id[i] = (char)('a' + number % 26);
    *vcd->traces_end = trace;
    vcd->traces_end = &trace->next;
    return trace;
}

void sim_vcd_clock(struct sim_vcd *vcd, const struct sim_clock *clock,
                   const char *name)
{
    vcd_add(vcd, name, 1)->clock = clock;
}

void sim_vcd_value(struct sim_vcd *vcd, const uint64_t *value, const char *name,
                   unsigned width)
{
    vcd_add(vcd, name, width)->value = value;
}

void sim_vcd_event(struct sim_vcd *vcd, const struct sim_event *event,
                   const char *name)
{
    vcd_add(vcd, name, 1)->event = event;
}

static struct trace *add_data(struct sim_vcd *vcd, const char *name,
                              unsigned width, const void *data, size_t size,
                              void (*write)(struct sim_vcd *vcd,
                                            const struct trace *trace))
{
    struct trace *trace = vcd_add(vcd, name, width);

    trace->data = data;
    trace->size = size;
    trace->last = sim_alloc(vcd->sim, size);
    trace->write = write;
    return trace;
}

/* The digits of a vector; what readers put before them again is left out. */
static void write_digits(struct sim_vcd *vcd, const struct trace *trace,
                         char (*digit)(const void *data, unsigned bit))
{
    unsigned bit = trace->width;
    char first = digit(trace->data, bit - 1);

    if (bit == 1) {
        fprintf(vcd->file, "%c%s\n", first, trace->id);
        return;
    }
    while (bit > 1 && first != '1' && digit(trace->data, bit - 2) == first)
        bit--;
    if (bit > 1 && first == '0' && digit(trace->data, bit - 2) == '1')
        bit--;
    fputc('b', vcd->file);
    while (bit-- > 0)
        fputc(digit(trace->data, bit), vcd->file);
    fprintf(vcd->file, " %s\n", trace->id);
}

static char word_digit(const void *data, unsigned bit)
{
    return ((const uint64_t *)data)[bit / 64] >> bit % 64 & 1 ? '1' : '0';
}

static char wire_digit(const void *data, unsigned bit)
{
    const struct sim_wires *wires = (const struct sim_wires *)data + bit / 64;
    bool low = wires->low >> bit % 64 & 1, high = wires->high >> bit % 64 & 1;

    return low && high ? 'x' : low ? '0' : high ? '1' : 'z';
}

static void write_words(struct sim_vcd *vcd, const struct trace *trace)
{
    write_digits(vcd, trace, word_digit);
}

static void write_wires(struct sim_vcd *vcd, const struct trace *trace)
{
    write_digits(vcd, trace, wire_digit);
}

static void write_real(struct sim_vcd *vcd, const struct trace *trace)
{
    fprintf(vcd->file, "r%.16g %s\n", *(const double *)trace->data, trace->id);
}

/* White space would end the string. */
static void write_text(struct sim_vcd *vcd, const struct trace *trace)
{
    uint64_t value = *(const uint64_t *)trace->data;

    fputc('s', vcd->file);
    if (value >= trace->texts_count)
        fprintf(vcd->file, "%" PRIu64, value);
    for (const char *c = value < trace->texts_count ? trace->texts[value] : "";
         *c != '\0'; c++)
        fputc(isspace((unsigned char)*c) ? '_' : *c, vcd->file);
    fprintf(vcd->file, " %s\n", trace->id);
}

static size_t words_of(unsigned width)
{
    return ((size_t)width + 63) / 64;
}

void sim_vcd_words(struct sim_vcd *vcd, const uint64_t *words, const char *name,
                   unsigned width)
{
    add_data(vcd, name, width, words, words_of(width) * sizeof *words,
             write_words);
}

void sim_vcd_wires(struct sim_vcd *vcd, const struct sim_wires *wires,
                   const char *name, unsigned width)
{
    add_data(vcd, name, width, wires, words_of(width) * sizeof *wires,
             write_wires);
}

void sim_vcd_real(struct sim_vcd *vcd, const double *real, const char *name)
{
    add_data(vcd, name, 64, real, sizeof *real, write_real)->type = "real";
}

void sim_vcd_text(struct sim_vcd *vcd, const uint64_t *value, const char *name,
                  const char *const *texts, unsigned count)
{
    struct trace *trace =
        add_data(vcd, name, 1, value, sizeof *value, write_text);

    trace->type = "string";
    trace->texts = texts;
    trace->texts_count = count;
}

void sim_vcd_set_unit(struct sim_vcd *vcd, unsigned value, uint64_t unit)
{
    assert(!vcd->begun && (value == 1 || value == 10 || value == 100));
    vcd->unit = value * unit;
}

static void write_value(struct sim_vcd *vcd, struct trace *trace,
                        uint64_t value)
{
    unsigned bit = trace->width;

    trace->written = value;
    if (bit == 1) {
        fprintf(vcd->file, "%d%s\n", value != 0 || trace->event != NULL,
                trace->id);
        return;
    }
    while (bit > 1 && (value >> (bit - 1) & 1) == 0)
        bit--;
    fputc('b', vcd->file);
    while (bit-- > 0)
        fputc(value >> bit & 1 ? '1' : '0', vcd->file);
    fprintf(vcd->file, " %s\n", trace->id);
}

static void write_time(struct sim_vcd *vcd, sim_time time)
{
    if (vcd->unit != vcd->sim->resolution)
        time = (sim_time)((unsigned __int128)time * vcd->sim->resolution /
                          vcd->unit);
    if (vcd->written != time)
        fprintf(vcd->file, "#%" PRIu64 "\n", time);
    vcd->written = time;
}

/* Writes the trace if it is not as in the file; a clock's value is given. */
static void vcd_look(struct sim_vcd *vcd, struct trace *trace, sim_time time,
                     bool clock)
{
    const struct sim_event *event = trace->event;
    uint64_t value = trace->value != NULL ? *trace->value : clock;

    if (trace->data != NULL) {
        if (memcmp(trace->data, trace->last, trace->size) == 0)
            return;
        write_time(vcd, time);
        memcpy(trace->last, trace->data, trace->size);
        trace->write(vcd, trace);
        return;
    }
    if (event != NULL) {
        if (event->fired_delta == UINT64_MAX || event->fired_time != time)
            return;
        value = time;
    }
    if (value != trace->written) {
        write_time(vcd, time);
        write_value(vcd, trace, value);
    }
}

/* Who reads the file takes scopes of one name as one. */
static void write_variable(FILE *file, const struct trace *trace)
{
    const char *part = trace->name, *dot;

    for (; (dot = strchr(part, '.')) != NULL; part = dot + 1)
        fprintf(file, "$scope module %.*s $end\n", (int)(dot - part), part);
    fprintf(file, "$var %s %u %s %s $end\n",
            trace->event != NULL ? "event" : trace->type, trace->width,
            trace->id, part);
    for (part = trace->name; (part = strchr(part, '.')) != NULL; part++)
        fprintf(file, "$upscope $end\n");
}

/* Of a number of femtoseconds that is 1, 10 or 100 of some unit. */
static void unit_text(uint64_t unit, char *text, size_t size)
{
    static const char *const names[] = { "fs", "ps", "ns", "us", "ms", "s" };
    unsigned name = 0;

    for (; unit >= 1000; unit /= 1000)
        name++;
    snprintf(text, size, "%d %s", (int)unit, names[name]);
}

void sim_vcd_comment(struct sim_vcd *vcd, const char *text)
{
    assert(strstr(text, "$end") == NULL);
    if (!vcd->begun)
        write_header(vcd);
    write_time(vcd, vcd->sim->now);
    fprintf(vcd->file, "$comment %s $end\n", text);
}

static void write_header(struct sim_vcd *vcd)
{
    char unit[32];

    unit_text(vcd->unit, unit, sizeof unit);
    fprintf(vcd->file, "$version flexcim-kernel $end\n$timescale %s $end\n",
            unit);
    fprintf(vcd->file, "$scope module sim $end\n");
    for (struct trace *trace = vcd->traces; trace; trace = trace->next)
        write_variable(vcd->file, trace);
    fprintf(vcd->file, "$upscope $end\n$enddefinitions $end\n$dumpvars\n");
    for (struct trace *trace = vcd->traces; trace; trace = trace->next) {
        if (trace->data != NULL) {
            memcpy(trace->last, trace->data, trace->size);
            trace->write(vcd, trace);
        } else if (trace->event == NULL)
            write_value(vcd, trace,
                        trace->clock != NULL ? sim_clock_read(trace->clock)
                                             : *trace->value);
    }
    fprintf(vcd->file, "$end\n");
    vcd->begun = true;
}

/* The earliest edge of a clock after `from`, or `to` if that is before. */
static sim_time next_edge(const struct sim_vcd *vcd, sim_time from, sim_time to)
{
    for (struct trace *t = vcd->traces; t != NULL; t = t->next) {
        if (t->clock != NULL && clock_edge_after(t->clock, from) < to)
            to = clock_edge_after(t->clock, from);
    }
    return to;
}

/* What is to be seen now, and the clocks' edges between now and `next`. */
static void write_step(struct sim_vcd *vcd, sim_time next)
{
    sim_time now = vcd->sim->now;

    if (!vcd->begun)
        write_header(vcd);
    for (struct trace *t = vcd->traces; t != NULL; t = t->next)
        vcd_look(vcd, t, now,
                 t->clock != NULL &&
                     (next > now ? clock_value_before(t->clock, now + 1)
                                 : sim_clock_read(t->clock)));
    while ((now = next_edge(vcd, now, next)) < next) {
        for (struct trace *t = vcd->traces; t != NULL; t = t->next) {
            if (t->clock != NULL)
                vcd_look(vcd, t, now, clock_value_before(t->clock, now + 1));
        }
    }
}

static bool vcd_watch(struct watcher *watcher, enum watch when, sim_time next)
{
    struct sim_vcd *vcd = (struct sim_vcd *)watcher;

    if (when != WATCH_DELTA && when != WATCH_TIME)
        return false;
    if (vcd->begun && when == WATCH_DELTA) {
        if (!vcd->deltas)
            return false;
        write_time(vcd, next);
        fprintf(vcd->file, "$comment delta %" PRIu64 " $end\n",
                vcd->sim->delta);
    }
    write_step(vcd, next);
    return false;
}

int sim_vcd_close(struct sim_vcd *vcd)
{
    int failed;

    write_step(vcd, vcd->sim->now);
    write_time(vcd, vcd->sim->now);
    failed = ferror(vcd->file);
    failed |= fclose(vcd->file);
    kernel_watch_end(vcd->sim, &vcd->watcher);
    return failed ? -1 : 0;
}
