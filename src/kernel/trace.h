/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef KERNEL_TRACE_H
#define KERNEL_TRACE_H

/*
 * Internal: one variable of one waveform file.  A signal marks its traces when
 * it changes; the other kinds are looked at when time goes on.
 */
#include <stdbool.h>
#include <stdint.h>

#include "kernel/vcd.h"

enum trace_kind { TRACE_SIGNAL, TRACE_CLOCK, TRACE_VALUE };

struct sim_trace {
    struct sim_trace *next;         /* in the file */
    struct sim_trace *next_of_same; /* of the signal, in other files */
    struct sim_trace *next_marked;
    struct sim_vcd *vcd;
    enum trace_kind kind;
    bool marked;
    const uint64_t *value;         /* TRACE_SIGNAL, TRACE_VALUE */
    const struct sim_clock *clock; /* TRACE_CLOCK */
    uint64_t written;              /* the last value in the file */
    unsigned width;                /* bits */
    const char *name;
    char id[6];
};

/* Notes that the signal of these traces changed. */
void trace_mark(struct sim_trace *trace);

#endif
