/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"
#include "flow/select/choose.h"
#include "flow/select/sensitivity.h"

/*
 * Sensitivity: the least sum, over all layers, of what pruning each alone does
 * to the next-token distribution.  The plan tells that sum beside what the
 * whole plan does: the costs of layers do not quite add up.
 */
static int sensitivity_explain(struct plan *plan,
                               const struct selection *selection,
                               const struct scopes *scopes, struct error *err)
{
    double divergence = 0;

    (void)scopes;
    if (sensitivity_of_plan(&divergence, plan, selection, NULL, err) < 0)
        return -1;
    for (size_t i = 0; i < plan->layers; i++)
        plan_set(&plan->layer[i].reason,
                 memory_printf(selection->scope == SCOPE_LAYER
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
    return 0;
}

static int sensitivity_measure(double *cost, const struct selection *selection,
                               struct error *err)
{
    return row_costs_measure(cost, &sensitivity_way, selection, err);
}

static int select_sensitivity(struct plan *plan,
                              const struct selection *selection,
                              struct error *err)
{
    static const struct choose_measured way = { sensitivity_measure,
                                                sensitivity_explain };

    return choose_measured(plan, selection, &way, err);
}

const struct method method_sensitivity = {
    .name = "sensitivity",
    .summary = "moves the next-token distribution least; measured, slow",
    .patterns = "1:8,2:8,3:8,4:8,5:8,6:8,dense",
    .scope = SCOPE_LAYER,
    .samples = 8,
    .needs_model = true,
    .takes_budget = true,
    .takes_aware = true,
    .ways = (const struct row_way *const[]){ &sensitivity_way, NULL },
    .select = select_sensitivity,
};
