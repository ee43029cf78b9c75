/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * OWL: a block with more outliers is kept denser; N follows presence, M is
 * fixed.  Source: Yin et al., "Outlier Weighed Layerwise Sparsity (OWL)", ICML
 * 2024: h = 5, lambda = 0.08.
 *
 *     wanted density  t = (1 - S) + 2 lambda (minmax(p) - mean of minmax(p))
 *     cost of N:M     n * |N / M - t|       with t within 1/M .. 1
 *
 * Mixed: all t are shifted by one constant until what they keep is what is
 * asked, and each scope mixes the two patterns around its own (mixed.h).
 *
 * Released: the N:M rule of the public code, which knows no budget: from a base
 * N0:M, lambda = 2 and h = 6, M - N0 - round(lambda minmax - its mean) of every
 * M are pruned, halves to even.
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "flow/select/census.h"
#include "flow/select/choose.h"
#include "flow/select/minmax.h"
#include "flow/select/mixed.h"

static const double lambda_density = 0.08, lambda_released = 2;

static double mean_of(const double *values, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

static int presences(double *presence, const struct selection *selection,
                     const struct scopes *scopes, struct error *err)
{
    struct outliers *outliers = memory_new(scopes->count, sizeof *outliers);
    int status = census_take(outliers, selection, scopes, selection->h, err);

    for (size_t s = 0; status == 0 && s < scopes->count; s++)
        presence[s] = outliers_presence(&outliers[s]);
    free(outliers);
    return status;
}

static void owl_explain(struct plan *plan, const struct scopes *scopes,
                        const double *presence, const double *wanted)
{
    for (size_t s = 0; s < scopes->count; s++) {
        const struct scope_run *run = &scopes->run[s];

        for (size_t i = run->first; i < run->first + run->layers; i++)
            plan_set(&plan->layer[i].reason,
                     memory_printf("outliers: presence %.4g; wanted density "
                                   "%.4g",
                                   presence[s], wanted[s]));
    }
}

static double density(struct pattern pattern)
{
    return (double)pattern.n / pattern.m;
}

/* Densities as wanted, shifted until they keep what is asked. */
static void owl_mix(struct plan *plan, const struct selection *selection,
                    const struct scopes *scopes, double *wanted)
{
    struct mix *mix = memory_new(scopes->count, sizeof *mix);
    double shift = mixed_shift(mix, plan, selection, scopes, wanted);

    mixed_deal(plan, scopes, mix);
    for (size_t s = 0; s < scopes->count; s++)
        wanted[s] += shift;
    json_object_set_new(plan->parameters, "shift", json_real(shift));
    free(mix);
}

static int select_density(struct plan *plan, const struct selection *selection,
                          const struct scopes *scopes, struct error *err)
{
    size_t patterns = selection->patterns.count;
    double *presence = memory_new(scopes->count, sizeof *presence);
    double *scaled = memory_new(scopes->count, sizeof *scaled);
    double *cost = memory_new(scopes->count * patterns, sizeof *cost), mean;
    int status = presences(presence, selection, scopes, err);

    for (size_t s = 0; s < scopes->count; s++)
        scaled[s] = presence[s];
    minmax(scaled, scopes->count);
    mean = mean_of(scaled, scopes->count);
    for (size_t s = 0; s < scopes->count; s++) {
        scaled[s] =
            1 - selection->sparsity + 2 * lambda_density * (scaled[s] - mean);
        for (size_t p = 0; p < patterns; p++) {
            struct pattern pattern = selection->patterns.at[p];
            double wanted = fmin(1, fmax(scaled[s], 1. / pattern.m));

            cost[s * patterns + p] = (double)scopes->run[s].weights *
                                     fabs(density(pattern) - wanted);
        }
    }
    if (status == 0 && selection->mixed)
        owl_mix(plan, selection, scopes, scaled);
    else if (status == 0)
        status = choose(plan, selection, scopes, cost,
                        (struct choose_rule){ HUGE_VAL, true }, err);
    if (status == 0)
        owl_explain(plan, scopes, presence, scaled);
    free(cost);
    free(scaled);
    free(presence);
    return status;
}

/* N0:M, from the one pattern or the sparsity, or -1 and `err`. */
static int released_base(struct pattern *base,
                         const struct selection *selection, struct error *err)
{
    double n = 8 * (1 - selection->sparsity);

    if (selection->patterns.count == 1 &&
        !pattern_is_dense(selection->patterns.at[0])) {
        *base = selection->patterns.at[0];
        return 0;
    }
    if (!(fabs(n - round(n)) < 1e-9) || n < 0.5)
        return error_set(err, ERROR_USAGE,
                         "the released rule needs a base pattern N:8; sparsity "
                         "%g is none",
                         selection->sparsity);
    *base = (struct pattern){ (uint16_t)round(n), 8 };
    return 0;
}

static struct pattern released_pattern(struct pattern base, double shift)
{
    double kept = base.n + nearbyint(shift); /* halves to even */

    kept = fmin(base.m, fmax(1, kept));
    return kept == base.m ? pattern_dense
                          : (struct pattern){ (uint16_t)kept, base.m };
}

static int select_released(struct plan *plan, const struct selection *selection,
                           const struct scopes *scopes, struct error *err)
{
    double *presence = memory_new(scopes->count, sizeof *presence);
    double *scaled = memory_new(scopes->count, sizeof *scaled), mean;
    struct pattern base = pattern_dense;
    int status = released_base(&base, selection, err);

    if (status == 0)
        status = presences(presence, selection, scopes, err);
    for (size_t s = 0; s < scopes->count; s++)
        scaled[s] = presence[s];
    minmax(scaled, scopes->count);
    mean = lambda_released * mean_of(scaled, scopes->count);
    for (size_t s = 0; s < scopes->count; s++) {
        struct pattern pattern =
            released_pattern(base, lambda_released * scaled[s] - mean);

        if (!scope_may(&scopes->run[s], plan, pattern))
            pattern = pattern_dense;
        scaled[s] = density(pattern);
        for (size_t i = 0; i < scopes->run[s].layers; i++)
            plan->layer[scopes->run[s].first + i].pattern = pattern;
    }
    if (status == 0) {
        owl_explain(plan, scopes, presence, scaled);
        plan_set(&plan->reason,
                 memory_text("the released rule knows no budget: what it "
                             "reaches is what comes out"));
    }
    free(scaled);
    free(presence);
    return status;
}

static int select_owl(struct plan *plan, const struct selection *selection,
                      struct error *err)
{
    struct scopes scopes;
    int status;

    scopes_init(&scopes, plan, selection->scope, selection->ends);
    if (selection->released)
        status = select_released(plan, selection, &scopes, err);
    else
        status = choose_check(plan, selection, &scopes, err) < 0
                     ? -1
                     : select_density(plan, selection, &scopes, err);
    scopes_release(&scopes);
    return status;
}

const struct method method_owl = {
    .name = "owl",
    .summary = "more outliers, higher N; M is fixed",
    .patterns = "1:8,2:8,3:8,4:8,5:8,6:8,7:8,dense",
    .scope = SCOPE_BLOCK,
    .h = 5,
    .needs_model = true,
    .takes_mixed = true,
    .released_h = 6,
    .select = select_owl,
};
