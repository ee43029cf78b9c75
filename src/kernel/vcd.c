/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/vcd.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kernel/internal.h"

/* A signal marks its traces when it changes; other kinds are looked at. */
enum trace_kind { TRACE_SIGNAL, TRACE_CLOCK, TRACE_VALUE, TRACE_EVENT };

struct sim_trace {
    struct sim_trace *next;         /* in the file */
    struct sim_trace *next_of_same; /* of the signal, in other files */
    struct sim_trace *next_marked;
    struct sim_vcd *vcd;
    enum trace_kind kind;
    bool marked;
    const uint64_t *value;         /* TRACE_SIGNAL, TRACE_VALUE */
    const struct sim_clock *clock; /* TRACE_CLOCK */
    const struct sim_event *event; /* TRACE_EVENT */
    uint64_t written; /* the last value in the file; of an event its time */
    unsigned width;   /* bits */
    const char *name;
    char id[6];
};

struct sim_vcd {
    struct sim_vcd *next;
    struct sim *sim;
    FILE *file;
    struct sim_trace *traces; /* in the order they were named */
    struct sim_trace **traces_end;
    struct sim_trace *marked;
    struct sim_trace **marked_end;
    unsigned count;
    bool polls;       /* something in it must be looked at */
    bool begun;       /* the header is written */
    sim_time written; /* the last time in the file */
    bool timed;       /* there is one */
};

struct sim_vcd *sim_vcd_open(struct sim *sim, const char *path)
{
    FILE *file = fopen(path, "w");
    struct sim_vcd *vcd;

    if (file == NULL)
        return NULL;
    vcd = sim_alloc(sim, sizeof *vcd);
    vcd->sim = sim;
    vcd->file = file;
    vcd->traces_end = &vcd->traces;
    vcd->marked_end = &vcd->marked;
    vcd->next = sim->vcds;
    sim->vcds = vcd;
    return vcd;
}

static struct sim_trace *add(struct sim_vcd *vcd, enum trace_kind kind,
                             const char *name, unsigned width)
{
    struct sim *sim = vcd->sim;
    struct sim_trace *trace = sim_alloc(sim, sizeof *trace);
    unsigned number = vcd->count++;
    char *copy = sim_alloc(sim, strlen(name) + 1);

    assert(!vcd->begun && width >= 1 && width <= 64);
    memcpy(copy, name, strlen(name));
    trace->vcd = vcd;
    trace->kind = kind;
    trace->name = copy;
    trace->width = width;
    for (int i = 4; i >= 0; i--) {
        trace->id[i] = (char)('a' + number % 26);
        number /= 26;
    }
    *vcd->traces_end = trace;
    vcd->traces_end = &trace->next;
    if (kind != TRACE_SIGNAL)
        vcd->polls = true;
    return trace;
}

void sim_vcd_signal(struct sim_vcd *vcd, struct sim_signal *signal,
                    const char *name, unsigned width)
{
    struct sim_trace *trace = add(vcd, TRACE_SIGNAL, name, width);

    trace->value = &signal->value;
    trace->next_of_same = signal->trace;
    signal->trace = trace;
    signal->watched = true;
}

void sim_vcd_clock(struct sim_vcd *vcd, struct sim_clock *clock,
                   const char *name)
{
    add(vcd, TRACE_CLOCK, name, 1)->clock = clock;
}

void sim_vcd_value(struct sim_vcd *vcd, const uint64_t *value, const char *name,
                   unsigned width)
{
    add(vcd, TRACE_VALUE, name, width)->value = value;
}

void sim_vcd_event(struct sim_vcd *vcd, const struct sim_event *event,
                   const char *name)
{
    struct sim_trace *trace = add(vcd, TRACE_EVENT, name, 1);

    trace->event = event;
    trace->written = SIM_TIME_MAX;
}

void sim_vcd_show_deltas(struct sim *sim)
{
    sim->trace_deltas = true;
}

void trace_mark(struct sim_trace *trace)
{
    for (; trace != NULL; trace = trace->next_of_same) {
        struct sim_vcd *vcd = trace->vcd;

        if (trace->marked || vcd->file == NULL)
            continue;
        trace->marked = true;
        trace->next_marked = NULL;
        *vcd->marked_end = trace;
        vcd->marked_end = &trace->next_marked;
    }
}

static void write_value(struct sim_vcd *vcd, struct sim_trace *trace,
                        uint64_t value)
{
    char bits[65];
    int at = 64;

    trace->written = value;
    if (trace->width == 1) {
        fprintf(vcd->file, "%d%s\n", value != 0, trace->id);
        return;
    }
    bits[at] = '\0';
    for (unsigned bit = 0; bit == 0 || value >> bit != 0; bit++) {
        bits[--at] = (char)('0' + (value >> bit & 1));
        if (bit + 1 == trace->width)
            break;
    }
    fprintf(vcd->file, "b%s %s\n", bits + at, trace->id);
}

static uint64_t value_of(const struct sim_trace *trace, sim_time time)
{
    if (trace->kind == TRACE_CLOCK)
        return clock_value_at(trace->clock, time);
    return *trace->value;
}

static void write_time(struct sim_vcd *vcd, sim_time time)
{
    if (!vcd->timed || vcd->written != time)
        fprintf(vcd->file, "#%" PRIu64 "\n", time);
    vcd->timed = true;
    vcd->written = time;
}

