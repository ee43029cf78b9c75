/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/process.h"
#include "models/blocks/pass.h"
#include "models/blocks/pipe.h"

/*
 * Partial-sum buffers of one macro: a queue for each column of each sub-macro
 * between its tree and the merge; it does not add over K tiles.
 *   in    sums  int32 [lanes][columns]
 *   out   sums  int32 [lanes][columns]
 *   time  1 clock; it never fills, for passes enter on credit
 * Source: the released RTL, where it has three entries.
 */
struct partial_sum_buffer {
    struct run *run;
    struct pipe *in, *out;
    struct sim_process process;
};

/* Sums written and read. */
void partial_sum_buffer_count(uint64_t counters[COUNTERS],
                              const struct visit *visit);

void partial_sum_buffer_init(struct partial_sum_buffer *buffer, struct run *run,
                             struct pipe *in, struct pipe *out);
