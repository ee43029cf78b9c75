/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"
#include "flow/select/block_error.h"
#include "flow/select/choose.h"

/*
 * Block error: the least sum, over all layers, of what pruning each alone does
 * to its block's output.  Of a block as scope: the sum of its layers' costs.
 */
static int block_error_explain(struct plan *plan,
                               const struct selection *selection,
                               const struct scopes *scopes, struct error *err)
{
    (void)scopes, (void)err;
    for (size_t i = 0; i < plan->layers; i++)
        plan_set(&plan->layer[i].reason,
                 memory_printf(selection->scope == SCOPE_LAYER
                                   ? "changes its block's output by %.4g of "
                                     "its square"
                                   : "its block's layers, each alone, change "
                                     "the block's output by %.4g of its square "
                                     "in all",
                               plan->layer[i].score));
    return 0;
}

static int block_error_measure(double *cost, const struct selection *selection,
                               struct error *err)
{
    return row_costs_measure(cost, &block_error_way, selection, err);
}

static int select_block_error(struct plan *plan,
                              const struct selection *selection,
                              struct error *err)
{
    static const struct choose_measured way = { block_error_measure,
                                                block_error_explain };

    return choose_measured(plan, selection, &way, err);
}

const struct method method_block_error = {
    .name = "block-error",
    .summary = "changes the decoder blocks' outputs least; measured, quick",
    .patterns = "1:8,2:8,3:8,4:8,5:8,6:8,dense",
    .scope = SCOPE_LAYER,
    .samples = 8,
    .needs_model = true,
    .takes_budget = true,
    .takes_aware = true,
    .ways = (const struct row_way *const[]){ &block_error_way, NULL },
    .select = select_block_error,
};
