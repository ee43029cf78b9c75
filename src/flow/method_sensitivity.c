/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "flow/choose.h"
#include "flow/sensitivity.h"

/*
 * Sensitivity: the least sum, over all layers, of what pruning each alone does
 * to the next-token distribution.  The plan tells that sum beside what the
 * whole plan does: the costs of layers do not quite add up.
 */
static void explain(struct plan *plan, enum scope scope, double divergence)
{
    for (size_t i = 0; i < plan->layers; i++)
        plan_set(&plan->layer[i].reason,
                 memory_printf(scope == SCOPE_LAYER
                                   ? "alone it moves the next-token "
                                     "distribution by %.4g nats"
                                   : "its block's layers, each alone, move the "
                                     "next-token distribution by %.4g nats in "
                                     "all",
                               plan->layer[i].score));
    plan_set(&plan->reason,
             memory_printf("the costs add up to %.4g nats; the whole plan "
                           "moves the distribution by %.4g",
                           plan->objective, divergence));
}

static int select_sensitivity(struct plan *plan,
                              const struct selection *selection,
                              struct error *err)
{
    size_t patterns = selection->patterns.count;
    struct scopes scopes;
    double *measured, *cost, divergence = 0;
    int status;

    scopes_init(&scopes, plan, selection->scope, selection->dense_ends);
    measured = memory_new(plan->layers * patterns, sizeof *measured);
    cost = memory_new(scopes.count * patterns, sizeof *cost);
    status = choose_check(plan, selection, &scopes, err);
    if (status == 0)
        status = sensitivity_measure(measured, selection, err);
    if (status == 0) {
        choose_sum(cost, measured, plan, selection, &scopes);
        status = choose(plan, selection, &scopes, cost, choose_standard, err);
    }
    if (status == 0)
        status = sensitivity_of_plan(&divergence, plan, selection, err);
    if (status == 0)
        explain(plan, selection->scope, divergence);
    free(cost);
    free(measured);
    scopes_release(&scopes);
    return status;
}

extern const struct method method_sensitivity;
const struct method method_sensitivity = {
    .name = "sensitivity",
    .summary = "moves the next-token distribution least; measured, slow",
    .patterns = "1:8,2:8,3:8,4:8,5:8,6:8,dense",
    .scope = SCOPE_LAYER,
    .samples = 8,
    .needs_model = true,
    .takes_budget = true,
    .select = select_sensitivity,
};