static void look(struct sim_vcd *vcd, struct sim_trace *trace, sim_time time)
{
    uint64_t value;

    if (trace->kind == TRACE_EVENT) {
        if (trace->event->fired_delta == UINT64_MAX ||
            trace->event->fired_time != time || trace->written == time)
            return;
        write_time(vcd, time);
        fprintf(vcd->file, "1%s\n", trace->id);
        trace->written = time;
        return;
    }
    value = value_of(trace, time);
    if (value == trace->written)
        return;
    write_time(vcd, time);
    write_value(vcd, trace, value);
}

/* Length of the part that two names share, in whole scopes. */
static size_t shared_scopes(const char *a, const char *b)
{
    size_t shared = 0;

    for (size_t i = 0; a[i] == b[i] && a[i] != '\0'; i++) {
        if (a[i] == '.')
            shared = i + 1;
    }
    return shared;
}

static void write_variables(struct sim_vcd *vcd)
{
    const char *open = "";

    for (struct sim_trace *trace = vcd->traces;; trace = trace->next) {
        const char *name = trace == NULL ? "" : trace->name, *part, *dot;
        size_t shared = shared_scopes(open, name);

        for (part = open + shared; (part = strchr(part, '.')); part++)
            fprintf(vcd->file, "$upscope $end\n");
        if (trace == NULL)
            return;
        for (part = name + shared; (dot = strchr(part, '.')); part = dot + 1)
            fprintf(vcd->file, "$scope module %.*s $end\n", (int)(dot - part),
                    part);
        fprintf(vcd->file, "$var %s %u %s %s $end\n",
                trace->kind == TRACE_EVENT ? "event" : "wire", trace->width,
                trace->id, part);
        open = name;
    }
}

static void write_header(struct sim_vcd *vcd)
{
    struct sim *sim = vcd->sim;
    char unit[32];

    sim_time_text(sim, 1, unit, sizeof unit);
    fprintf(vcd->file, "$version flexcim-kernel $end\n$timescale %s $end\n",
            unit);
    fprintf(vcd->file, "$scope module sim $end\n");
    write_variables(vcd);
    fprintf(vcd->file, "$upscope $end\n$enddefinitions $end\n$dumpvars\n");
    for (struct sim_trace *trace = vcd->traces; trace; trace = trace->next) {
        if (trace->kind == TRACE_CLOCK)
            write_value(vcd, trace, !trace->clock->posedge_first);
        else if (trace->kind != TRACE_EVENT)
            write_value(vcd, trace, value_of(trace, 0));
    }
    fprintf(vcd->file, "$end\n");
    vcd->begun = true;
}

/* The clocks' edges after `from` and before `to`, in the order of time. */
static void write_edges(struct sim_vcd *vcd, sim_time from, sim_time to)
{
    for (;;) {
        sim_time next = to;

        for (struct sim_trace *t = vcd->traces; t != NULL; t = t->next) {
            if (t->kind == TRACE_CLOCK) {
                sim_time edge = clock_edge_after(t->clock, from);

                next = edge < next ? edge : next;
            }
        }
        if (next == to)
            return;
        for (struct sim_trace *t = vcd->traces; t != NULL; t = t->next) {
            if (t->kind == TRACE_CLOCK)
                look(vcd, t, next);
        }
        from = next;
    }
}

static void write_step(struct sim_vcd *vcd, sim_time now, sim_time next)
{
    struct sim_trace *trace = vcd->marked;

    if (!vcd->begun)
        write_header(vcd);
    for (; trace != NULL; trace = trace->next_marked) {
        trace->marked = false;
        look(vcd, trace, now);
    }
    vcd->marked = NULL;
    vcd->marked_end = &vcd->marked;
    if (!vcd->polls)
        return;
    for (trace = vcd->traces; trace != NULL; trace = trace->next) {
        if (trace->kind != TRACE_SIGNAL)
            look(vcd, trace, now);
    }
    write_edges(vcd, now, next);
}

void vcd_begin(struct sim *sim)
{
    for (struct sim_vcd *vcd = sim->vcds; vcd != NULL; vcd = vcd->next) {
        if (vcd->file != NULL && !vcd->begun)
            write_header(vcd);
    }
}

void vcd_step(struct sim *sim, sim_time next)
{
    for (struct sim_vcd *vcd = sim->vcds; vcd != NULL; vcd = vcd->next) {
        if (vcd->file != NULL)
            write_step(vcd, sim->now, next);
    }
}

void vcd_delta(struct sim *sim)
{
    for (struct sim_vcd *vcd = sim->vcds; vcd != NULL; vcd = vcd->next) {
        if (vcd->file == NULL)
            continue;
        write_time(vcd, sim->now);
        fprintf(vcd->file, "$comment delta %" PRIu64 " $end\n", sim->delta);
        write_step(vcd, sim->now, sim->now);
    }
}

void vcd_flush(struct sim *sim)
{
    for (struct sim_vcd *vcd = sim->vcds; vcd != NULL; vcd = vcd->next) {
        if (vcd->file != NULL)
            fflush(vcd->file);
    }
}

int sim_vcd_close(struct sim_vcd *vcd)
{
    int failed;

    if (vcd->file == NULL)
        return 0;
    write_step(vcd, vcd->sim->now, vcd->sim->now);
    write_time(vcd, vcd->sim->now);
    failed = ferror(vcd->file);
    failed |= fclose(vcd->file);
    vcd->file = NULL;
    return failed ? -1 : 0;
}

void vcd_close_all(struct sim *sim)
{
    for (struct sim_vcd *vcd = sim->vcds; vcd != NULL; vcd = vcd->next)
        sim_vcd_close(vcd);
}
