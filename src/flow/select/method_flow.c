/* SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdlib.h>

#include "base/memory.h"
#include "flow/select/census.h"
#include "flow/select/choose.h"
#include "flow/select/mixed.h"

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

/* How many outliers a pattern prunes; dense none. */
static uint64_t flow_lost(const struct outliers *outliers,
                          const struct selection *selection,
                          struct pattern pattern)
{
    for (size_t p = 0; p < selection->patterns.count; p++) {
        if (pattern_equal(selection->patterns.at[p], pattern))
            return outliers->lost[p];
    }
    return 0;
}

static void flow_explain(struct plan *plan, const struct selection *selection,
                         const struct scope_run *run,
                         const struct outliers *outliers)
{
    for (size_t i = run->first; i < run->first + run->layers; i++) {
        struct plan_layer *layer = &plan->layer[i];
        char text[PATTERN_TEXT];

        pattern_print(text, layer->pattern);
        plan_set(&layer->reason,
                 memory_printf(
                     "outliers: presence %.4g, distribution %.3g; %s loses "
                     "%ju of %ju",
                     outliers_presence(outliers),
                     outliers_distribution(outliers), text,
                     (uintmax_t)flow_lost(outliers, selection, layer->pattern),
                     (uintmax_t)outliers->count));
    }
}

/* The relaxation of its programme: its one mixed scope is told. */
static void flow_mix(struct plan *plan, const struct selection *selection,
                     const struct scopes *scopes, const double *cost)
{
    struct mix *mix = memory_new(scopes->count, sizeof *mix);

    plan->objective = mixed_relax(mix, plan, selection, scopes, cost);
    mixed_deal(plan, scopes, mix);
    for (size_t s = 0; s < scopes->count; s++) {
        char sparser[PATTERN_TEXT], denser[PATTERN_TEXT], *name;

        if (mix[s].share == 0)
            continue;
        name = scope_name(&scopes->run[s], plan);
        pattern_print(sparser, mix[s].sparser);
        pattern_print(denser, mix[s].denser);
        plan_set(&plan->reason,
                 memory_printf("%s mixes %s and %s, %.3g of it %s", name,
                               sparser, denser, mix[s].share, denser));
        free(name);
    }
    free(mix);
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
        if (selection->mixed)
            flow_mix(plan, selection, &scopes, cost);
        else
            status =
                choose(plan, selection, &scopes, cost, choose_standard, err);
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
    .takes_mixed = true,
    .takes_budget = true,
    .select = select_flow,
};
