/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "flow/select/choose.h"

/*
 * One pattern everywhere; or, for a sparsity, the two neighbouring N:8
 * patterns, the denser handed out evenly by size in layer order.
 */
enum { M = 8 };

static struct pattern uniform_pattern_of(uint16_t n)
{
    return n == M ? pattern_dense : (struct pattern){ n, M };
}

static void uniform_give(struct plan *plan, const struct scopes *scopes,
                         size_t layer, struct pattern pattern,
                         const char *reason)
{
    bool may = scope_may(&scopes->run[layer], plan, pattern);

    plan->layer[layer].pattern = may ? pattern : pattern_dense;
    plan_set(&plan->layer[layer].reason,
             memory_text(may ? reason
                         : scopes->run[layer].dense
                             ? "an end that stays dense"
                             : "dense: fewer inputs than a group"));
}

/* Total kept if every layer that may have it has N:8. */
static uint64_t kept_at(const struct plan *plan, const struct scopes *scopes,
                        uint16_t n)
{
    uint64_t kept = 0;

    for (size_t i = 0; i < scopes->count; i++) {
        bool may = scope_may(&scopes->run[i], plan, uniform_pattern_of(n));

        kept += scope_kept(&scopes->run[i], plan,
                           may ? uniform_pattern_of(n) : pattern_dense);
    }
    return kept;
}

static void mix(struct plan *plan, const struct scopes *scopes, uint16_t n,
                uint64_t limit)
{
    struct pattern sparse = uniform_pattern_of(n),
                   denser = uniform_pattern_of(n + 1);
    uint64_t low = kept_at(plan, scopes, n);
    uint64_t high = kept_at(plan, scopes, n + 1);
    double share = (double)(limit - low) / (double)(high - low), due = 0;
    uint64_t given = 0, total = low;

    for (size_t i = 0; i < scopes->count; i++) {
        const struct scope_run *run = &scopes->run[i];
        uint64_t more = 0;
        bool takes;

        if (scope_may(run, plan, denser))
            more =
                scope_kept(run, plan, denser) - scope_kept(run, plan, sparse);
        due += share * (double)run->weights;
        takes = (double)(given + run->weights) <= due && total + more <= limit;
        uniform_give(plan, scopes, i, takes ? denser : sparse,
                     takes ? "its turn to have the denser of two neighbours"
                           : "the sparser of two neighbours");
        given += takes ? run->weights : 0;
        total += takes ? more : 0;
    }
}

static void offer(struct plan *plan, struct pattern first,
                  const struct pattern *second)
{
    plan->patterns = (struct pattern_list){ .count = 1, .at = { first } };
    if (second)
        plan->patterns.at[plan->patterns.count++] = *second;
}

static int select_mix(struct plan *plan, const struct selection *selection,
                      const struct scopes *scopes, struct error *err)
{
    uint64_t limit = budget_kept(plan_weights(plan), selection->sparsity);
    struct selection sparsest = *selection;
    uint16_t n = M;

    offer(plan, uniform_pattern_of(1), NULL);
    sparsest.patterns = plan->patterns;
    if (choose_check(plan, &sparsest, scopes, err) < 0)
        return -1;
    while (kept_at(plan, scopes, n) > limit)
        n--;
    if (n == M || kept_at(plan, scopes, n) == limit) {
        offer(plan, uniform_pattern_of(n), NULL);
        for (size_t i = 0; i < scopes->count; i++)
            uniform_give(plan, scopes, i, uniform_pattern_of(n),
                         "the same everywhere");
        return 0;
    }
    offer(plan, uniform_pattern_of(n),
          &(struct pattern){ uniform_pattern_of(n + 1).n,
                             uniform_pattern_of(n + 1).m });
    mix(plan, scopes, n, limit);
    return 0;
}

static int select_uniform(struct plan *plan, const struct selection *selection,
                          struct error *err)
{
    struct scopes scopes;
    int status = 0;

    if (isnan(selection->sparsity) == (selection->patterns.count == 0) ||
        selection->patterns.count > 1)
        return error_set(err, ERROR_USAGE,
                         "uniform needs one pattern, or else a sparsity");
    scopes_init(&scopes, plan, SCOPE_LAYER, selection->ends);
    if (selection->patterns.count == 0)
        status = select_mix(plan, selection, &scopes, err);
    else
        for (size_t i = 0; i < scopes.count; i++)
            uniform_give(plan, &scopes, i, selection->patterns.at[0],
                         "the same everywhere");
    scopes_release(&scopes);
    return status;
}

const struct method method_uniform = {
    .name = "uniform",
    .summary = "one pattern everywhere, or two neighbours mixed by size",
    .select = select_uniform,
};
