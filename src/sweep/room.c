/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/room.h"

#include <math.h>

/* A layer's row and those of its counters, with their indexes: 1,955 to 2,500
 * were measured, on 4,032, 1,152 and 384 layers. */
static const double layer_bytes = 2.2e3;

/* The program itself, with its libraries: 11.2 to 11.5 MB were measured, on
 * lists without values of any size. */
static const double worker_bytes = 12e6;

double room_results(double layers)
{
    return layer_bytes * layers;
}

double room_worker(const struct experiment *experiment)
{
    double most = 0;

    for (size_t i = 0; i < experiment->inputs; i++) {
        const struct input *input = &experiment->input[i];

        for (size_t l = 0; input->has_values && l < input->layers; l++) {
            const struct layer *layer = &input->layer[l];
            double outputs = (double)layer->tokens * layer->shape.outputs;

            /* What the machine made, and the product beside it; inputs turned.
             */
            most = fmax(most, 2 * sizeof(int32_t) * outputs +
                                  (double)layer->tokens * layer->shape.inputs);
        }
    }
    return worker_bytes + most;
}
