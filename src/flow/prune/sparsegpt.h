/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "flow/prune/mask.h"

/*
 * SparseGPT: pruning a layer column by column, each pruned weight's error made
 * up for by the columns after it.  Source: Frantar and Alistarh, "SparseGPT:
 * Massive Language Models Can Be Accurately Pruned in One-Shot", ICML 2023.
 *
 *     H = (2 / n) sum of x x^T          n tokens
 *     H^-1 = U^T U                      U upper triangular
 *
 * Columns are taken in K order.  At the first of each group the group's mask is
 * chosen from the weights as they are by then, by w^2 / U[k][k]^2; then every
 * column's error e = (w - kept w) / U[k][k] is spread: W[:, j] -= e U[k][j] for
 * j > k.
 */
struct sparsegpt {
    uint32_t inputs;   /* K */
    double *factor;    /* [K][K]: U, zero below the diagonal */
    bool *dead;        /* [K]: inputs that are always 0 */
    unsigned dampened; /* times that the dampening was made tenfold */
};

/*
 * The factor of a layer's input.  `gram` [K][K], the sum of x x^T over `tokens`
 * tokens, is used up and becomes the factor, which is borrowed.  A dead input
 * gets H[j][j] = 1; 1 % of H's mean diagonal is added to the diagonal, ten
 * times as much whenever it cannot be factored, three times at most.  -1 and
 * `err` (ERROR_DATA) if that does not help.
 */
int sparsegpt_init(struct sparsegpt *sparsegpt, double *gram, uint32_t inputs,
                   uint64_t tokens, struct error *err);
void sparsegpt_release(struct sparsegpt *sparsegpt);

/*
 * Prunes and updates a layer; what is pruned is exactly 0.  `lazily`: columns
 * whose errors are spread to all later ones at once; the result does not depend
 * on it but for rounding.  0: about 128.  A dense layer stays as it is.
 */
void sparsegpt_prune(const struct sparsegpt *sparsegpt,
                     const struct pruned_layer *layer, uint32_t lazily);
