/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/prune.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/stop.h"
#include "flow/mask.h"
#include "flow/shapes.h"
#include "trace/sparse_trace.h"

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
    return 0;
}

static double *new_roots(const struct prune *prune, size_t layer)
{
    const struct recorded_layer *recorded = &prune->trace->layer[layer];
    double *root = memory_new(recorded->inputs, sizeof *root);
    enum score score = SCORE_WANDA;
    struct error err;
    int status = score_parse(&score, prune->plan->score, &err);

    assert(status == 0); /* plan_read() lets no other name through */
    (void)status;
    score_roots(root, score, recorded->mean_square, recorded->inputs);
    return root;
}

int prune_block(void *context, struct model_block *block, uint32_t number,
                struct error *err)
{
    const struct prune *prune = context;

    (void)err;
    for (size_t i = 0; i < prune->plan->layers; i++) {
        const struct plan_layer *layer = &prune->plan->layer[i];
        struct scored scored = { NULL, NULL, layer->inputs, layer->outputs };
        float *weights;
        double *root;

        if (layer->block != number)
            continue;
        weights = model_block_layer(block, i);
        root = new_roots(prune, i);
        scored.weights = weights;
        scored.root = root;
        mask_apply_shared(weights, &scored, layer->pattern,
                          prune->plan->agreement, prune->workers);
        free(root);
    }
    return 0;
}

static int new_mask(uint8_t **mask, const struct prune *prune, size_t number,
                    struct error *err)
{
    const struct plan_layer *layer = &prune->plan->layer[number];
    size_t size = (size_t)layer->outputs * layer->inputs;
    float *weights = memory_new_aligned(size, sizeof *weights);
    int status = model_weights(prune->model, number, weights, err);

    if (status == 0) {
        double *root = new_roots(prune, number);
        struct scored scored = { weights, root, layer->inputs, layer->outputs };

        *mask = memory_new(size, 1);
        mask_layer_shared(*mask, &scored, layer->pattern,
                          prune->plan->agreement, prune->workers);
        free(root);
    }
    free(weights);
    return status;
}

static int write_layer(struct sparse_trace_out *out, const struct prune *prune,
                       size_t number, struct error *err)
{
    const struct recorded_layer *recorded = &prune->trace->layer[number];
    const struct plan_layer *planned = &prune->plan->layer[number];
    struct layer layer = { .name = planned->name,
                           .block = planned->block,
                           .tokens = recorded->tokens,
                           .inputs = planned->inputs,
                           .outputs = planned->outputs,
                           .pattern = planned->pattern,
                           .agreement = prune->plan->agreement,
                           .scale = recorded->weight_scale,
                           .input = recorded->input,
                           .input_scale = recorded->input_scale };
    uint8_t *mask = NULL;
    int status;

    if (stop_check(err) < 0 || (!pattern_is_dense(layer.pattern) &&
                                new_mask(&mask, prune, number, err) < 0))
        return -1;
    layer_pack(&layer, recorded->weights, mask);
    status = sparse_trace_put(out, number, &layer, err);
    layer_release_packed(&layer);
    free(mask);
    progress_add(prune->progress, 1);
    return status;
}

int prune_write(const struct prune *prune, const char *path, struct error *err)
{
    size_t layers = prune->plan->layers;
    struct sparse_trace_out *out;
    uint32_t *tokens;
    int status = prune_check(prune, err);

    if (status < 0)
        return -1;
    tokens = memory_new(layers, sizeof *tokens);
    for (size_t i = 0; i < layers; i++)
        tokens[i] = prune->trace->layer[i].tokens;
    status = sparse_trace_create(&out, path, prune->plan, tokens, err);
    free(tokens);
    if (status < 0)
        return -1;
    progress_begin(prune->progress, "prune", layers, "layers");
    for (size_t i = 0; status == 0 && i < layers; i++)
        status = write_layer(out, prune, i, err);
    progress_end(prune->progress);
    if (status == 0)
        return sparse_trace_commit(out, err);
    sparse_trace_abandon(out);
    return -1;
}
