/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/process.h"
#include "models/blocks/pass.h"
#include "models/blocks/pipe.h"

/*
 * Shift accumulators of one macro, one for each column of each sub-macro: add
 * the beats of a bit-serial pass in their places.
 *   in    sums  int32 [lanes][columns] of each beat, least significant first
 *   out   sums  int32 [lanes][columns] of the pass
 *   time  registered: 1 clock after the last beat
 * There only if a pass has several beats; our variation, for the released RTL
 * multiplies 8 bits at once.
 */
struct shift_accumulator {
    struct run *run;
    int32_t *held; /* [lanes][columns] */
    size_t bytes;  /* of `held` */
    struct pipe *in, *out;
    struct sim_process process;
};

/* Shifted additions, each beat. */
void shift_accumulator_count(uint64_t counters[COUNTERS],
                             const struct visit *visit);

void shift_accumulator_init(struct shift_accumulator *accumulator,
                            struct run *run, struct pipe *in, struct pipe *out);
