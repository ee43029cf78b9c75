/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/memory.h"
#include "flow/block_error.h"
#include "flow/choose.h"

/*
 * Block error: the least sum, over all layers, of what pruning each alone does
 * to its block's output.  Of a block as scope: the sum of its layers' costs.
 */
static int select_block_error(struct plan *plan,
                              const struct selection *selection,
                              struct error *err)
{
    size_t patterns = selection->patterns.count;
    struct scopes scopes;
    double *measured, *cost;
    int status;

    scopes_init(&scopes, plan, selection->scope, selection->dense_ends);
    measured = memory_new(plan->layers * patterns, sizeof *measured);
    cost = memory_new(scopes.count * patterns, sizeof *cost);
    status = choose_check(plan, selection, &scopes, err);
    if (status == 0)
        status = block_error_measure(measured, selection, err);
    if (status == 0) {
        choose_sum(cost, measured, plan, selection, &scopes);
        status = choose(plan, selection, &scopes, cost, choose_standard, err);
    }
    for (size_t i = 0; status == 0 && i < plan->layers; i++)
        plan_set(&plan->layer[i].reason,
                 memory_printf(selection->scope == SCOPE_LAYER
                                   ? "changes its block's output by %.4g of "
                                     "its square"
                                   : "its block's layers, each alone, change "
                                     "the block's output by %.4g of its square "
                                     "in all",
                               plan->layer[i].score));
    free(cost);
    free(measured);
    scopes_release(&scopes);
    return status;
}

extern const struct method method_block_error;
const struct method method_block_error = {
    .name = "block-error",
    .summary = "changes the decoder blocks' outputs least; measured, quick",
    .patterns = "1:8,2:8,3:8,4:8,5:8,6:8,dense",
    .scope = SCOPE_LAYER,
    .samples = 4,
    .needs_model = true,
    .takes_budget = true,
    .select = select_block_error,
};
