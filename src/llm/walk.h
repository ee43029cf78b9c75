/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/work.h"
#include "llm/block.h"
#include "llm/tokens.h"

/*
 * A walk over the decoder blocks of a model that others may look into (see a
 * layer's inputs) and reach into (replace its weights).  Arithmetic is f32,
 * sums of statistics are double.  OpenBLAS runs with one thread and always on
 * one sequence a call; sequences are shared out to our own threads, so that any
 * number of workers gives the same bits.
 */
struct model;

/* hidden f32 [tokens][width]: the embedding of one row. */
void model_embed(const struct model *model, const int32_t *ids, uint32_t tokens,
                 float *hidden);

/* Of a forward pass. */
enum model_arithmetic {
    ARITHMETIC_F32,
    ARITHMETIC_W8A8, /* weights and inputs of the layers in 8 bits (quantize.h);
                        the products are added in f32 */
    ARITHMETIC_MACHINE, /* machine_arithmetic.h */
    ARITHMETICS
};

extern const char *const model_arithmetics[ARITHMETICS];

/*
 * The whole model over all rows, block by block (one block's weights in memory
 * at a time).
 *   edit   called after a block is loaded, before it runs: may edit its
 *          weights (prune); NULL: none
 *   tap    sees layer inputs; NULL: nobody
 *   lengths tokens of each row, from its first, where the rest fills it up to
 *          the longest; NULL: all.  What is behind them is not run
 *   scales of 8 bits
 *   work   its progress is told of each row at each block; the caller begins
 *          and ends it
 *   after  called when all rows have run through the block, with all hidden
 *          states f32 [rows][tokens][width]; NULL: none
 */
struct model_walk {
    int (*edit)(void *context, struct model_block *block, uint32_t number,
                struct error *err);
    int (*after)(void *context, uint32_t number, const float *hidden,
                 struct error *err);
    void *context;
    const struct model_tap *tap;
    const uint32_t *lengths;
    enum model_arithmetic arithmetic;
    enum model_scales scales;
    struct work work;
};

/* Ends in `hidden` f32 [rows][tokens][width] of the last block's output. */
int model_walk_blocks(const struct model *model,
                      const struct model_tokens *tokens,
                      const struct model_walk *walk, float *hidden,
                      struct error *err);
