/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/vcd.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kernel/internal.h"

/* Of value, clock and event just one is not NULL. */
struct trace {
    struct trace *next;
    const uint64_t *value;
    const struct sim_clock *clock;
    const struct sim_event *event;
    uint64_t written; /* the last value in the file; of an event its time */
    unsigned width;   /* bits */
    const char *name;
    char id[6];
};

struct sim_vcd {
    struct sim_vcd *next;
    struct sim *sim;
    FILE *file;
    struct trace *traces; /* in the order they were named */
    struct trace **traces_end;
    unsigned count;
    bool deltas, begun; /* the header is written */
    sim_time written;   /* the last time in the file; at first SIM_TIME_MAX */
};

struct sim_vcd *sim_vcd_open(struct sim *sim, const char *path, bool deltas)
{
    FILE *file = fopen(path, "w");
    struct sim_vcd *vcd;

    if (file == NULL)
        return NULL;
    vcd = sim_alloc(sim, sizeof *vcd);
    *vcd = (struct sim_vcd){
        .next = sim->vcds,
        .sim = sim,
        .file = file,
        .deltas = deltas,
        .written = SIM_TIME_MAX,
    };
    vcd->traces_end = &vcd->traces;
    sim->vcds = vcd;
    return vcd;
}

static struct trace *vcd_add(struct sim_vcd *vcd, const char *name,
                             unsigned width)
{
    size_t length = strlen(name) + 1;
    struct trace *trace = sim_alloc(vcd->sim, sizeof *trace);
    unsigned number = vcd->count++;

    assert(!vcd->begun && width >= 1 && width <= 64);
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
            trace->event != NULL ? "event" : "wire", trace->width, trace->id,
            part);
    for (part = trace->name; (part = strchr(part, '.')) != NULL; part++)
        fprintf(file, "$upscope $end\n");
}

static void write_header(struct sim_vcd *vcd)
{
    struct sim *sim = vcd->sim;
    char unit[32];

    sim_time_text(sim, 1, unit, sizeof unit);
    fprintf(vcd->file, "$version flexcim-kernel $end\n$timescale %s $end\n",
            unit);
    fprintf(vcd->file, "$scope module sim $end\n");
    for (struct trace *trace = vcd->traces; trace; trace = trace->next)
        write_variable(vcd->file, trace);
    fprintf(vcd->file, "$upscope $end\n$enddefinitions $end\n$dumpvars\n");
    for (struct trace *trace = vcd->traces; trace; trace = trace->next) {
        if (trace->event == NULL)
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

void vcd_step(struct sim *sim, sim_time next)
{
    for (struct sim_vcd *vcd = sim->vcds; vcd != NULL; vcd = vcd->next) {
        if (vcd->begun && next == sim->now) {
            if (!vcd->deltas)
                continue;
            write_time(vcd, next);
            fprintf(vcd->file, "$comment delta %" PRIu64 " $end\n", sim->delta);
        }
        write_step(vcd, next);
    }
}

int sim_vcd_close(struct sim_vcd *vcd)
{
    struct sim_vcd **place = &vcd->sim->vcds;
    int failed;

    write_step(vcd, vcd->sim->now);
    write_time(vcd, vcd->sim->now);
    failed = ferror(vcd->file);
    failed |= fclose(vcd->file);
    while (*place != vcd)
        place = &(*place)->next;
    *place = vcd->next;
    return failed ? -1 : 0;
}
