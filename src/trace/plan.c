/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"

const char *const statistics_names[] = { "dense", "sequential", NULL };

const struct plan_reconstruct plan_reconstruct_standard = { 200, 1e-3, 1 };

void plan_init(struct plan *plan, size_t layers)
{
    *plan = (struct plan){
        .version = PLAN_VERSION,
        .model = memory_text(""),
        .trace_path = memory_text(""),
        .method = memory_text(""),
        .parameters = json_object(),
        .reconstruct = plan_reconstruct_standard,
        .propagate = NAN,
        .agreement = 1,
        .asked = NAN,
        .next = NAN,
        .objective = NAN,
        .bound = NAN,
        .reason = memory_text(""),
        .layers = layers,
        .layer = memory_new(layers, sizeof *plan->layer),
    };
    for (size_t i = 0; i < layers; i++)
        plan->layer[i] = (struct plan_layer){
            .shape.name = memory_text(""),
            .pattern = pattern_dense,
            .score = NAN,
            .reason = memory_text(""),
        };
}

void plan_release(struct plan *plan)
{
    for (size_t i = 0; i < plan->layers; i++) {
        layer_shape_release(&plan->layer[i].shape);
        free(plan->layer[i].reason);
    }
    free(plan->layer);
    free(plan->model);
    free(plan->trace_path);
    free(plan->method);
    free(plan->reason);
    json_decref(plan->parameters);
    permutation_free(plan->permutation);
    *plan = (struct plan){ 0 };
}

void plan_set(char **text, char *value)
{
    free(*text);
    *text = value;
}

struct layer_span plan_layers_of_block(const struct plan *plan, uint32_t block)
{
    return layers_of_block(&plan->layer->shape, sizeof *plan->layer,
                           plan->layers, block);
}

uint64_t plan_layer_kept(const struct plan_layer *layer)
{
    return (uint64_t)layer->shape.outputs *
           pattern_kept(layer->pattern, layer->shape.inputs);
}

uint64_t plan_kept(const struct plan *plan)
{
    uint64_t kept = 0;

    for (size_t i = 0; i < plan->layers; i++)
        kept += plan_layer_kept(&plan->layer[i]);
    return kept;
}

uint64_t plan_weights(const struct plan *plan)
{
    uint64_t weights = 0;

    for (size_t i = 0; i < plan->layers; i++)
        weights += (uint64_t)plan->layer[i].shape.outputs *
                   plan->layer[i].shape.inputs;
    return weights;
}

double plan_sparsity(const struct plan *plan)
{
    uint64_t weights = plan_weights(plan);

    if (weights == 0)
        return 0;
    return (double)(weights - plan_kept(plan)) / (double)weights;
}

int plan_check_layers(const struct plan *plan, const struct layer_shape *layers,
                      size_t count, const char *of, struct error *err)
{
    size_t both = min(plan->layers, count);

    for (size_t i = 0; i < both; i++) {
        const struct plan_layer *mine = &plan->layer[i];
        const struct layer_shape *theirs = &layers[i];

        if (strcmp(mine->shape.name, theirs->name) != 0)
            return error_set(err, ERROR_DATA,
                             "the plan is for another model (%s): its layer "
                             "%zu is %s, that of %s is %s",
                             plan->model, i, mine->shape.name, of,
                             theirs->name);
        if (mine->shape.inputs != theirs->inputs ||
            mine->shape.outputs != theirs->outputs ||
            mine->shape.block != theirs->block)
            return error_set(
                err, ERROR_DATA,
                "the plan is for another model (%s): its layer %s is [%u][%u] "
                "in block %u, that of %s is [%u][%u] in block %u",
                plan->model, mine->shape.name, mine->shape.outputs,
                mine->shape.inputs, mine->shape.block, of, theirs->outputs,
                theirs->inputs, theirs->block);
    }
    if (plan->layers != count)
        return error_set(err, ERROR_DATA,
                         "the plan is for another model (%s): it has %zu "
                         "layers, %s has %zu",
                         plan->model, plan->layers, of, count);
    return 0;
}
