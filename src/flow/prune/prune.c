/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Blocks in order, and in each the stages in the order in which they run (q k
 * v; o; gate up; down): what a stage's inputs are like is looked at when all
 * before it is pruned and updated.  Where the dense model is needed beside (to
 * propagate, or to reconstruct), its rows are kept at the same block: they are
 * passed through the dense block when the stages are done, and the pruned rows
 * through the pruned one last.
 */
#include "flow/prune/prune.h"

#include <assert.h>
#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/leftover.h"
#include "base/memory.h"
#include "base/stop.h"
#include "flow/prune/kept_block.h"
#include "flow/prune/mask.h"
#include "flow/prune/reconstruct.h"
#include "flow/prune/target.h"
#include "flow/prune/updater.h"
#include "llm/fold.h"
#include "llm/gradient.h"
#include "llm/sequence.h"

static bool propagates(const struct plan *plan)
{
    return !isnan(plan->propagate);
}

static bool needs_dense(const struct plan *plan)
{
    return plan->update == UPDATE_RECONSTRUCT || propagates(plan);
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
    if (needs_dense(prune->plan))
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

/* Whether anything is known of the layer's inputs: nothing is of an expert that
 * no token reached. */
static bool is_reached(const struct pruning *pruning, size_t number)
{
    const struct recorded_layer *layer = &pruning->prune->trace->layer[number];

    if (pruning->sequence && sequence_tokens(pruning->sequence, number) == 0)
        return false;
    return pruning->prune->plan->statistics == STATISTICS_SEQUENTIAL ||
           !layer->routed || layer->reached > 0;
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
static void mask_by_score(struct pruning *pruning, size_t number,
                          const float *weights, struct mask_rule rule)
{
    const struct plan *plan = pruning->prune->plan;
    const struct plan_layer *layer = &plan->layer[number];
    double *recorded = plan->statistics == STATISTICS_SEQUENTIAL
                           ? NULL
                           : trace_squares(pruning, number);
    const double *mean_square =
        recorded ? recorded : sequence_mean_square(pruning->sequence, number);
    enum score score =
        is_reached(pruning, number) ? plan->score : SCORE_MAGNITUDE;
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

static int prune_layer(struct pruning *pruning, struct updater *updater,
                       size_t number, float *weights, struct error *err)
{
    const struct plan *plan = pruning->prune->plan;
    const struct plan_layer *layer = &plan->layer[number];
    const struct mask_rule rule = { layer->pattern, plan->agreement,
                                    pruning->prune->work.workers,
                                    mask_way_of_plan(plan) };
    size_t size = (size_t)layer->shape.outputs * layer->shape.inputs;

    mask_by_score(pruning, number, weights, rule);
    if (updater) {
        const struct pruned_layer pruned = {
            .weights = weights,
            .mask = pruning->mask[number],
            .outputs = layer->shape.outputs,
            .rule = rule,
            .given = score_has_formula(plan->score),
        };

        if (updater_run(updater, &pruned, err) < 0)
            return error_prefix(err, "layer %s: ", layer->shape.name);
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        if (!pruning->mask[number][i])
            weights[i] = 0;
    }
    return 0;
}

/* Layers of the same input as `first` are a stage, if something is to be done
 * with one of them. */
static bool is_stage(const struct pruning *pruning, size_t first)
{
    const struct plan *plan = pruning->prune->plan;

    for (size_t i = first;
         i < plan->layers &&
         plan->layer[i].shape.block == plan->layer[first].shape.block;
         i++) {
        if (model_input_of(pruning->prune->model, i) == first &&
            (propagates(plan) || !pattern_is_dense(plan->layer[i].pattern)))
            return true;
    }
    return false;
}

/* A block on its way. */
struct stage {
    struct pruning *pruning;
    struct model_block *block, *dense; /* dense: NULL if it is not needed */
    size_t first;                      /* the first layer of the input */
    bool beside;                       /* what is lacking is propagated */
    struct target target;              /* then */
    struct updater *updater;           /* NULL: none */
    double *gram;                      /* of the trace; NULL: not needed */
};

/* What the layers' inputs are like, and what is made from it for all of them.
 */
static int stage_begin(struct stage *stage, struct error *err)
{
    const struct pruning *pruning = stage->pruning;
    const struct plan *plan = pruning->prune->plan;
    struct sequence *sequence = pruning->sequence;
    uint32_t inputs = plan->layer[stage->first].shape.inputs;
    enum update update = update_of_layer(plan->update, plan->score);
    bool in_sequence = update_in_sequence(update);

    /* Experts that the dense model sends other tokens to have nothing beside
     * them to be held against: what they lack is not propagated. */
    stage->beside = propagates(plan) &&
                    !model_is_routed(pruning->prune->model, stage->first);
    if (stage->beside)
        sequence_look_beside(sequence, stage->block, stage->first,
                             pruning->dense, stage->dense);
    else if (sequence)
        sequence_look_at(sequence, stage->block, stage->first,
                         in_sequence ? SEQUENCE_GRAM : SEQUENCE_SQUARES);
    if (stop_check(err) < 0)
        return -1;
    if (stage->beside &&
        target_init(&stage->target, sequence_gram(sequence, stage->first),
                    inputs, err) < 0)
        return error_prefix(err,
                            "layer %s: ", plan->layer[stage->first].shape.name);
    if (!is_reached(pruning, stage->first))
        return 0; /* the weights stay, but for the mask */
    if (in_sequence) {
        stage->updater =
            updater_new(update, sequence_gram(sequence, stage->first), inputs,
                        sequence_tokens(sequence, stage->first));
    } else if (update_from_trace(update)) {
        stage->gram = trace_gram(pruning, stage->first);
        stage->updater = updater_new(update, stage->gram, inputs, 1);
    }
    return 0;
}

static void stage_end(struct stage *stage)
{
    if (stage->updater)
        stage->pruning->dampened += updater_dampened(stage->updater);
    updater_free(stage->updater);
    target_release(&stage->target);
    free(stage->gram);
}

static int stage_layer(struct stage *stage, size_t number, struct error *err)
{
    const struct pruning *pruning = stage->pruning;
    const struct plan *plan = pruning->prune->plan;
    const struct plan_layer *layer = &plan->layer[number];
    float *weights = model_block_layer(stage->block, number);

    if (stage->beside) {
        const struct target_layer wanted = {
            .outputs = layer->shape.outputs,
            .cross = sequence_cross(pruning->sequence, stage->first),
            .lack = sequence_lack(pruning->sequence, stage->first),
            .share = plan->propagate,
            .workers = pruning->prune->work.workers,
        };

        target_run(&stage->target, &wanted, weights);
    }
    if (pattern_is_dense(layer->pattern))
        return 0;
    return prune_layer(stage->pruning, stage->updater, number, weights, err);
}

/* The layers of one input, which are a stage. */
static int run_stage(struct stage *stage, struct error *err)
{
    const struct prune *prune = stage->pruning->prune;
    const struct plan *plan = prune->plan;
    int status = stage_begin(stage, err);

    for (size_t i = stage->first;
         status == 0 && i < plan->layers &&
         plan->layer[i].shape.block == plan->layer[stage->first].shape.block;
         i++) {
        if (model_input_of(prune->model, i) == stage->first)
            status = stage_layer(stage, i, err);
    }
    stage_end(stage);
    return status;
}

static int run_stages(struct pruning *pruning, struct model_block *block,
                      struct model_block *dense, uint32_t number,
                      struct error *err)
{
    const struct prune *prune = pruning->prune;
    const struct layer_span layers = plan_layers_of_block(prune->plan, number);
    int status = 0;

    for (size_t i = layers.first; status == 0 && i < layers.end; i++) {
        struct stage stage = {
            .pruning = pruning, .block = block, .dense = dense, .first = i
        };

        if (model_input_of(prune->model, i) == i && is_stage(pruning, i))
            status = run_stage(&stage, err);
    }
    return status;
}

/* ---- blocks that were finished before ------------------------------------ */

/* The file of a finished block, NULL if none is kept; free() it. */
static char *block_path(const struct prune *prune, uint32_t number)
{
    if (!prune->keep || prune->plan->update != UPDATE_RECONSTRUCT)
        return NULL;
    return memory_printf("%s.block-%u", prune->keep, number);
}

/* What a finished block is of; free() it.  Bits are promised for one core of
 * the BLAS. */
static char *block_identity(const struct prune *prune, uint32_t number)
{
    char hash[HASH_TEXT];

    plan_hash(prune->plan, hash);
    return memory_printf("plan %s, block %u, %s", hash, number,
                         openblas_get_corename());
}

void prune_forget(const struct prune *prune)
{
    for (uint32_t b = 0; b < model_blocks(prune->model); b++) {
        char *path = block_path(prune, b);

        if (path) {
            unlink(path);
            leftover_clear(path);
        }
        free(path);
    }
}

/* Whether a block is as it was finished before. */
static bool take_up(struct pruning *pruning, struct model_block *block,
                    uint32_t number)
{
    char *path = block_path(pruning->prune, number);
    char *identity = path ? block_identity(pruning->prune, number) : NULL;
    const struct kept_block kept = { pruning->prune->model, block,    number,
                                     pruning->mask,         identity, path };
    bool there = path && kept_block_load(&kept) == 0;

    if (there)
        progress_add(pruning->prune->work.progress,
                     pruning->prune->plan->reconstruct.steps);
    free(identity);
    free(path);
    return there;
}

static int keep_block(struct pruning *pruning, struct model_block *block,
                      uint32_t number, struct error *err)
{
    char *path = block_path(pruning->prune, number);
    char *identity = path ? block_identity(pruning->prune, number) : NULL;
    const struct kept_block kept = { pruning->prune->model, block,    number,
                                     pruning->mask,         identity, path };
    int status = path ? kept_block_save(&kept, err) : 0;

    free(identity);
    free(path);
    return status;
}

/* ---- a block ------------------------------------------------------------- */

/* Trains what the pruned block keeps, until its output is what the dense
 * block's was on dense inputs. */
static int reconstruct(const struct pruning *pruning, struct model_block *block,
                       uint32_t number, struct error *err)
{
    const struct prune *prune = pruning->prune;
    const struct reconstruction what = {
        .model = prune->model,
        .block = block,
        .number = number,
        .mask = pruning->mask,
        .input = sequence_rows(pruning->sequence),
        .target = sequence_rows(pruning->dense),
        .rows = prune->tokens->rows,
        .tokens = prune->tokens->length,
        .how = prune->plan->reconstruct,
        .work = prune->work,
    };

    return reconstruct_run(&what, NULL, err);
}

/* The dense block is needed until the dense rows are through it. */
static int run_block(struct pruning *pruning, struct model_block *block,
                     uint32_t number, struct error *err)
{
    const struct prune *prune = pruning->prune;
    bool there = take_up(pruning, block, number);
    struct model_block *dense = NULL;
    int status = 0;

    if (pruning->dense &&
        model_block_load(&dense, prune->model, number, err) < 0)
        return -1;
    if (!there)
        status = run_stages(pruning, block, dense, number, err);
    if (status == 0 && dense)
        sequence_pass(pruning->dense, dense);
    model_block_free(dense);
    if (status < 0 || stop_check(err) < 0)
        return -1;
    if (!there && prune->plan->update == UPDATE_RECONSTRUCT) {
        status = reconstruct(pruning, block, number, err);
        if (status == 0)
            status = keep_block(pruning, block, number, err);
    }
    return status;
}

int pruning_block(void *context, struct model_block *block, uint32_t number,
                  struct error *err)
{
    struct pruning *pruning = context;

    assert(number == pruning->next);
    if (stop_check(err) < 0)
        return -1;
    pruning->next++;
    forget_masks(pruning);
    if (run_block(pruning, block, number, err) < 0)
        return -1;
    if (pruning->sequence)
        sequence_pass(pruning->sequence, block);
    return stop_check(err);
}
