/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/select/method.h"

/*
 * What pruning one layer does to what the model says:
 *
 *     cost = mean over the positions of the samples of
 *            KL(dense || pruned) of the next-token distributions, in nats
 *
 * with only that layer pruned.  What the costs file has is not measured again.
 *   cost  [layers][patterns of the selection]; 0 for dense and for patterns
 *         whose M is over the layer's K
 * -1 and `err` if a weight is not finite, or on a stop.
 */
int sensitivity_measure(double *cost, const struct selection *selection,
                        struct error *err);

/* The same mean for a whole plan, carried out on the rows of `calibration`,
 * which may be NULL if it needs none (prune_needs_tokens()).  The plan need not
 * have its sparsity stated. */
int sensitivity_of_plan(double *divergence, const struct plan *plan,
                        const struct selection *selection,
                        const struct model_tokens *calibration,
                        struct error *err);
