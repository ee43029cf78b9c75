/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/prune/score.h"

#include <math.h>
#include <stddef.h>

enum score score_of_layer(enum score score, const struct recorded_layer *layer)
{
    return layer->routed && layer->reached == 0 ? SCORE_MAGNITUDE : score;
}

void score_roots(double *root, enum score score, const double *mean_square,
                 uint32_t inputs)
{
    for (uint32_t k = 0; k < inputs; k++)
        root[k] = score == SCORE_WANDA ? sqrt(mean_square[k]) : 1;
}

void score_row(double *row, const float *weights, const double *root,
               uint32_t inputs)
{
    for (uint32_t k = 0; k < inputs; k++)
        row[k] = fabs((double)weights[k]) * root[k];
}

double score_sum(const struct scored *layer)
{
    double total = 0;

    for (size_t o = 0; o < layer->outputs; o++) {
        const float *weights = layer->weights + o * layer->inputs;
        double sum = 0;

        for (uint32_t k = 0; k < layer->inputs; k++)
            sum += fabs((double)weights[k]) * layer->root[k];
        total += sum;
    }
    return total;
}
