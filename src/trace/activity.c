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

void activity_of_inputs(double of[2], const int8_t *input, uint32_t tokens,
                        uint32_t inputs)
{
    size_t changes = (size_t)(tokens - 1) * inputs;

    of[0] =
        (double)ones(input + inputs, input, changes) / (8 * (double)changes);
    of[1] = zeros(input, changes + inputs);
}

void activity_count(struct activity *activity, const struct layer *layer)
{
    size_t weights = (size_t)layer->shape.outputs * layer_kept(layer);
    const float *seen = layer->input_activity;
    double of[2];

    *activity = (struct activity){ .input_toggle = 0.5,
                                   .weight_ones = 0.5,
                                   .assumed = true };
    if (!layer->values || !layer->input || (layer->tokens == 1 && !seen))
        return;
    if (layer->tokens > 1) {
        activity_of_inputs(of, layer->input, layer->tokens,
                           layer->shape.inputs);
    } else {
        of[0] = (double)seen[0];
        of[1] = (double)seen[1];
    }
    activity->assumed = false;
    activity->input_toggle = of[0];
    activity->input_zeros = of[1];
    activity->weight_ones =
        (double)ones(layer->values, NULL, weights) / (8 * (double)weights);
    activity->weight_zeros = zeros(layer->values, weights);
}
