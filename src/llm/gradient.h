/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llm/model.h"
#include "llm/block.h"

/*
 * Gradients of a loss of one decoder block's output, by hand: with respect to
 * its input, and to the weights of its layers (the linear maps that may be
 * pruned).  Norms, biases, convolutions, steps, decays and skips are constants.
 *
 * One row (sequence) goes forward and back at a time, in f32, and keeps what
 * its weights' gradients are made of; these are then added up one tile of a
 * layer at a time, row after row in the caller's order.  So any number of
 * workers, and of rows that are kept at once, gives the same bits.
 */
struct gradient_row; /* one row's memory; one a thread at a time */

/* Whether these gradients know what the model's blocks compute: neither soft
 * caps, local attention, norms behind a part, gelu gates nor norms of a
 * selection are known. */
bool gradient_known(const struct model *model);

struct gradient_row *gradient_row_new(const struct model *model,
                                      uint32_t tokens);
/* Bytes of it. */
size_t gradient_row_bytes(const struct model *model, uint32_t tokens);
void gradient_row_free(struct gradient_row *row); /* NULL is harmless */

/*
 * All experts of the block must be held: edited, or model_block_hold().
 * Forward: input f32 [tokens][width] to the block's output, which is returned
 * and lasts until the next run.  Input and block are borrowed until back.
 */
const float *gradient_forward(struct gradient_row *row,
                              const struct model_block *block,
                              const float *input, uint32_t tokens);

/* Back: `slope` f32 [tokens][width], the loss by the output; returns the loss
 * by the input, which lasts until the next run. */
const float *gradient_back(struct gradient_row *row, const float *slope);

/*
 * sum [outputs][inputs] of a layer of that block += the loss by its weights, of
 * this row; only outputs from .. to - 1 are touched.
 */
void gradient_add(const struct gradient_row *row, size_t layer, float *sum,
                  uint32_t from, uint32_t to);
