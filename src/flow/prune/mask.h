/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "flow/prune/score.h"
#include "trace/pattern.h"

/*
 * Masks, 1: kept.  Groups of M are aligned along K, each output on its own; the
 * N largest scores of a group are kept, of equal ones those of lower k first;
 * the ragged last group of r keeps min(N, r).
 */
void mask_row(uint8_t *mask, const double *scores, uint32_t inputs,
              struct pattern pattern);

/*
 * Masks of some outputs [rows][inputs] that agree: in each group all of them
 * keep as many weights (0, 1 or 2) of the same pair of inputs, so that one
 * select serves them.  The pairs are those with the largest sum over the
 * outputs of the squared scores that are kept; of equal ones the lower pair
 * first, and one slot in each before the second.  Within its pairs each output
 * keeps its own largest.  The second slot of a pair never gains more than the
 * first, so that taking slots one by one is exact.
 */
void mask_rows(uint8_t *mask, const double *scores, uint32_t rows,
               uint32_t inputs, struct pattern pattern);

/*
 * Masks of some outputs that all keep the same inputs, for hardware that skips
 * blocks of zeros: of each group those with the largest sum over the outputs of
 * squared scores.
 */
void mask_blocks(uint8_t *mask, const double *scores, uint32_t rows,
                 uint32_t inputs, struct pattern pattern);

/*
 * Mask of one output that keeps its `kept` largest scores, wherever they stand;
 * of equal ones those of lower k first.
 */
void mask_largest(uint8_t *mask, const double *scores, uint32_t inputs,
                  uint32_t kept);

/* What a pattern N:M asks of masks. */
enum mask_way {
    MASK_GROUPS, /* N of each group of M */
    MASK_BLOCKS, /* likewise, and outputs that agree keep the same inputs */
    MASK_UNSTRUCTURED /* as many of each output, wherever they stand; with
                         agreement 1 */
};

/* What a layer's masks follow. */
struct mask_rule {
    struct pattern pattern;
    uint32_t agreement; /* aligned runs of outputs that agree; 1: free */
    unsigned workers;   /* as for parallel_for() */
    enum mask_way way;
};

/* Masks [rows][inputs] of a run of outputs, all that agree with one another. */
void mask_run(uint8_t *mask, const double *scores, uint32_t rows,
              uint32_t inputs, const struct mask_rule *rule);

/* A layer that is pruned in place. */
struct pruned_layer {
    float *weights; /* [O][K] */
    uint8_t *mask;  /* [O][K]: filled in, or followed if it is `given` */
    uint32_t outputs;
    struct mask_rule rule;
    bool given;
};

/* uint8 [O][K] of a whole layer. */
void mask_layer(uint8_t *mask, const struct scored *layer,
                struct mask_rule rule);

/* `weights` [O][K] with what the mask of `layer` does not keep set to 0; may be
 * the layer's own weights. */
void mask_apply(float *weights, const struct scored *layer,
                struct mask_rule rule);
