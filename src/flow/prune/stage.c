/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stage has two parts.  What its inputs are like comes of rows that run,
 * which the leader does with all its threads.  The layers then depend on that
 * and on their own weights, and on nothing else: so they can be settled one
 * after the other, by other processes, or have been before a kill.  Others get
 * the sums as a file, and what they settle comes back as one.
 */
#include "flow/prune/stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/stop.h"
#include "flow/prune/mask.h"
#include "flow/prune/pruning.h"
#include "flow/prune/target.h"
#include "flow/prune/updater.h"
#include "llm/fold.h"

/* One at work. */
struct stage {
    struct stage_call call;
    struct stage_inputs inputs;
    bool beside;             /* what is lacking is propagated */
    struct target target;    /* then */
    struct updater *updater; /* NULL: none */
    double *gram;            /* of the trace; NULL: not needed */
};

static bool stage_propagates(const struct plan *plan)
{
    return !isnan(plan->propagate);
}

/* Whether anything is known of the layer's inputs: nothing is of an expert that
 * no token reached. */
static bool is_reached(const struct stage *stage, size_t number)
{
    const struct prune *prune = stage->call.pruning->prune;
    const struct recorded_layer *layer = &prune->trace->layer[number];

    if (prune_needs_tokens(prune->plan) && stage->inputs.tokens == 0)
        return false;
    return prune->plan->statistics == STATISTICS_SEQUENTIAL || !layer->routed ||
           layer->reached > 0;
}

/* The trace's mean squares of a layer's inputs, in the order that they have in
 * the model; free() it. */
static double *trace_squares(const struct pruning *pruning, size_t number)
{
    const struct recorded_layer *recorded =
        &pruning->prune->trace->layer[number];
    uint32_t *order = model_inputs_order(pruning->prune->model, number);
    double *squares = memory_new(recorded->shape.inputs, sizeof *squares);

    for (uint32_t k = 0; k < recorded->shape.inputs; k++)
        squares[k] = recorded->mean_square[order ? order[k] : k];
    free(order);
    return squares;
}

static enum mask_way mask_way_of_plan(const struct plan *plan)
{
    if (plan->unstructured)
        return MASK_UNSTRUCTURED;
    return plan->blocks ? MASK_BLOCKS : MASK_GROUPS;
}

/* Masks by score; with an update's own, room for them. */
static void mask_by_score(const struct stage *stage, size_t number,
                          const float *weights, struct mask_rule rule)
{
    struct pruning *pruning = stage->call.pruning;
    const struct plan *plan = pruning->prune->plan;
    const struct plan_layer *layer = &plan->layer[number];
    double *recorded = plan->statistics == STATISTICS_SEQUENTIAL
                           ? NULL
                           : trace_squares(pruning, number);
    const double *mean_square = recorded ? recorded : stage->inputs.mean_square;
    enum score score =
        is_reached(stage, number) ? plan->score : SCORE_MAGNITUDE;
    double *root = memory_new(layer->shape.inputs, sizeof *root);
    struct scored scored = { weights, root, layer->shape.inputs,
                             layer->shape.outputs };

    pruning->mask[number] =
        memory_new((size_t)layer->shape.outputs * layer->shape.inputs, 1);
    if (score_has_formula(score)) {
        score_roots(root, score, mean_square, layer->shape.inputs);
        mask_layer(pruning->mask[number], &scored, rule);
    }
    free(recorded);
    free(root);
}

/* The trace's mean of x x^T, in double and in the order of the model's inputs;
 * free() it. */
static double *trace_gram(const struct pruning *pruning, size_t number)
{
    const struct recorded_layer *recorded =
        &pruning->prune->trace->layer[number];
    size_t inputs = recorded->shape.inputs;
    uint32_t *order = model_inputs_order(pruning->prune->model, number);
    double *gram = memory_new_aligned(inputs * inputs, sizeof *gram);

    for (size_t i = 0; i < inputs; i++) {
        const float *row = recorded->gram + (order ? order[i] : i) * inputs;

        for (size_t j = 0; j < inputs; j++)
            gram[i * inputs + j] = (double)row[order ? order[j] : j];
    }
    free(order);
    return gram;
}

static int prune_layer(const struct stage *stage, size_t number, float *weights,
                       struct error *err)
{
    struct pruning *pruning = stage->call.pruning;
    const struct plan *plan = pruning->prune->plan;
    const struct plan_layer *layer = &plan->layer[number];
    const struct mask_rule rule = { layer->pattern, plan->agreement,
                                    pruning->prune->work.workers,
                                    mask_way_of_plan(plan) };
    size_t size = (size_t)layer->shape.outputs * layer->shape.inputs;

