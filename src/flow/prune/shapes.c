/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/prune/shapes.h"

#include <stdlib.h>

#include "base/memory.h"

int shapes_check_model(const struct plan *plan, const struct model *model,
                       struct error *err)
{
    size_t count = model_layers(model);
    struct layer_shape *shapes = memory_new(count, sizeof *shapes);
    int status;

    for (size_t i = 0; i < count; i++) {
        const struct model_layer *layer = model_layer(model, i);

        shapes[i] = layer->shape;
    }
    status = plan_check_layers(plan, shapes, count, model_name(model), err);
    free(shapes);
    return status;
}

int shapes_check_trace(const struct plan *plan,
                       const struct recorded_trace *trace, struct error *err)
{
    struct layer_shape *shapes = memory_new(trace->layers, sizeof *shapes);
    int status;

    for (size_t i = 0; i < trace->layers; i++) {
        const struct recorded_layer *layer = &trace->layer[i];

        shapes[i] = layer->shape;
    }
    status = plan_check_layers(plan, shapes, trace->layers, trace->path, err);
    free(shapes);
    return status;
}
