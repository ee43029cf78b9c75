/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/blocks/adder_tree.h"
#include "models/blocks/distribution.h"
#include "models/blocks/merge.h"
#include "models/blocks/partial_sum_buffer.h"
#include "models/blocks/shift_accumulator.h"
#include "models/blocks/sub_macro_array.h"
#include "models/arrays/systolic_array.h"

/*
 * One macro:
 *
 *   entry ─▶ distribution ─▶ cells ─▶ trees ─▶ (shift accumulators)
 *                                                 │
 *            merged ◀─ merge ◀─ partial sums ◀────┘
 *
 * A pass that enters in clocks c .. c + beats - 1 can be got from `merged`
 * machine_latency() clocks after the last of them.
 */
struct macro {
    struct pipe entry;    /* pass, no values */
    struct pipe pairs;    /* int8 [2][P * R][C] */
    struct pipe products; /* int16 [P * R][C] */
    struct pipe beats;    /* int32 [P][C], bit-serial machines */
    struct pipe sums;     /* int32 [P][C] */
    struct pipe buffered; /* int32 [P][C] */
    struct pipe merged;   /* int32 [C] */
    struct distribution distribution;
    struct sub_macro_array array;
    struct adder_tree tree;
    struct shift_accumulator accumulator;
    struct partial_sum_buffer buffer;
    struct merge merge;
    struct systolic_array systolic; /* then only entry and merged are there */
};

/* `name` is the macro's scope in the simulation. */
void macro_init(struct macro *macro, struct run *run, const char *name,
                uint32_t number, const struct weight_loader *loader,
                const struct activation_buffer *activation);

/* A pass enters in this clock. */
void macro_enter(struct macro *macro, const struct pass *pass);
