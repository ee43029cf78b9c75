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

/* They are these (of any alignment). */
void sequence_restore(struct sequence *sequence, const void *rows);

/* Tokens that were looked at: all, or those that an expert's layer saw. */
uint64_t sequence_tokens(const struct sequence *sequence, size_t layer);

/* Runs the rows through the block as it is now. */
void sequence_pass(struct sequence *sequence, const struct model_block *block);
