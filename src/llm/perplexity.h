/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "llm/model.h"
#include "llm/walk.h"

/*
 * Perplexity: exp of the mean negative log likelihood, in nats, of tokens
 * 1 .. length-1 of each row, each row on its own.  f32 arithmetic; likelihoods
 * are added in double, along each row and then row by row, so that any number
 * of workers gives the same bits.
 */
struct perplexity {
    double value;
    double loss;          /* its logarithm */
    uint64_t predictions; /* tokens that were predicted */
};

/*
 * `walk` says how the model runs: its `edit` may prune, `work` shares the
 * rows out, and its progress is told of each row at each block and at the head,
 * from begin to end.  NULL: the model as it is.  -1 and `err` if it is
 * interrupted, a weight is not finite, or the result is not.
 */
int perplexity_measure(struct perplexity *perplexity, const struct model *model,
                       const struct model_tokens *tokens,
                       const struct model_walk *walk, struct error *err);

/*
 * In two steps: the losses of some rows, each the sum over its tokens in nats,
 * by whoever has time; then the perplexity of all rows of the tokens.
 *   loss  [rows]
 */
int perplexity_losses(double *loss, const struct model *model,
                      const struct model_tokens *rows,
                      const struct model_walk *walk, struct error *err);
int perplexity_of_losses(struct perplexity *perplexity,
                         const struct model *model,
                         const struct model_tokens *tokens, const double *loss,
                         struct error *err);

/*
 * From the last block's output, hidden f32 [rows][length][width], to the
 * perplexity.  The caller begins and ends the progress.
 */
int perplexity_of_hidden(struct perplexity *perplexity,
                         const struct model *model,
                         const struct model_tokens *tokens, const float *hidden,
                         const struct work *work, struct error *err);
