/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/prune/prune.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/stop.h"
#include "flow/prune/mask.h"
#include "llm/sequence.h"
#include "flow/prune/shapes.h"
#include "flow/prune/sparsegpt.h"

static bool updates(const struct plan *plan)
{
    return strcmp(plan->update, "none") != 0;
}

static bool is_sequential(const struct plan *plan)
{
    return strcmp(plan->statistics, "sequential") == 0;
}

/* An update whose inputs have all blocks before pruned. */
static bool updates_in_sequence(const struct plan *plan)
{
    return strcmp(plan->update, "sparsegpt") == 0;
}

bool prune_needs_tokens(const struct plan *plan)
{
    return updates_in_sequence(plan) || is_sequential(plan);
}

static int check_tokens(const struct prune *prune, struct error *err)
{
    const struct recorded_trace *trace = prune->trace;

    if (!prune_needs_tokens(prune->plan))
        return 0;
    if (!prune->tokens)
        return error_set(err, ERROR_USAGE,
                         "the plan's masks need the calibration tokens that %s "
                         "was recorded on",
                         trace->path);
    if (strcmp(prune->tokens->hash, trace->tokens_hash) != 0 ||
        prune->tokens->first != trace->first_row ||
        prune->tokens->rows != trace->rows)
        return error_set(err, ERROR_DATA,
                         "%s was recorded on %ju rows of tokens %.12s...; here "
                         "are %zu rows of %.12s...",
                         trace->path, (uintmax_t)trace->rows,
                         trace->tokens_hash, prune->tokens->rows,
                         prune->tokens->hash);
    return 0;
}

int prune_check(const struct prune *prune, struct error *err)
{
    const struct plan *plan = prune->plan;

    if (shapes_check_model(plan, prune->model, err) < 0 ||
        shapes_check_trace(plan, prune->trace, err) < 0)
        return -1;
    if (strcmp(plan->checkpoint, model_hash(prune->model)) != 0)
        return error_set(err, ERROR_DATA,
                         "the plan is for checkpoint %.12s...; %s is %.12s...",
                         plan->checkpoint, model_folder(prune->model),
                         model_hash(prune->model));
    if (strcmp(plan->trace, prune->trace->hash) != 0)
        return error_set(err, ERROR_DATA,
                         "the plan rests on the recorded trace %.12s...; %s is "
                         "%.12s...",
                         plan->trace, prune->trace->path, prune->trace->hash);
    if (strcmp(prune->trace->checkpoint, plan->checkpoint) != 0)
        return error_set(err, ERROR_DATA,
                         "%s was recorded from checkpoint %.12s..., the plan "
                         "is for %.12s...",
                         prune->trace->path, prune->trace->checkpoint,
                         plan->checkpoint);
    if (strcmp(plan->update, "sparsegpt-dense") == 0 && !prune->trace->has_gram)
        return error_set(err, ERROR_DATA,
                         "the plan's update needs Gram matrices, which %s does "
                         "not have",
                         prune->trace->path);
    return check_tokens(prune, err);
}

struct pruning {
    const struct prune *prune;
    struct sequence *sequence; /* NULL if no rows must run */
    uint32_t next;             /* block */
    uint8_t **mask;            /* [layers], of the last block */
    struct sparsegpt factor;   /* of input `factor_of` */
    size_t factor_of;
    double *gram; /* that became the factor, if it is of the trace */
    unsigned dampened;
};

int pruning_begin(struct pruning **pruning, const struct prune *prune,
                  struct error *err)
{
    struct pruning *made;

    if (prune_check(prune, err) < 0)
        return -1;
    made = memory_new(1, sizeof *made);
    made->prune = prune;
    made->mask = memory_new(prune->plan->layers, sizeof *made->mask);
    if (prune_needs_tokens(prune->plan))
        made->sequence =
            sequence_begin(prune->model, prune->tokens, prune->work.workers);
    *pruning = made;
    return 0;
}

static void forget_masks(struct pruning *pruning)
{
    for (size_t i = 0; i < pruning->prune->plan->layers; i++) {
        free(pruning->mask[i]);
        pruning->mask[i] = NULL;
    }
}

static void forget_factor(struct pruning *pruning)
{
    sparsegpt_release(&pruning->factor);
    free(pruning->gram);
    pruning->gram = NULL;
}

void pruning_end(struct pruning *pruning)
{
    if (!pruning)
        return;
    forget_masks(pruning);
    sequence_end(pruning->sequence);
    forget_factor(pruning);
    free(pruning->mask);
    free(pruning);
}

