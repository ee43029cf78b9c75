/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/prune/prune.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/stop.h"
#include "flow/prune/mask.h"
#include "llm/gradient.h"
#include "llm/sequence.h"
#include "flow/prune/shapes.h"
#include "flow/prune/reconstruct.h"
#include "flow/prune/updater.h"

static bool is_sequential(const struct plan *plan)
{
    return plan->statistics == STATISTICS_SEQUENTIAL;
}

bool prune_needs_tokens(const struct plan *plan)
{
    return update_in_sequence(plan->update) || is_sequential(plan);
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
    if (update_from_trace(plan->update) && !prune->trace->has_gram)
        return error_set(err, ERROR_DATA,
                         "the plan's update needs Gram matrices, which %s does "
                         "not have",
                         prune->trace->path);
    return check_tokens(prune, err);
}

struct pruning {
    const struct prune *prune;
    struct sequence *sequence; /* NULL if no rows must run */
    struct sequence *dense;    /* the dense model's; NULL if it is not needed */
    uint32_t next;             /* block */
    uint8_t **mask;            /* [layers], of the last block */
    unsigned dampened;
};

int pruning_begin(struct pruning **pruning, const struct prune *prune,
                  struct error *err)
{
    struct pruning *made;

    if (prune_check(prune, err) < 0)
        return -1;
    if (prune->plan->update == UPDATE_RECONSTRUCT &&
        !gradient_known(prune->model))
        return error_set(err, ERROR_DATA,
                         "%s: the gradients of its blocks (model_type %s) are "
                         "not known here, which the update reconstruct needs",
                         model_name(prune->model), model_family(prune->model));
    made = memory_new(1, sizeof *made);
    made->prune = prune;
    made->mask = memory_new(prune->plan->layers, sizeof *made->mask);
    if (prune_needs_tokens(prune->plan))
        made->sequence =
            sequence_begin(prune->model, prune->tokens, prune->work.workers);
    if (prune->plan->update == UPDATE_RECONSTRUCT)
        made->dense =
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

void pruning_end(struct pruning *pruning)
{
    if (!pruning)
        return;
    forget_masks(pruning);
    sequence_end(pruning->sequence);
    sequence_end(pruning->dense);
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

/* Masks by score; with an update's own, room for them. */
static void mask_by_score(struct pruning *pruning, size_t number,
                          const float *weights, struct mask_rule rule)
{
    const struct plan *plan = pruning->prune->plan;
    const struct plan_layer *layer = &plan->layer[number];
    const double *mean_square =
        is_sequential(plan) ? sequence_mean_square(pruning->sequence, number)
                            : pruning->prune->trace->layer[number].mean_square;
    double *root = memory_new(layer->shape.inputs, sizeof *root);
    struct scored scored = { weights, root, layer->shape.inputs,
                             layer->shape.outputs };

    pruning->mask[number] =
        memory_new((size_t)layer->shape.outputs * layer->shape.inputs, 1);
    if (score_has_formula(plan->score)) {
        score_roots(root, plan->score, mean_square, layer->shape.inputs);
        mask_layer(pruning->mask[number], &scored, rule);
    }
    free(root);
}

/* The trace's mean of x x^T, in double; free() it. */
static double *trace_gram(const struct recorded_layer *recorded)
{
    size_t size = (size_t)recorded->shape.inputs * recorded->shape.inputs;
    double *gram = memory_new_aligned(size, sizeof *gram);

    for (size_t i = 0; i < size; i++)
        gram[i] = (double)recorded->gram[i];
    return gram;
}

static int prune_layer(struct pruning *pruning, struct updater *updater,
                       size_t number, float *weights, struct error *err)
{
    const struct plan *plan = pruning->prune->plan;
    const struct plan_layer *layer = &plan->layer[number];
    const struct mask_rule rule = { layer->pattern, plan->agreement,
                                    pruning->prune->work.workers,
                                    plan->blocks };
    size_t size = (size_t)layer->shape.outputs * layer->shape.inputs;

    mask_by_score(pruning, number, weights, rule);
    if (updater) {
        bool given = score_has_formula(plan->score);

        if (updater_run(updater, weights, layer->shape.outputs, rule,
                        pruning->mask[number], given, err) < 0)
            return error_prefix(err, "layer %s: ", layer->shape.name);
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        if (!pruning->mask[number][i])
            weights[i] = 0;
    }
    return 0;
}

/* Layers of the same input as `first`, of which one is not dense, are a
 * stage. */
static bool is_stage(const struct pruning *pruning, size_t first)
{
    const struct plan *plan = pruning->prune->plan;

    for (size_t i = first;
         i < plan->layers &&
         plan->layer[i].shape.block == plan->layer[first].shape.block;
         i++) {
        if (model_input_of(pruning->prune->model, i) == first &&
            !pattern_is_dense(plan->layer[i].pattern))
            return true;
    }
    return false;
}

/* Prunes the layers of one input, which are a stage. */
static int prune_stage(struct pruning *pruning, struct model_block *block,
                       size_t first, struct error *err)
{
    const struct prune *prune = pruning->prune;
    const struct plan *plan = prune->plan;
    enum update update = update_of_layer(plan->update, plan->score);
    struct updater *updater = NULL;
    double *gram = NULL;
    int status = 0;

    if (pruning->sequence)
        sequence_look_at(pruning->sequence, block, first,
                         update_in_sequence(update));
    if (stop_check(err) < 0)
        return -1;
    if (update_in_sequence(update)) {
        updater = updater_new(update, sequence_gram(pruning->sequence, first),
                              plan->layer[first].shape.inputs,
                              sequence_tokens(pruning->sequence));
    } else if (update_from_trace(update)) {
        gram = trace_gram(&prune->trace->layer[first]);
        updater = updater_new(update, gram, plan->layer[first].shape.inputs, 1);
    }
    for (size_t i = first;
         status == 0 && i < plan->layers &&
         plan->layer[i].shape.block == plan->layer[first].shape.block;
         i++) {
        if (model_input_of(prune->model, i) == first &&
            !pattern_is_dense(plan->layer[i].pattern))
            status = prune_layer(pruning, updater, i,
                                 model_block_layer(block, i), err);
    }
    if (updater)
        pruning->dampened += updater_dampened(updater);
    updater_free(updater);
    free(gram);
    return status;
}

/* Trains what the pruned block keeps, until its output is what the dense
 * block's was on dense inputs. */
static int reconstruct(struct pruning *pruning, struct model_block *block,
                       uint32_t number, struct error *err)
{
    const struct prune *prune = pruning->prune;
    struct reconstruction what = { .model = prune->model,
                                   .block = block,
                                   .number = number,
                                   .mask = pruning->mask,
                                   .input = sequence_rows(pruning->sequence),
                                   .rows = prune->tokens->rows,
                                   .tokens = prune->tokens->length,
                                   .how = prune->plan->reconstruct,
                                   .work = prune->work };
    struct model_block *dense;

    if (model_block_load(&dense, prune->model, number, err) < 0)
        return -1;
    sequence_pass(pruning->dense, dense);
    model_block_free(dense);
    if (stop_check(err) < 0)
        return -1;
    what.target = sequence_rows(pruning->dense);
    return reconstruct_run(&what, NULL, err);
}

/* Stage by stage: the layers of one input at a time, in the order in which they
 * run, so that each sees what the pruned ones before it make of the rows. */
int pruning_block(void *context, struct model_block *block, uint32_t number,
                  struct error *err)
{
    struct pruning *pruning = context;
    const struct prune *prune = pruning->prune;
    const struct layer_span layers = plan_layers_of_block(prune->plan, number);
    int status = stop_check(err);

    assert(number == pruning->next);
    pruning->next++;
    forget_masks(pruning);
    for (size_t i = layers.first; status == 0 && i < layers.end; i++) {
        if (model_input_of(prune->model, i) == i && is_stage(pruning, i))
            status = prune_stage(pruning, block, i, err);
    }
    if (status == 0 && pruning->dense)
        status = reconstruct(pruning, block, number, err);
    if (status == 0 && pruning->sequence)
        sequence_pass(pruning->sequence, block);
    return status == 0 ? stop_check(err) : -1;
}
