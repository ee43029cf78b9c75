/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/error.h"
#include "base/work.h"
#include "llm/block.h"
#include "llm/model.h"
#include "llm/tokens.h"

/*
 * What it costs that a pruned checkpoint has its kept weights in its own number
 * format, to which they are rounded: the perplexity of some rows with them as
 * they were updated to, and with them as they will be read.
 *
 * Blocks are passed in order, each as it is when it is pruned and updated, and
 * comes back with rounded layers.
 */
struct rounding;

enum { ROUNDING_ROWS = 32 };

/* On the first ROUNDING_ROWS of `tokens`; all is borrowed. */
struct rounding *rounding_begin(const struct model *model,
                                const struct model_tokens *tokens,
                                const struct work *work);
void rounding_end(struct rounding *rounding); /* NULL is harmless */

void rounding_pass(struct rounding *rounding, struct model_block *block,
                   uint32_t number);

/* After the last block: the share by which the perplexity rises.  -1 and `err`
 * if one is not finite. */
int rounding_cost(const struct rounding *rounding, double *cost,
                  struct error *err);
