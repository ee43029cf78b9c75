/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes a sparse trace, and a pruned checkpoint if one is asked for, block by
 * block while pruning: no more than a block is in memory.  Values are the
 * recorded int8 ones where only masks were made; after an update the weights
 * are rounded anew, with a new scale an output.  Both files appear whole or not
 * at all.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/arithmetic.h"
#include "base/stop.h"
#include "flow/prune/prune.h"
#include "llm/checkpoint_out.h"
#include "tensor/quantize.h"
#include "trace/activity.h"
#include "trace/sparse_trace.h"

struct writing {
    const struct prune *prune;
    struct pruning *pruning;
    struct sparse_trace_out *out;
    struct checkpoint_out *checkpoint; /* NULL: none is asked for */
    struct model_block *block;
};

/* Tokens of a layer's sample of inputs that are written. */
static uint32_t sample(const struct prune *prune, size_t number)
{
    const struct recorded_layer *layer = &prune->trace->layer[number];

    return prune->inputs
               ? recorded_layer_tokens(layer,
                                       (uint32_t)min(prune->inputs, UINT32_MAX))
               : layer->tokens;
}

void prune_identity(const struct prune *prune, char hash[HASH_TEXT])
{
    const struct plan *plan = prune->plan;
    uint32_t *tokens = memory_new(plan->layers, sizeof *tokens);

    for (size_t i = 0; i < plan->layers; i++)
        tokens[i] = sample(prune, i);
    sparse_trace_identity(plan, tokens, hash);
    free(tokens);
}

static void input_activity(float activity[2],
                           const struct recorded_layer *recorded)
{
    double of[2];

    activity_of_inputs(of, recorded->input, recorded->tokens,
                       recorded->shape.inputs);
    activity[0] = (float)of[0];
    activity[1] = (float)of[1];
}

/* Updated weights of which one is a NaN or an infinity have no scale. */
static int are_numbers(const struct plan_layer *layer, const float *scale,
                       struct error *err)
{
    for (uint32_t o = 0; o < layer->shape.outputs; o++)
        if (!isfinite(scale[o]))
            return error_set(err, ERROR_DATA,
                             "output %" PRIu32 " of layer `%s` has a weight "
                             "that is no number after its update",
                             o, layer->shape.name);
    return 0;
}

static int prune_write_put_layer(struct writing *writing, size_t number,
                                 struct error *err)
{
    const struct recorded_layer *recorded =
        &writing->prune->trace->layer[number];
    const struct plan *plan = writing->prune->plan;
    const struct plan_layer *planned = &plan->layer[number];
    size_t size = (size_t)planned->shape.outputs * planned->shape.inputs;
    struct layer layer = { .shape = planned->shape,
                           .tokens = sample(writing->prune, number),
                           .pattern = planned->pattern,
                           .agreement = plan->agreement,
                           .scale = recorded->weight_scale,
                           .input = recorded->input,
                           .input_scale = recorded->input_scale };
    const int8_t *values = recorded->weights;
    float activity[2];
    int8_t *updated = NULL;
    float *scale = NULL;
    int status = 0;

    if (plan->update != UPDATE_NONE) {
        updated = memory_new(size, 1);
        scale = memory_new(planned->shape.outputs, sizeof *scale);
        quantize_rows(updated, scale, model_block_layer(writing->block, number),
                      planned->shape.outputs, planned->shape.inputs);
        values = updated;
        layer.scale = scale;
        status = are_numbers(planned, scale, err);
    }
    if (layer.tokens == 1 && recorded->tokens > 1) {
        input_activity(activity, recorded);
        layer.input_activity = activity;
    }
    if (status == 0) {
        layer_pack(&layer, values, pruning_mask(writing->pruning, number));
        status = sparse_trace_put(writing->out, number, &layer, err);
        layer_release_packed(&layer);
    }
    if (status == 0 && writing->checkpoint)
        status =
            checkpoint_out_put(writing->checkpoint, number,
                               model_block_layer(writing->block, number), err);
    free(scale);
    free(updated);
    if (writing->prune->plan->update != UPDATE_RECONSTRUCT)
        progress_add(writing->prune->work.progress, 1);
    return status;
}

static int put_block(struct writing *writing, uint32_t number,
                     struct error *err)
{
    const struct layer_span layers =
        plan_layers_of_block(writing->prune->plan, number);
    int status;

    if (stop_check(err) < 0 ||
        model_block_load(&writing->block, writing->prune->model, number, err) <
            0)
        return -1;
    status = pruning_block(writing->pruning, writing->block, number, err);
    for (size_t i = layers.first; status == 0 && i < layers.end; i++)
        status = prune_write_put_layer(writing, i, err);
    model_block_free(writing->block);
    return status;
}

static int put_blocks(struct writing *writing, struct error *err)
{
    uint32_t blocks = model_blocks(writing->prune->model);
    int status = 0;

    const struct plan *plan = writing->prune->plan;
    bool trains = plan->update == UPDATE_RECONSTRUCT;

    progress_begin(writing->prune->work.progress, "prune",
                   trains ? (uint64_t)blocks * plan->reconstruct.steps
                          : plan->layers,
                   trains ? "steps" : "layers");
    for (uint32_t b = 0; status == 0 && b < blocks; b++)
        status = put_block(writing, b, err);
    progress_end(writing->prune->work.progress);
    return status;
}

static int prune_write_finish(struct writing *writing, int status,
                              struct error *err)
{
    /* The folder last: it may not be there when the command is repeated, while
     * a trace is replaced. */
    if (status == 0)
        status = sparse_trace_commit(writing->out, err);
    else
        sparse_trace_abandon(writing->out);
    if (!writing->checkpoint)
        return status;
    if (status == 0)
        return checkpoint_out_commit(writing->checkpoint, err);
    checkpoint_out_abandon(writing->checkpoint);
    return -1;
}

int prune_write(const struct prune *prune, const char *path, const char *folder,
                struct error *err)
{
    struct writing writing = { .prune = prune };
    struct sparse_trace_about about;
    uint32_t *tokens, *recorded;
    int status;

    if (pruning_begin(&writing.pruning, prune, err) < 0)
        return -1;
    tokens = memory_new(prune->plan->layers, sizeof *tokens);
    recorded = memory_new(prune->plan->layers, sizeof *recorded);
    for (size_t i = 0; i < prune->plan->layers; i++) {
        tokens[i] = sample(prune, i);
        recorded[i] = prune->trace->layer[i].tokens;
    }
    about = (struct sparse_trace_about){ prune->plan, tokens, recorded,
                                         prune->trace->sizes };
    status = sparse_trace_create(&writing.out, path, &about, err);
    if (status == 0 && folder &&
        checkpoint_out_create(&writing.checkpoint, prune->model, folder, err) <
            0) {
        sparse_trace_abandon(writing.out);
        status = -1;
    } else if (status == 0) {
        status = prune_write_finish(&writing, put_blocks(&writing, err), err);
    }
    free(tokens);
    free(recorded);
    pruning_end(writing.pruning);
    if (status == 0)
        prune_forget(prune);
    return status;
}
