/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llm/model.h"

/*
 * How much there is to compute: multiplications of matrix products for one row
 * of so many tokens, of experts those that a token is sent to, and the scans of
 * state spaces, in multiplications that take as long.
 */

/* Weights of layers; those of all experts. */
double effort_weights(const struct model *model, struct layer_span layers);

/* Whether a layer is of a block's attention. */
bool effort_attends(const struct model *model, size_t layer);

/* Through a block: its layers, and scores and values of attention. */
double effort_block(const struct model *model, uint32_t block, uint32_t tokens);

/* Of that what depends on the layer (block.h). */
double effort_trial(const struct model *model, size_t layer, uint32_t tokens);

/* From the stream before a layer's sublayer to where its input is. */
double effort_look(const struct model *model, size_t layer, uint32_t tokens);

/* Through all blocks; and to the words. */
double effort_blocks(const struct model *model, uint32_t tokens);
double effort_head(const struct model *model, uint32_t tokens);

/* Multiplications in a second of processor time: of products of such a shape,
 * measured once, for some hundredths of a second. */
double effort_rate(const struct model *model);