    mask_by_score(stage, number, weights, rule);
    if (stage->updater) {
        const struct pruned_layer pruned = {
            .weights = weights,
            .mask = pruning->mask[number],
            .outputs = layer->shape.outputs,
            .rule = rule,
            .given = score_has_formula(plan->score),
        };

        if (updater_run(stage->updater, &pruned, err) < 0)
            return error_prefix(err, "layer %s: ", layer->shape.name);
        pruning->dampened[number] = (uint8_t)updater_dampened(stage->updater);
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        if (!pruning->mask[number][i])
            weights[i] = 0;
    }
    return 0;
}

bool stage_settles(const struct plan *plan, size_t layer)
{
    return stage_propagates(plan) ||
           !pattern_is_dense(plan->layer[layer].pattern);
}

/* Whether something is to be done with a layer, if its input is `first`'s. */
static bool stage_has(const struct prune *prune, size_t first, size_t number)
{
    return model_input_of(prune->model, number) == first &&
           stage_settles(prune->plan, number);
}

static struct layer_span stage_span(const struct prune *prune, size_t first)
{
    const struct plan *plan = prune->plan;

    return plan_layers_of_block(plan, plan->layer[first].shape.block);
}

static size_t stage_layers(const struct prune *prune, size_t first)
{
    const struct layer_span span = stage_span(prune, first);
    size_t count = 0;

    for (size_t i = first; i < span.end; i++)
        count += stage_has(prune, first, i);
    return count;
}

bool stage_is(const struct prune *prune, size_t first)
{
    const struct layer_span span = stage_span(prune, first);
    bool is = false;

    if (model_input_of(prune->model, first) != first)
        return false;
    for (size_t i = first; !is && i < span.end; i++)
        is = stage_has(prune, first, i);
    return is;
}

/* ---- what the inputs are like -------------------------------------------- */

static bool updates_in_sequence(const struct plan *plan)
{
    return update_in_sequence(update_of_layer(plan->update, plan->score));
}

/* Runs the rows, if there are any. */
static void stage_look(struct stage *stage)
{
    const struct pruning *pruning = stage->call.pruning;
    struct sequence *sequence = pruning->sequence;
    size_t first = stage->call.first;

    if (!sequence)
        return;
    if (stage->beside)
        sequence_look_beside(sequence, stage->call.block, first, pruning->dense,
                             stage->call.dense);
    else
        sequence_look_at(sequence, stage->call.block, first,
                         updates_in_sequence(pruning->prune->plan)
                             ? SEQUENCE_GRAM
                             : SEQUENCE_SQUARES);
    stage->inputs = (struct stage_inputs){
        .mean_square = sequence_mean_square(sequence, first),
        .gram = sequence_gram(sequence, first),
        .cross = sequence_cross(sequence, first),
        .lack = sequence_lack(sequence, first),
        .tokens = sequence_tokens(sequence, first),
    };
}

/* What is made from it for all layers. */
static int stage_prepare(struct stage *stage, struct error *err)
{
    const struct pruning *pruning = stage->call.pruning;
    const struct plan *plan = pruning->prune->plan;
    size_t first = stage->call.first;
    uint32_t inputs = plan->layer[first].shape.inputs;
    enum update update = update_of_layer(plan->update, plan->score);

    if (stage->beside &&
        target_init(&stage->target, stage->inputs.gram, inputs, err) < 0)
        return error_prefix(err, "layer %s: ", plan->layer[first].shape.name);
    if (!is_reached(stage, first))
        return 0; /* the weights stay, but for the mask */
    if (update_in_sequence(update)) {
        stage->updater = updater_new(update, stage->inputs.gram, inputs,
                                     stage->inputs.tokens);
    } else if (update_from_trace(update)) {
        stage->gram = trace_gram(pruning, first);
        stage->updater = updater_new(update, stage->gram, inputs, 1);
    }
    return 0;
}

static void stage_begin(struct stage *stage, const struct stage_call *call)
{
    const struct prune *prune = call->pruning->prune;

    /* Experts that the dense model sends other tokens to have nothing beside
     * them to be held against: what they lack is not propagated. */
    *stage = (struct stage){
        .call = *call,
        .beside = stage_propagates(prune->plan) &&
                  !model_is_routed(prune->model, call->first),
    };
}

static void stage_end(struct stage *stage)
{
    updater_free(stage->updater);
    target_release(&stage->target);
    free(stage->gram);
    free(stage->inputs.own);
}

