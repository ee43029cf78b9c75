/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llm/model.h"
#include "llm/block.h"
#include "llm/tokens.h"

/*
 * Calibration rows on their way through a model whose decoder blocks are pruned
 * one after another: at each block, first what its layers' inputs look like,
 * all at once or one after the other while the caller prunes the block; then
 * through it.
 *
 * Whoever looks at one input after the other does so in their order, and has
 * settled a sublayer's weights when it looks into the next: the rows have gone
 * through the first one by then.
 *
 * Sums are double.  Rows run several at once, but always as many, and what they
 * give is added in row order: any number of workers gives the same bits.
 */
struct sequence;

struct sequence *sequence_begin(const struct model *model,
                                const struct model_tokens *tokens,
                                unsigned workers);
void sequence_end(struct sequence *sequence); /* NULL is harmless */

/* The rows stay the block's input until they pass, for who needs that. */
void sequence_stay(struct sequence *sequence);

/* What is wanted of an input. */
enum sequence_sums { SEQUENCE_SQUARES, SEQUENCE_GRAM };

/* Looks at all inputs of a loaded block; the next one in order. */
void sequence_look(struct sequence *sequence, const struct model_block *block,
                   uint32_t number, enum sequence_sums sums);

/* Looks at one input, that of `layer`, with the block as it is now. */
void sequence_look_at(struct sequence *sequence,
                      const struct model_block *block, size_t layer,
                      enum sequence_sums sums);

/*
 * Likewise, with the Gram matrix, beside the same rows in the dense model:
 * `dense` is another sequence of them, `dense_block` its block.  What was
 * looked at has then, besides, with x of this sequence and x' of the other,
 * over all tokens, cross  [K][K]      sum of x' x^T lack   [width][K]  sum of d
 * x^T, d: what this sequence's residual stream lacks where the layer's output
 * is added to it; NULL if it is not added as it is
 */
void sequence_look_beside(struct sequence *sequence,
                          const struct model_block *block, size_t layer,
                          struct sequence *dense,
                          const struct model_block *dense_block);
const double *sequence_cross(const struct sequence *sequence, size_t layer);
const double *sequence_lack(const struct sequence *sequence, size_t layer);

/*
 * Of what was looked at last, for any of its layers:
 *   mean_square  [K]     mean of the squared input
 *   gram         [K][K]  sum of x x^T over all tokens; the caller may use it up
 */
const double *sequence_mean_square(const struct sequence *sequence,
                                   size_t layer);
double *sequence_gram(struct sequence *sequence, size_t layer);

/* The rows as they are now, f32 [rows][tokens][width]: behind a pass, or if
 * they stay, a block's input. */
const float *sequence_rows(const struct sequence *sequence);

/* Tokens that were looked at: all, or those that an expert's layer saw. */
uint64_t sequence_tokens(const struct sequence *sequence, size_t layer);

/* Runs the rows through the block as it is now; those that are behind it stay.
 */
void sequence_pass(struct sequence *sequence, const struct model_block *block);

/*
 * Where the rows stand, so that another sequence of them can go on there, with
 * the same bits: each before a sublayer of the block, or behind it; and of an
 * input that is looked at, sums of the first rows.  Arrays are borrowed, until
 * the sequence goes on.
 */
#define SEQUENCE_BEHIND UINT32_MAX

struct sequence_stand {
    uint32_t block;
    const void *rows;    /* f32 [rows][tokens][width] */
    const void *place;   /* uint32 [rows]: a sublayer, or SEQUENCE_BEHIND */
    size_t layer;        /* whose input is looked at */
    size_t looked;       /* rows that are added; 0: none, and no sums */
    uint64_t tokens;     /* of them, that the layer saw */
    const void *squares; /* double [K] */
    const void *gram;    /* double [K][K], or NULL */
    const void *cross, *lack; /* likewise, beside the dense model */
};

struct sequence_stand sequence_stand(const struct sequence *sequence);

/* Whether they can; then, that they do (arrays of any alignment). */
bool sequence_can_stand(const struct sequence *sequence,
                        const struct sequence_stand *stand);
void sequence_restore(struct sequence *sequence,
                      const struct sequence_stand *stand);

/* Whether one of the rows that stand so is behind a layer's sublayer. */
bool sequence_is_behind(const struct sequence *sequence,
                        const struct sequence_stand *stand, size_t layer);

/* Is called now and then between rows that run, when they stand somewhere. */
struct sequence_keeper {
    void (*keep)(void *context);
    void *context;
};
void sequence_keep_by(struct sequence *sequence,
                      const struct sequence_keeper *keeper);
