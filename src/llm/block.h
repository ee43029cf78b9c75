/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct model;

/*
 * One decoder block's weights in f32.  model_block_layer() is the matrix
 * [O][K] of the pruned layer of that (whole-model) number; it may be edited.
 * A block may be used by several threads at once while nobody edits it.
 *
 * Of experts, one is in memory at a time (block_experts.c).  What
 * model_block_layer() returned stays valid, but an expert's takes memory anew
 * when it is touched.
 */
struct model_block;

int model_block_load(struct model_block **block, const struct model *model,
                     uint32_t number, struct error *err);
void model_block_free(struct model_block *block);
float *model_block_layer(struct model_block *block, size_t layer);
/* Keeps all experts as if they had been edited, for what needs them at once. */
void model_block_hold(struct model_block *block);

/*
 * Where weights are edited and brought to 8 bits, an output's scale is that of
 * its weights before the edit, of which a mask leaves some as they were; or
 * behind it, where what is left is updated and may be larger.
 */
enum model_scales { SCALES_BEFORE_EDIT, SCALES_BEHIND_EDIT };

/*
 * Another way to compute the linear maps of a block that works in 8 bits:
 * y [tokens] of stride `stride` = x [tokens][K] W^T, without a bias.
 *
 *   scale   f32 [O], of the weights
 *   weights f32 [O][K], integers times those
 *   place   which of the row's tokens they are, ascending; NULL: all, in order
 */
struct model_product {
    size_t layer;
    uint32_t tokens, inputs, outputs;
    const uint32_t *place;
    const float *x, *scale, *weights;
    float *y;
    size_t stride;
};

struct model_products {
    void (*multiply)(void *context, const struct model_product *product);
    void *context;
};

/* From now on the block's maps are computed so; `products` is borrowed. */
void model_block_use(struct model_block *block,
                     const struct model_products *products);

/*
 * Looks into a block while it runs, on the thread of the sequence `row`.
 *   see  the inputs of a layer: called once for each distinct input; an
 *        expert's is not for a row of which it sees no token
 *   add  the residual stream, hidden f32 [tokens][width], as it is when the
 *        output of `layer` is about to be added to it.  Not called for layers
 *        whose output is normed, scaled or added to others' before that.
 *        NULL: nobody looks
 */
struct model_sight {
    size_t layer; /* the first that has this input */
    size_t row;
    const float *x; /* [tokens][K] */
    uint32_t tokens;
    const uint32_t *place; /* [tokens], ascending: which of the row's tokens an
                              expert sees; NULL: all, in order */
};

struct model_tap {
    void (*see)(void *context, const struct model_sight *sight);
    void (*add)(void *context, size_t layer, size_t row, const float *hidden,
                uint32_t tokens);
    void *context;
};

/* The weights of the largest block's layers as they are held; of experts, one.
 */
size_t model_block_bytes(const struct model *model);

/* Scratch memory for running a block; one a thread. */
struct model_scratch;

size_t model_scratch_bytes(const struct model *model, uint32_t tokens);

struct model_scratch *model_scratch_new(const struct model *model,
                                        uint32_t tokens);
void model_scratch_free(struct model_scratch *scratch);

/* hidden f32 [tokens][width], the residual stream, from a block's input to its
 * output in place.  `tap` may be NULL. */
void model_block_run(const struct model_block *block,
                     struct model_scratch *scratch, float *hidden,
                     uint32_t tokens, size_t row, const struct model_tap *tap);

/*
 * A block is one or two sublayers, each of which adds to the stream: attention
 * or a state space, and a feed-forward.  Which one a layer is in, from 0; and
 * the stream as it is before sublayer `first`, to what it is before `end`, or
 * behind the block if it has no such sublayer.
 */
size_t model_sublayer_of(const struct model *model, size_t layer);

struct model_passage {
    size_t first, end;
    uint32_t tokens;
};

void model_block_run_some(const struct model_block *block,
                          struct model_scratch *scratch, float *hidden,
                          size_t row, const struct model_passage *passage);

/*
 * From the stream before sublayer `first` no further than to where the tap has
 * seen the input of `layer`, one that model_input_of() gives, and the stream
 * that its sublayer is added to.  Then `hidden` means nothing.
 */
struct model_look {
    const struct model_tap *tap;
    size_t layer, first;
    uint32_t tokens;
};

void model_block_look(const struct model_block *block,
                      struct model_scratch *scratch, float *hidden, size_t row,
                      const struct model_look *look);

/*
 * Trials of a block: one layer at a time has other weights, everything else is
 * as it was.  What a row computed in the block as it is, is noted in a memo; a
 * trial of the row takes from it what does not depend on the layer: the
 * sublayers before its own, and, within that, the outputs of maps that ran
 * before the layer or have the same input.  Bits are those of the whole run.
 *
 * A memo holds the outputs of all layers of the block for one row (not those of
 * experts), and the streams before its sublayers.  Not for blocks in 8 bits.
 */
struct block_memo;

struct block_memo *block_memo_new(const struct model *model, uint32_t block,
                                  uint32_t tokens);
void block_memo_free(struct block_memo *memo); /* NULL is harmless */
size_t block_memo_bytes(const struct model *model, uint32_t block,
                        uint32_t tokens);

/* model_block_run(), which fills the memo. */
void model_block_note(const struct model_block *block,
                      struct model_scratch *scratch, float *hidden,
                      struct block_memo *memo);

struct block_trial {
    size_t layer;                  /* number in the whole model */
    const float *weights;          /* [O][K], in place of its own */
    const struct block_memo *memo; /* that was filled; read only */
};

/* hidden: the output [tokens][width] of the row that the memo is of. */
void model_block_try(const struct model_block *block,
                     struct model_scratch *scratch, float *hidden,
                     const struct block_trial *trial);
