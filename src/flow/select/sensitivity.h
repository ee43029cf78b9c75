/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/select/row_costs.h"

/*
 * What pruning one layer does to what the model says:
 *
 *     cost = mean over the positions of the samples of
 *            KL(dense || pruned) of the next-token distributions, in nats
 *
 * with only that layer pruned.
 */
extern const struct row_way sensitivity_way;

/* The same mean for a whole plan, carried out on the rows of `calibration`,
 * which may be NULL if it needs none (prune_needs_tokens()).  The plan need not
 * have its sparsity stated.  -1 and `err`. */
int sensitivity_of_plan(double *divergence, const struct plan *plan,
                        const struct selection *selection,
                        const struct model_tokens *calibration,
                        struct error *err);
