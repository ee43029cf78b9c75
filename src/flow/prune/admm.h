/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "flow/prune/hessian.h"
#include "flow/prune/mask.h"

/*
 * Masks by the alternating direction method of multipliers: the least-squares
 * weights and their nearest N:M neighbour are drawn together by a penalty that
 * grows until the masks stand still.  Source: Meng, Behdin, Wang and Mazumder,
 * "ALPS: Improved Optimization for Highly Sparse One-Shot Pruning for Large
 * Language Models", 2024.
 *
 * With s = sqrt(diag H), w = W s, A = H / (s s^T) = Q L Q^T, C = w A, P(.) the
 * N largest magnitudes of each group, and from D = P(w), V = 0, r = 0.1:
 *
 *     X = (C - V + r D) (A + r I)^-1
 *     D = P(X + V / r)         M: where D is
 *     V = V + r (X - D)
 *
 * at most 150 times.  After every third round r grows by how many entries of M
 * have changed since the round three before; it ends when none has, twice.
 */
struct admm {
    const struct hessian *hessian; /* borrowed */
    double *scale;                 /* [K]: s */
    double *values;                /* [K]: diagonal of L */
    double *vectors;               /* [K][K]: row j is eigenvector j */
};

/* The eigensystem of a Hessian, which all layers of an input share.  -1 and
 * `err` (ERROR_DATA) if LAPACK finds none. */
int admm_init(struct admm *admm, const struct hessian *hessian,
              struct error *err);
void admm_release(struct admm *admm); /* harmless on a zeroed one */

/*
 * weights [O][K]: dense ones become D / s, with 0 where the mask is 0, which
 * refit.h then settles; mask uint8 [O][K] gets M.  The pattern is not dense.
 * Returns the number of rounds.
 */
unsigned admm_run(const struct admm *admm, float *weights, uint32_t outputs,
                  struct mask_rule rule, uint8_t *mask);
