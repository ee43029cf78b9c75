/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/process.h"
#include "models/blocks/pass.h"
#include "models/blocks/pipe.h"

/*
 * Adder trees of one macro: one for each column of each sub-macro, R inputs.
 *   in    products  int16 [slots][columns], one beat a clock
 *   out   sums      int32 [lanes][columns]
 *   time  log2 R clocks: registered at each level
 * Source: the released RTL, hw/adder_tree.v.
 */
struct adder_tree {
    struct run *run;
    struct pipe *in, *out;
    struct sim_process process;
};

/* Two-input additions, each beat. */
void adder_tree_count(uint64_t counters[COUNTERS], const struct visit *visit);

void adder_tree_init(struct adder_tree *tree, struct run *run, struct pipe *in,
                     struct pipe *out);