const uint8_t *pruning_mask(const struct pruning *pruning, size_t layer)
{
    return pruning->mask[layer];
}

unsigned pruning_dampened(const struct pruning *pruning)
{
    return pruning->dampened;
}

/* Masks by score; with SparseGPT's own, room for them. */
static void mask_by_score(struct pruning *pruning, size_t number,
                          const float *weights, struct mask_rule rule)
{
    const struct plan *plan = pruning->prune->plan;
    const struct plan_layer *layer = &plan->layer[number];
    const double *mean_square =
        is_sequential(plan) ? sequence_mean_square(pruning->sequence, number)
                            : pruning->prune->trace->layer[number].mean_square;
    double *root = memory_new(layer->inputs, sizeof *root);
    struct scored scored = { weights, root, layer->inputs, layer->outputs };
    enum score score;
    struct error none;

    pruning->mask[number] =
        memory_new((size_t)layer->outputs * layer->inputs, 1);
    if (score_parse(&score, plan->score, &none) == 0) {
        score_roots(root, score, mean_square, layer->inputs);
        mask_layer(pruning->mask[number], &scored, rule);
    }
    free(root);
}

/* The sum of x x^T, of which `tokens` gets the number; to use up, and to free()
 * if it is of the trace. */
static double *gram_of(const struct pruning *pruning, size_t number,
                       uint64_t *tokens)
{
    const struct prune *prune = pruning->prune;
    const struct recorded_layer *recorded = &prune->trace->layer[number];
    size_t size = (size_t)recorded->inputs * recorded->inputs;
    double *gram;

    if (updates_in_sequence(prune->plan)) {
        *tokens = sequence_tokens(pruning->sequence);
        return sequence_gram(pruning->sequence, number);
    }
    *tokens = 1; /* the trace has the mean */
    gram = memory_new(size, sizeof *gram);
    for (size_t i = 0; i < size; i++)
        gram[i] = (double)recorded->gram[i];
    return gram;
}

/* Layers with the same input share the factor. */
static int factor_for(struct pruning *pruning, size_t number, struct error *err)
{
    const struct plan_layer *layer = &pruning->prune->plan->layer[number];
    size_t of = model_input_of(pruning->prune->model, number);
    uint64_t tokens;
    double *gram;

    if (pruning->factor.factor && pruning->factor_of == of)
        return 0;
    forget_factor(pruning);
    gram = gram_of(pruning, of, &tokens);
    pruning->gram = updates_in_sequence(pruning->prune->plan) ? NULL : gram;
    if (sparsegpt_init(&pruning->factor, gram, layer->inputs, tokens, err) < 0)
        return error_prefix(err, "layer %s: ", layer->name);
    pruning->factor_of = of;
    pruning->dampened += pruning->factor.dampened;
    return 0;
}

static int prune_layer(struct pruning *pruning, size_t number, float *weights,
                       struct error *err)
{
    const struct plan *plan = pruning->prune->plan;
    const struct plan_layer *layer = &plan->layer[number];
    const struct mask_rule rule = { layer->pattern, plan->agreement,
                                    pruning->prune->work.workers,
                                    plan->blocks };
    size_t size = (size_t)layer->outputs * layer->inputs;

    if (pattern_is_dense(layer->pattern))
        return 0;
    mask_by_score(pruning, number, weights, rule);
    if (updates(plan)) {
        if (factor_for(pruning, number, err) < 0)
            return -1;
        sparsegpt_prune(&pruning->factor, weights, layer->outputs, rule,
                        pruning->mask[number],
                        strcmp(plan->score, "sparsegpt") != 0, 0);
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        if (!pruning->mask[number][i])
            weights[i] = 0;
    }
    return 0;
}

int pruning_block(void *context, struct model_block *block, uint32_t number,
                  struct error *err)
{
    struct pruning *pruning = context;
    const struct plan *plan = pruning->prune->plan;
    int status = 0;

    assert(number == pruning->next);
    pruning->next++;
    forget_masks(pruning);
    if (pruning->sequence) {
        sequence_look(pruning->sequence, block, number,
                      updates_in_sequence(plan));
        forget_factor(pruning); /* it was the last Gram matrix */
    }
    status = stop_check(err);
    for (size_t i = 0; status == 0 && i < plan->layers; i++) {
        if (plan->layer[i].block == number)
            status = prune_layer(pruning, i, model_block_layer(block, i), err);
    }
    if (status == 0 && pruning->sequence)
        sequence_pass(pruning->sequence, block);
    return status == 0 ? stop_check(err) : -1;
}
