/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/process.h"
#include "models/blocks/activation_buffer.h"
#include "models/blocks/pass.h"
#include "models/blocks/weight_loader.h"

/*
 * Distribution of one macro: hands each slot one pair of its group's inputs, as
 * the selects of this pass say, for each column that the pass serves.
 *   in    a pass; the vector in its latch; input, pairs and select of the image
 *   out   low, high   int8 [P * R][C] each, after the pass: the two elements of
 *                     the pair on each cell's lines
 *   time  combinational: in the entry clock, held for the beats of the pass
 * Two layers of multiplexers: the first picks one of `reach` pairs, the second
 * brings it to any sub-macro.  Source: the released RTL, hw/distribution.v.
 */
struct distribution {
    struct run *run;
    const struct weight_loader *loader;         /* borrowed */
    const struct activation_buffer *activation; /* borrowed */
    uint32_t macro;
    struct pipe *in, *out;
    struct sim_process process;
};

extern const struct parameter distribution_parameters[];
extern const size_t distribution_parameter_count;

void distribution_init(struct distribution *distribution, struct run *run,
                       uint32_t macro, const struct weight_loader *loader,
                       const struct activation_buffer *activation,
                       struct pipe *in, struct pipe *out);
