/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/activity.h"

#include <stddef.h>

static uint64_t ones(const int8_t *a, const int8_t *b, size_t count)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < count; i++)
        bits += (uint64_t)__builtin_popcount((uint8_t)(b ? a[i] ^ b[i] : a[i]));
    return bits;
}

static double zeros(const int8_t *values, size_t count)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        found += values[i] == 0;
    return (double)found / (double)count;
}

void activity_count(struct activity *activity, const struct layer *layer)
{
    size_t weights = (size_t)layer->outputs * layer_kept(layer),
           inputs = (size_t)layer->tokens * layer->inputs,
           changes = inputs - layer->inputs;

    *activity = (struct activity){ .input_toggle = 0.5,
                                   .weight_ones = 0.5,
                                   .assumed = true };
    if (!layer->values || !layer->input || changes == 0)
        return;
    activity->assumed = false;
    activity->input_toggle =
        (double)ones(layer->input + layer->inputs, layer->input, changes) /
        (8 * (double)changes);
    activity->input_zeros = zeros(layer->input, inputs);
    activity->weight_ones =
        (double)ones(layer->values, NULL, weights) / (8 * (double)weights);
    activity->weight_zeros = zeros(layer->values, weights);
}
