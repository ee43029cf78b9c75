/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/process.h"
#include "models/blocks/pass.h"
#include "models/blocks/pipe.h"

/*
 * Merging of one macro: adds the sums of one column over the sub-macros of a
 * team (mapping.h), which hold different inputs of the same output.  Levels of
 * the tree that would add over teams hand their sums on.
 *   in    sums  int32 [lanes][columns]
 *   out   sums  int32 [columns], those of the pass
 *   time  log2 P + 2 clocks: input register, a register at each level of the
 *         tree, output register
 * Source: the released RTL, hw/merging.v; there it has no mode and always adds
 * all P.  That it may add fewer is from the paper's abstract.
 */
struct merge {
    struct run *run;
    struct pipe *in, *out;
    struct sim_process process;
};

/* Two-input additions, and sums that levels hand on. */
void merge_count(uint64_t counters[COUNTERS], const struct visit *visit);

void merge_init(struct merge *merge, struct run *run, struct pipe *in,
                struct pipe *out);
