/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/select/method.h"
#include "flow/select/scopes.h"

/*
 * The last step of a method that has a cost for every scope and pattern: the
 * least total cost within the sparsity that was asked for, then the plan's
 * patterns, scores (the cost), objective, bound and next sparsity.  Ties: the
 * smaller sum of n * M (dense counts M = 2: shorter selects), then the larger
 * sum of kept weights, then the plan in layer order, patterns in list order.
 *
 *   cost  [scopes][patterns of the selection], finite
 *
 * -1 and `err` (ERROR_DATA) that names the largest sparsity that can be reached
 * and the layers that stand in the way.
 */
struct choose_rule {
    double above;     /* the sparsity may exceed what was asked by so much */
    bool any_selects; /* the first of the ties above is not looked at */
};

/* Both ties, and any sparsity from what was asked on. */
extern const struct choose_rule choose_standard;

int choose(struct plan *plan, const struct selection *selection,
           const struct scopes *scopes, const double *cost,
           struct choose_rule rule, struct error *err);

/* -1 and `err` (the largest sparsity that can be reached, and what stands in
 * the way) if the sparsest patterns prune less than is asked. */
int choose_check(const struct plan *plan, const struct selection *selection,
                 const struct scopes *scopes, struct error *err);

/*
 * The whole of a method that measures what each pattern does to each layer
 * alone.  `measure` fills cost [layers][patterns].  A scope's cost is the sum
 * over its layers, then made non-increasing in the number of kept weights (a
 * denser pattern costs no more than a sparser one: the running minimum), and 0
 * for dense; what is chosen is as choose() says.  `explain` gives the layers
 * their reasons afterwards.
 */
struct choose_measured {
    int (*measure)(double *cost, const struct selection *selection,
                   struct error *err);
    int (*explain)(struct plan *plan, const struct selection *selection,
                   const struct scopes *scopes, struct error *err);
};

int choose_measured(struct plan *plan, const struct selection *selection,
                    const struct choose_measured *way, struct error *err);
