/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What pruning takes, and the parts of it that other processes can do.  A part
 * is done from files alone: the checkpoint, the trace, and for rows that must
 * run, which the leader does, what a stage's inputs are like.
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "flow/prune/pruning.h"
#include "flow/prune/reconstruct.h"
#include "llm/calibration.h"
#include "llm/effort.h"
#include "trace/update.h"

static bool trains(const struct plan *plan)
{
    return plan->update == UPDATE_RECONSTRUCT;
}

uint32_t prune_parts(const struct prune *prune)
{
    const struct plan *plan = prune->plan;

    if (trains(plan) || (plan->update == UPDATE_NONE && isnan(plan->propagate)))
        return 0;
    return prune_needs_tokens(plan) ? (uint32_t)plan->layers
                                    : model_blocks(prune->model);
}

/* Products with the Hessian, or as good as that, for each row of weights: half
 * of one in sparsegpt.c; 15 of steps of refit.h and one before; two of the
 * eigensystem's in each of some 60 rounds of admm.h.  Each counts twice, as it
 * is in double. */
static double products_of(enum update update)
{
    switch (update) {
    case UPDATE_NONE:
        return 0;
    case UPDATE_SPARSEGPT:
    case UPDATE_SPARSEGPT_DENSE:
        return 1;
    case UPDATE_REFIT:
    case UPDATE_REFIT_DENSE:
        return 32;
    default:
        return 240;
    }
}

/* A layer's update; and, once for those of an input, factors of the Hessian. */
static double layer_update(const struct plan *plan, const struct prune *prune,
                           size_t layer)
{
    const struct layer_shape *shape = &plan->layer[layer].shape;
    enum update update = update_of_layer(plan->update, plan->score);
    double k = shape->inputs, sum = 0;

    if (update == UPDATE_NONE)
        return 0;
    if (!pattern_is_dense(plan->layer[layer].pattern))
        sum += k * k * shape->outputs * products_of(update);
    if (stage_is(prune, layer))
        sum += 2 * k * k * k;
    return sum;
}

/* Rows to each of a block's inputs, from the sublayer's beginning, and once
 * through the block, and sums. */
static double rows_effort(const struct prune *prune, uint32_t block)
{
    const struct plan *plan = prune->plan;
    const struct layer_span span = plan_layers_of_block(plan, block);
    uint32_t tokens = prune->tokens ? prune->tokens->length : 0;
    double rows, sums = 0;

    if (!prune_needs_tokens(plan) || !prune->tokens)
        return 0;
    rows = effort_block(prune->model, block, tokens);
    for (size_t l = span.first; l < span.end; l++) {
        double k = plan->layer[l].shape.inputs;

        if (!stage_is(prune, l))
            continue;
        rows += effort_look(prune->model, l, tokens);
        if (update_of_layer(plan->update, plan->score) != UPDATE_NONE)
            sums += tokens * k * (k + 1); /* in double */
        if (!isnan(plan->propagate))
            sums += tokens * 2 * k * k; /* beside the dense model */
    }
    if (!isnan(plan->propagate))
        rows *= 2;
    return (double)prune->tokens->rows * (rows + sums);
}

struct prune_effort prune_effort(const struct prune *prune)
{
    struct prune_effort sum = { 0, 0 };

    const struct plan *plan = prune->plan;
    uint32_t tokens = prune->tokens ? prune->tokens->length : 0;

    for (uint32_t b = 0; b < model_blocks(prune->model); b++) {
        sum.rows += rows_effort(prune, b);
        if (trains(plan))
            sum.rows += reconstruct_effort(prune->model, b,
                                           plan->reconstruct.steps, tokens);
    }
    for (size_t l = 0; l < plan->layers; l++)
        *(trains(plan) ? &sum.rows : &sum.layers) +=
            layer_update(plan, prune, l);
    return sum;
}

bool prune_is_kept(const struct prune *prune)
{
    const struct prune_effort effort = prune_effort(prune);

    if (trains(prune->plan) || (prune->plan->update == UPDATE_NONE &&
                                !prune_needs_tokens(prune->plan)))
        return false;
    return prune->share || prune->keeps_all ||
           effort.rows + effort.layers >= PRUNE_LONG ||
           pruning_has_begun(prune);
}

/* The stages of a part. */
static int help_stages(struct pruning *pruning, struct layer_span layers,
                       struct stage_share share, struct error *err)
{
    uint32_t number = pruning->prune->plan->layer[layers.first].shape.block;
    struct model_block *block;
    int status = 0;

    if (model_block_load(&block, pruning->prune->model, number, err) < 0)
        return -1;
    for (size_t i = layers.first; status == 0 && i < layers.end; i++) {
        const struct stage_call call = { pruning, block, NULL, i };

        if (stage_is(pruning->prune, i))
            status = stage_help(&call, share, err);
    }
    model_block_free(block);
    return status;
}

int prune_part(const struct prune *prune, uint32_t part, unsigned eighth,
               struct error *err)
{
    const struct stage_share share = { eighth, CALIBRATION_EIGHTHS };
    const struct plan *plan = prune->plan;
    struct pruning pruning = {
        .prune = prune,
        .mask = memory_new(plan->layers, sizeof *pruning.mask),
        .dampened = memory_new(plan->layers, 1),
        .keeps = true,
    };
    struct layer_span layers = prune_needs_tokens(plan)
                                   ? (struct layer_span){ part, part + 1 }
                                   : plan_layers_of_block(plan, part);
    int status = help_stages(&pruning, layers, share, err);

    for (size_t l = 0; l < plan->layers; l++)
        free(pruning.mask[l]);
    free(pruning.dampened);
    free(pruning.mask);
    return status;
}
