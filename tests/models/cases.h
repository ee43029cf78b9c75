/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "models/accelerator.h"
#include "models/machine.h"
#include "trace/layer.h"

/* A layer with the matrix and mask that it was packed from. */
struct test_case {
    struct layer layer;
    int8_t *weights; /* [O][K] */
    uint8_t *mask;   /* [O][K], 1: kept */
    int8_t *input;   /* [T][K] */
};

/* The machine of the golden examples: P 4, R 32, C 32, reach 4, every column
 * with its own selects, one macro, resident, buffers wide, one weight bank. */
void golden_machine(struct machine *machine);

/* Sets parameters by path, "macro.rows=64 weights.banks=2"; what does not fit
 * ends the test. */
void set_machine(struct machine *machine, const char *settings);

/*
 * The mask of the golden examples: input k of output o is kept iff
 * (5 (k mod M) + 3 floor(k / M) + 7 floor(o / agreement)) mod M < N.
 */
void golden_case(struct test_case *test, const char *pattern, uint32_t tokens,
                 uint32_t inputs, uint32_t outputs, uint32_t agreement);

/* Any machine and layer, small and ragged; all that a seed draws. */
void random_machine(struct machine *machine, uint64_t *seed);

/* Any with adder trees that selects by pattern. */
void random_trees(struct machine *machine, uint64_t *seed);
void random_case(struct test_case *test, uint64_t *seed);

/* Exactly min(N, r) of each group, at random, the same in runs of `agreement`
 * outputs. */
void random_mask(uint8_t *mask, const struct layer *layer, uint64_t *seed);

/* The sum of products as int32 [T][O], from matrix and mask; free() it. */
int32_t *integer_product(const struct test_case *test);

/* Runs both ways and ends the test, naming `seed`, if anything differs; -1 and
 * `err` if the machine cannot run the layer. */
int run_both_ways(struct layer_result *result, const struct machine *machine,
                  const struct layer *layer, bool outputs, uint64_t seed,
                  struct error *err);

void release_case(struct test_case *test);
