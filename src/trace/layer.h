/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "trace/layer_shape.h"
#include "trace/pattern.h"

/*
 * A layer as a machine sees it: one pruned linear map
 *
 *     Y[T][O] = X[T][K] . W[O][K]^T      int8 x int8 into int32
 *
 * with T tokens, K inputs, O outputs.  The weights are packed: each output
 * keeps the same number of them, kept = pattern_kept(pattern, K), in K order.
 * A kept weight that quantised to 0 is still kept.  For kept weight i of an
 * output, which sits at input k:
 *
 *     values    int8   [O][kept]             the weight
 *     select    uint8  [O][kept]             pair within its group, (k % M) / 2
 *     metadata  1 bit  [O][ceil(kept / 8)]   element of the pair, k % 2; bit i
 *                                            is bit i % 8 of byte i / 8
 *
 * A dense layer has neither select nor metadata (both NULL): weight i is at
 * input i.  The arrays are borrowed (from a mapped trace file) unless
 * layer_pack() made them.
 *
 * A layer of a list of shapes has no values, inputs and scales (all NULL): its
 * masks are drawn from `seed`, group by group (mask.h), and are exactly as the
 * pattern says.
 *
 *     scale        float [O]      weight = value * scale
 *     input        int8  [T][K]   the activations that are replayed
 *     input_scale  float [T]      activation = input * input_scale
 *     input_activity  float [2]   activity.h of the recorded inputs that a
 *                                 single token is one of: bits that change,
 *                                 zeros; NULL: `input` tells
 */
struct layer {
    struct layer_shape shape;
    uint32_t tokens;
    struct pattern pattern;
    uint32_t agreement; /* selects are equal in aligned runs of so many outputs
                           (each still takes its own of a pair); 1: free */
    uint64_t seed;      /* of the masks of a layer without values */
    const int8_t *values;
    const uint8_t *metadata;
    const uint8_t *select;
    const float *scale;
    const int8_t *input;
    const float *input_scale;
    const float *input_activity;
};

/* Products of K terms must fit in int32: 127 * 128 * K. */
enum { LAYER_MAX_INPUTS = 131072 };

uint32_t layer_kept(const struct layer *layer);           /* of one output */
uint32_t layer_metadata_bytes(const struct layer *layer); /* of one output */

/*
 * One output's kept weights, ascending: position[i] is the input, value[i] the
 * weight, both [kept].  Either may be NULL; `value` must be if there are none.
 */
void layer_output(const struct layer *layer, uint32_t output,
                  uint32_t *position, int8_t *value);

/*
 * One output's kept weights of the inputs from .. to - 1 only, into position
 * and value as layer_output() has them; returns how many are kept there. `from`
 * and `to` need not lie between groups.
 */
uint32_t layer_range(const struct layer *layer, uint32_t output, uint32_t from,
                     uint32_t to, uint32_t *position, int8_t *value);

/* One output's mask as bits, input k in bit k % 64 of word k / 64; all
 * ceil(K / 64) words are written. */
void layer_mask(const struct layer *layer, uint32_t output, uint64_t *bits);

/*
 * What a file may get wrong: K too large, a select beyond its group, weights
 * not ascending or more than N in a group, selects that do not agree as
 * declared. -1 and `err` (ERROR_DATA), naming layer and output.
 */
int layer_check(const struct layer *layer, struct error *err);

/*
 * Packs a matrix: weights int8 [O][K], mask uint8 [O][K] (1: kept; exactly
 * pattern_kept() a row, min(N, r) a group; NULL for a dense layer).  Sets
 * values, metadata and select, which the caller frees with
 * layer_release_packed(); the shape and pattern must be set before.
 */
void layer_pack(struct layer *layer, const int8_t *weights,
                const uint8_t *mask);
void layer_release_packed(struct layer *layer);
