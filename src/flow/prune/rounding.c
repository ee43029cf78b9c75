/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/prune/rounding.h"

#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "llm/checkpoint_out.h"
#include "llm/perplexity.h"
#include "llm/sequence.h"

struct rounding {
    const struct model *model;
    struct model_tokens tokens;
    struct work work;
    struct sequence *exact, *rounded;
};

struct rounding *rounding_begin(const struct model *model,
                                const struct model_tokens *tokens,
                                const struct work *work)
{
    struct rounding *rounding = memory_new(1, sizeof *rounding);

    rounding->model = model;
    rounding->tokens = *tokens; /* ids are borrowed */
    rounding->tokens.rows = min(tokens->rows, (size_t)ROUNDING_ROWS);
    rounding->work = (struct work){ .workers = work->workers };
    rounding->exact =
        sequence_begin(model, &rounding->tokens, rounding->work.workers);
    rounding->rounded =
        sequence_begin(model, &rounding->tokens, rounding->work.workers);
    return rounding;
}

void rounding_end(struct rounding *rounding)
{
    if (!rounding)
        return;
    sequence_end(rounding->exact);
    sequence_end(rounding->rounded);
    free(rounding);
}

void rounding_pass(struct rounding *rounding, struct model_block *block,
                   uint32_t number)
{
    const struct layer_span layers =
        model_layers_of_block(rounding->model, number);

    sequence_pass(rounding->exact, block);
    for (size_t i = layers.first; i < layers.end; i++)
        checkpoint_out_round(rounding->model, i, model_block_layer(block, i));
    sequence_pass(rounding->rounded, block);
}

int rounding_cost(const struct rounding *rounding, double *cost,
                  struct error *err)
{
    struct perplexity exact, rounded;

    if (perplexity_of_hidden(&exact, rounding->model, &rounding->tokens,
                             sequence_rows(rounding->exact), &rounding->work,
                             err) < 0 ||
        perplexity_of_hidden(&rounded, rounding->model, &rounding->tokens,
                             sequence_rows(rounding->rounded), &rounding->work,
                             err) < 0)
        return -1;
    *cost = rounded.value / exact.value - 1;
    return 0;
}
