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
#include "flow/prune/rounding.h"
#include "llm/fold.h"
#include "tensor/quantize.h"
#include "trace/activity.h"
#include "trace/sparse_trace.h"

struct writing {
    const struct prune *prune;
    struct pruning *pruning;
    struct sparse_trace_out *out;      /* NULL: none is asked for */
    struct checkpoint_out *checkpoint; /* NULL: none is asked for */
    struct rounding *rounding;         /* NULL: its cost is not asked for */
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

/* int8 [rows][columns] in another order of either; free() them. */
static int8_t *in_order(const int8_t *values, size_t rows, size_t columns,
                        const uint32_t *row_order, const uint32_t *column_order)
{
    int8_t *out = memory_new(rows * columns, 1);

    for (size_t i = 0; i < rows; i++) {
        const int8_t *row = values + (row_order ? row_order[i] : i) * columns;

        for (size_t j = 0; j < columns; j++)
            out[i * columns + j] = row[column_order ? column_order[j] : j];
    }
    return out;
}

/* What is written of a layer: as it was recorded, brought into the order of the
 * model's channels, or updated. */
struct written_layer {
    int8_t *values; /* [O][K] */
    float *scale;   /* [O] */
    int8_t *input;  /* [T][K]; NULL: it has none */
    uint32_t *outputs_order, *inputs_order;
};

static void written_layer_init(struct written_layer *written,
                               const struct writing *writing, size_t number)
{
    const struct prune *prune = writing->prune;
    const struct recorded_layer *recorded = &prune->trace->layer[number];
    const struct layer_shape *shape = &prune->plan->layer[number].shape;
    size_t outputs = shape->outputs, inputs = shape->inputs;

    *written = (struct written_layer){
        .scale = memory_new(outputs, sizeof(float)),
        .outputs_order = model_outputs_order(prune->model, number),
        .inputs_order = model_inputs_order(prune->model, number),
    };
    if (recorded->input && written->inputs_order)
        written->input = in_order(recorded->input, recorded->tokens, inputs,
                                  NULL, written->inputs_order);
    if (prune_scales(prune->plan) == SCALES_BEHIND_EDIT) {
        written->values = memory_new(outputs * inputs, 1);
        quantize_rows(written->values, written->scale,
                      model_block_layer(writing->block, number), shape->outputs,
                      shape->inputs);
        return;
    }
    written->values = in_order(recorded->weights, outputs, inputs,
                               written->outputs_order, written->inputs_order);
    for (size_t o = 0; o < outputs; o++)
        written->scale[o] =
            recorded->weight_scale[written->outputs_order
                                       ? written->outputs_order[o]
                                       : o];
}

static void written_layer_release(struct written_layer *written)
{
    free(written->values);
    free(written->scale);
    free(written->input);
    free(written->outputs_order);
    free(written->inputs_order);
}

static int put_packed(struct writing *writing, size_t number, struct error *err)
{
    const struct recorded_layer *recorded =
        &writing->prune->trace->layer[number];
    const struct plan *plan = writing->prune->plan;
    const struct plan_layer *planned = &plan->layer[number];
    struct written_layer written;
    float activity[2];
    int status;

    written_layer_init(&written, writing, number);
    struct layer layer = { .shape = planned->shape,
                           .tokens = sample(writing->prune, number),
                           .pattern = planned->pattern,
                           .agreement = plan->agreement,
                           .scale = written.scale,
                           .input =
                               written.input ? written.input : recorded->input,
                           .input_scale = recorded->input_scale };
    status = are_numbers(planned, written.scale, err);
    if (layer.tokens == 1 && recorded->tokens > 1) {
        input_activity(activity, recorded);
        layer.input_activity = activity;
    }
    if (status == 0) {
        layer_pack(&layer, written.values,
                   pruning_mask(writing->pruning, number));
        status = sparse_trace_put(writing->out, number, &layer, err);
        layer_release_packed(&layer);
    }
    written_layer_release(&written);
    return status;
}

static int prune_write_put_layer(struct writing *writing, size_t number,
                                 struct error *err)
{
    int status = writing->out ? put_packed(writing, number, err) : 0;

    if (status == 0 && writing->checkpoint)
        status =
            checkpoint_out_put(writing->checkpoint, number,
                               model_block_layer(writing->block, number), err);
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
    if (status == 0 && writing->rounding)
        rounding_pass(writing->rounding, writing->block, number);
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
    if (status == 0 && writing->out)
        status = sparse_trace_commit(writing->out, err);
    else if (writing->out)
        sparse_trace_abandon(writing->out);
    if (!writing->checkpoint)
        return status;
    if (status == 0)
        return checkpoint_out_commit(writing->checkpoint, err);
    checkpoint_out_abandon(writing->checkpoint);
    return -1;
}

/* Opens what is written; on -1 nothing is to be ended but the pruning. */
static int prune_write_begin(struct writing *writing,
                             const struct prune_files *files, struct error *err)
{
    const struct prune *prune = writing->prune;
    size_t layers = prune->plan->layers;
    uint32_t *tokens = memory_new(layers, sizeof *tokens);
    uint32_t *recorded = memory_new(layers, sizeof *recorded);
    struct sparse_trace_about about = { prune->plan, tokens, recorded,
                                        prune->trace->sizes };
    int status = 0;

    for (size_t i = 0; i < layers; i++) {
        tokens[i] = sample(prune, i);
        recorded[i] = prune->trace->layer[i].tokens;
    }
    if (files->trace)
        status = sparse_trace_create(&writing->out, files->trace, &about, err);
    if (status == 0 && files->folder &&
        checkpoint_out_create(&writing->checkpoint, prune->model, files->folder,
                              files->numbers, err) < 0) {
        if (writing->out)
            sparse_trace_abandon(writing->out);
        status = -1;
    }
    free(tokens);
    free(recorded);
    return status;
}

int prune_write(const struct prune *prune, const struct prune_files *files,
                double *cost, struct error *err)
{
    struct writing writing = { .prune = prune };
    int status;

    if (cost)
        *cost = NAN;
    if ((files->trace && prune_check_masks(prune->plan, err) < 0) ||
        pruning_begin(&writing.pruning, prune, err) < 0)
        return -1;
    status = prune_write_begin(&writing, files, err);
    if (status == 0 && files->rows && cost)
        writing.rounding =
            rounding_begin(prune->model, files->rows, &prune->work);
    if (status == 0) {
        status = put_blocks(&writing, err);
        if (status == 0 && writing.rounding)
            status = rounding_cost(writing.rounding, cost, err);
        status = prune_write_finish(&writing, status, err);
    }
    rounding_end(writing.rounding);
    pruning_end(writing.pruning);
    if (status == 0)
        prune_forget(prune);
    return status;
}
