/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "trace/plan.h"
#include "trace/recorded_trace.h"

/*
 * The score A of a weight says how much it matters; small ones are pruned.
 *
 *     wanda      A = |W[o][k]| * sqrt(s[k])    s[k]: mean squared input k
 *     magnitude  A = |W[o][k]|
 *
 * Computed in double from the checkpoint's weights.  Source of wanda: Sun, Liu,
 * Bair and Kolter, "A Simple and Effective Pruning Approach for Large Language
 * Models", ICLR 2024.
 */

/* The score of a recorded layer: magnitude for an expert that no calibration
 * token reached, of whose inputs nothing is known. */
enum score score_of_layer(enum score score, const struct recorded_layer *layer);

/* The factor of each input, root[k]: sqrt(s[k]), or 1. */
void score_roots(double *root, enum score score, const double *mean_square,
                 uint32_t inputs);

/* One output's weights [K] to its scores [K]. */
void score_row(double *row, const float *weights, const double *root,
               uint32_t inputs);

/* A layer's weights [O][K] with the factors [K] of their scores; borrowed. */
struct scored {
    const float *weights;
    const double *root;
    uint32_t inputs, outputs;
};

/* Sum of all scores: each row in k order, then the rows. */
double score_sum(const struct scored *layer);
