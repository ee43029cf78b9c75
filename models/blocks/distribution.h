/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/process.h"
#include "models/blocks/pass.h"
#include "models/blocks/site.h"

/*
 * Distribution of one macro: hands each slot one pair of its group's inputs, as
 * the selects of this pass say, for each column that the pass serves.
 *   in    a pass; the vector in its latch; input, pairs and select of the image
 *   out   low, high   int8 [slots][columns] each, after the pass: the two
 * elements of the pair on each cell's lines time  combinational: in the entry
 * clock, held for the beats of the pass Two layers of multiplexers: the first
 * picks one of `reach` pairs, the second brings it to any sub-macro.  Source:
 * the released RTL, hw/distribution.v.
 */
struct distribution {
    struct site site;
    struct pipe *in, *out;
    struct sim_process process;
};

/* Bytes on the wires to the selectors, a vector, and on the row lines, a pass.
 */
void distribution_count(uint64_t counters[COUNTERS], const struct visit *visit);

void distribution_init(struct distribution *distribution,
                       const struct site *site, struct pipe *in,
                       struct pipe *out);
