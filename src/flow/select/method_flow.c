/* SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdlib.h>

#include "base/memory.h"
#include "flow/select/census.h"
#include "flow/select/choose.h"

/*
 * FLOW: N from the presence of outliers, M from their distribution.  Both act
 * through one number: how many outliers a pattern must prune.
 *
 *     cost = (n / sum n) * lost / outliers     of a scope; 0 without outliers
 */
static double flow_cost_of(const struct outliers *outliers, size_t pattern,
                           double weights)
{
    if (outliers->count == 0)
        return 0;
    return (double)outliers->weights / weights *
           ((double)outliers->lost[pattern] / (double)outliers->count);
}

static void flow_explain(struct plan *plan, const struct selection *selection,
                         const struct scope_run *run,
                         const struct outliers *outliers)
{
    struct pattern pattern = plan->layer[run->first].pattern;
    uint64_t lost = 0;
    char text[PATTERN_TEXT];

    for (size_t p = 0; p < selection->patterns.count; p++) {
        if (pattern_equal(selection->patterns.at[p], pattern))
            lost = outliers->lost[p];
    }
    pattern_print(text, pattern);
    for (size_t i = 0; i < run->layers; i++)
        plan_set(&plan->layer[run->first + i].reason,
                 memory_printf("outliers: presence %.4g, distribution %.3g; %s "
                               "loses %ju of %ju",
                               outliers_presence(outliers),
                               outliers_distribution(outliers), text,
                               (uintmax_t)lost, (uintmax_t)outliers->count));
}

static int select_flow(struct plan *plan, const struct selection *selection,
                       struct error *err)
{
    size_t patterns = selection->patterns.count;
    struct outliers *outliers;
    struct scopes scopes;
    double *cost;
    int status;

    scopes_init(&scopes, plan, selection->scope, selection->ends);
    outliers = memory_new(scopes.count, sizeof *outliers);
    cost = memory_new(scopes.count * patterns, sizeof *cost);
    status = choose_check(plan, selection, &scopes, err);
    if (status == 0)
        status = census_take(outliers, selection, &scopes, selection->h, err);
    if (status == 0) {
        for (size_t i = 0; i < scopes.count * patterns; i++)
            cost[i] = flow_cost_of(&outliers[i / patterns], i % patterns,
                                   (double)plan_weights(plan));
        status = choose(plan, selection, &scopes, cost, choose_standard, err);
    }
    for (size_t s = 0; status == 0 && s < scopes.count; s++)
        flow_explain(plan, selection, &scopes.run[s], &outliers[s]);
    free(cost);
    free(outliers);
    scopes_release(&scopes);
    return status;
}

const struct method method_flow = {
    .name = "flow",
    .summary = "loses the fewest outliers: N by their presence, M by their "
               "distribution",
    .patterns = "1:8,2:8,3:8,4:8,5:8,6:8,dense",
    .scope = SCOPE_BLOCK,
    .h = 3,
    .needs_model = true,
    .takes_budget = true,
    .select = select_flow,
};
