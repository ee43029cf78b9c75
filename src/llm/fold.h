/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/error.h"
#include "llm/model.h"
#include "trace/permutation.h"

/*
 * A model whose channels are in another order: embedding, norms, convolutions,
 * biases and linear maps are read with their rows and columns in that order, so
 * that what it computes is what it was, but for the last bits of sums.  A
 * machine that runs it pays nothing.
 *
 * Its channels are in sets, each with the layers that read it:
 *
 *   the residual stream            every layer whose inputs it is, all blocks
 *   a feed-forward part, an expert its down
 *   values of one key head         o, at each of the query heads that share it
 *   one head of Mamba-2            out
 *   the inner channels of Mamba    x_proj and out together
 */

/* Columns first .. of a layer are the set's. */
struct channel_reader {
    size_t layer;
    uint32_t first;
};

struct channel_set {
    uint32_t size;
    size_t readers;
    struct channel_reader *reader;
    bool stream;  /* the residual stream; else inside the block of `layer` */
    size_t layer; /* whose inputs hold them: permutation.inside */
};

struct channel_sets {
    size_t count;
    struct channel_set *at;
};

/* In order of layers, the residual stream last. */
void channel_sets_find(struct channel_sets *sets, const struct model *model);
void channel_sets_release(struct channel_sets *sets);

/*
 * `model` with its channels so ordered; both are borrowed, and the model's hash
 * is that of its checkpoint.  -1 and `err` (ERROR_DATA) if a channel leaves its
 * set: a value its head, one of Mamba-2 its head.
 */
int model_fold(struct model **folded, const struct model *model,
               const struct permutation *permutation, struct error *err);
void model_unfold(struct model *folded); /* NULL is harmless */

/* NULL: as in the checkpoint. */
const struct permutation *model_permutation(const struct model *model);

/* In what order a layer's outputs (rows) or inputs (columns) are: numbers as in
 * the checkpoint.  NULL: in that one; else free() it. */
uint32_t *model_outputs_order(const struct model *model, size_t layer);
uint32_t *model_inputs_order(const struct model *model, size_t layer);