/* ---- layers -------------------------------------------------------------- */

static int stage_layer(struct stage *stage, size_t number, struct error *err)
{
    const struct pruning *pruning = stage->call.pruning;
    const struct plan *plan = pruning->prune->plan;
    const struct plan_layer *layer = &plan->layer[number];
    float *weights = model_block_layer(stage->call.block, number);

    if (stage->beside) {
        const struct target_layer wanted = {
            .outputs = layer->shape.outputs,
            .cross = stage->inputs.cross,
            .lack = stage->inputs.lack,
            .share = plan->propagate,
            .workers = pruning->prune->work.workers,
        };

        target_run(&stage->target, &wanted, weights);
    }
    if (pattern_is_dense(layer->pattern))
        return 0;
    return prune_layer(stage, number, weights, err);
}

/* Those of a share that are not kept; what is finished is, if layers are. */
static int settle_layers(struct stage *stage, struct stage_share share,
                         struct error *err)
{
    struct pruning *pruning = stage->call.pruning;
    size_t first = stage->call.first;
    const struct layer_span span = stage_span(pruning->prune, first);
    bool prepared = false;
    int status = 0;

    for (size_t i = first; status == 0 && i < span.end; i++) {
        if (!stage_has(pruning->prune, first, i) ||
            (i - span.first) % share.parts != share.part ||
            pruning_take_layer(pruning, stage->call.block, i) == 0)
            continue;
        status = stop_check(err);
        if (status == 0 && !prepared)
            status = stage_prepare(stage, err);
        prepared = true;
        if (status == 0)
            status = stage_layer(stage, i, err);
        if (status == 0)
            status = pruning_keep_layer(pruning, stage->call.block, i, err);
    }
    return status;
}

/* Whether all layers were kept; those that were are in the block then. */
static bool take_layers(struct stage *stage)
{
    struct pruning *pruning = stage->call.pruning;
    size_t first = stage->call.first;
    const struct layer_span span = stage_span(pruning->prune, first);

    for (size_t i = first; i < span.end; i++)
        if (stage_has(pruning->prune, first, i) &&
            pruning_take_layer(pruning, stage->call.block, i) != 0)
            return false;
    return true;
}

bool stage_take(const struct stage_call *call)
{
    struct stage stage;
    bool taken;

    stage_begin(&stage, call);
    taken = take_layers(&stage);
    stage_end(&stage);
    return taken;
}

/* Others settle the layers. */
static int share_layers(struct stage *stage, struct error *err)
{
    const struct pruning *pruning = stage->call.pruning;
    const struct prune *prune = pruning->prune;
    size_t first = stage->call.first;

    if (pruning_keep_stage(pruning, first, &stage->inputs, err) < 0 ||
        prune->share(prune->context, (uint32_t)first, err) < 0)
        return -1;
    pruning_forget_stage(prune, first);
    return 0;
}

/* Whether rows have gone through what is to be looked at. */
static bool is_behind(const struct stage_call *call)
{
    const struct sequence *sequence = call->pruning->sequence;
    struct sequence_stand stand;

    if (!sequence)
        return false;
    stand = sequence_stand(sequence);
    return sequence_is_behind(sequence, &stand, call->first);
}

int stage_run(const struct stage_call *call, struct error *err)
{
    const struct pruning *pruning = call->pruning;
    const struct stage_share all = { 0, 1 };
    struct stage stage;
    int status = 0;

    stage_begin(&stage, call);
    if (!take_layers(&stage)) {
        if (is_behind(call))
            status = pruning_miss(pruning, call->first, err);
        if (status == 0)
            stage_look(&stage);
        if (status == 0)
            status = pruning_check(pruning, err);
        if (status == 0 && pruning->prune->share && pruning->sequence &&
            stage_layers(pruning->prune, call->first) > 1)
            status = share_layers(&stage, err);
        if (status == 0)
            status = settle_layers(&stage, all, err);
    }
    stage_end(&stage);
    return status;
}

int stage_help(const struct stage_call *call, struct stage_share share,
               struct error *err)
{
    const struct prune *prune = call->pruning->prune;
    struct stage stage;
    int status = 0;

    stage_begin(&stage, call);
    if (prune_needs_tokens(prune->plan) &&
        pruning_take_stage(call->pruning, call->first, &stage.inputs) != 0)
        status = error_set(err, ERROR_DISK,
                           "%s.stage-%zu: is not there, or damaged; all who "
                           "work together must see the same files",
                           prune->keep, call->first);
    if (status == 0)
        status = settle_layers(&stage, share, err);
    stage_end(&stage);
    return status;
}
