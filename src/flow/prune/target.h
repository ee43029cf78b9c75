/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "base/error.h"

/*
 * Propagate: the weights W' that a layer would best have where its inputs x are
 * no longer the dense model's x', before anything of it is pruned,
 *
 *     minimise sum |W' x - W x' - d|^2 + l |W' - W|^2
 *     W' = (W G + l W + E) (H + l I)^-1
 *
 * with H the sum of x x^T, G that of x' x^T, E that of d x^T, d being what the
 * residual stream lacks where the layer's output is added to it, and l = 1 % of
 * H's mean diagonal.
 */
struct target {
    uint32_t inputs; /* K */
    double *factor;  /* [K][K]: of H + l I */
    double lambda;
};

/* From `gram` [K][K], H, which is borrowed.  -1 and `err` (ERROR_DATA) if it
 * cannot be factored. */
int target_init(struct target *target, const double *gram, uint32_t inputs,
                struct error *err);
void target_release(struct target *target); /* harmless on a zeroed one */

struct target_layer {
    uint32_t outputs;
    const double *cross; /* G [K][K] */
    const double *lack;  /* E [outputs][K], or NULL: nothing lacks */
    double share;        /* of W'; the rest is W */
    unsigned workers;    /* as for parallel_for() */
};

/* weights [O][K]: (1 - share) W + share W'. */
void target_run(const struct target *target, const struct target_layer *layer,
                float *weights);
