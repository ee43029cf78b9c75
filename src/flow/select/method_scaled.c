/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What pruning a layer does to the next-token distribution grows with the
 * pattern's sparsity nearly as what it does to the block's output does: between
 * the two lies how much the rest of the model makes of an error there, which is
 * the layer's own.  That is measured once a layer, by one pattern r, through
 * the whole model; what the other patterns do, at the block's output:
 *
 *     cost(l, p) = block-error(l, p) * sensitivity'(l, r) / block-error'(l, r)
 *
 * The two of the factor (') are of the same rows, a quarter of those at hand: a
 * row on which the model is uncertain moves both, so that their ratio is
 * several times less noisy than either.  r is the pattern on offer whose share
 * of kept weights is nearest to the plan's, since far from dense the divergence
 * grows faster than the block's error does; behind an update, which takes most
 * of either away, or where no sparsity is asked, nearest to half.  Of 32 blocks
 * a twelfth of what sensitivity takes. experiments/selection says what its
 * plans are worth, and what other shares of rows and other patterns r gave.
 */
#include <math.h>
#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "flow/select/block_error.h"
#include "flow/select/choose.h"
#include "flow/select/sensitivity.h"

/* Of its weights a plan keeps about so many, as far as its errors go. */
static double share_kept(const struct selection *selection)
{
    bool is_known =
        selection->update == UPDATE_NONE && !isnan(selection->sparsity);

    return is_known ? 1 - selection->sparsity : 0.5;
}

/* Of the pattern by which layers are compared: its place in the list. */
static size_t reference_pattern(const struct selection *selection)
{
    double wanted = share_kept(selection), nearest = 2;
    size_t best = 0;

    for (size_t p = 0; p < selection->patterns.count; p++) {
        const struct pattern *of = &selection->patterns.at[p];
        double apart = fabs((double)of->n / of->m - wanted);

        if (pattern_is_dense(*of) || apart >= nearest)
            continue;
        nearest = apart;
        best = p;
    }
    return best;
}

static void scaled_narrow(struct selection *selection,
                          const struct row_way *way)
{
    size_t reference = reference_pattern(selection);

    if (way == &block_error_way)
        return;
    selection->samples = divide_up(selection->samples, 4);
    selection->patterns.at[0] = selection->patterns.at[reference];
    selection->patterns.count = 1;
}

static int measure_narrow(double *cost, const struct row_way *way,
                          const struct selection *selection, struct error *err)
{
    struct selection narrow = *selection;

    scaled_narrow(&narrow, way);
    return row_costs_measure(cost, way, &narrow, err);
}

/* How much the rest of the model makes of an error; of a layer whose reference
 * changes nothing, what it makes of the others' together. */
static double scale_of(double moved, double changed, double standard)
{
    return changed > 0 && moved > 0 ? moved / changed : standard;
}

/* [layers]: costs of the reference on the factor's rows. */
static void scale_costs(double *cost, const struct selection *selection,
                        const double *moved, const double *changed)
{
    size_t layers = selection->trace->layers;
    size_t patterns = selection->patterns.count;
    double all_moved = 0, all_changed = 0, standard;

    for (size_t l = 0; l < layers; l++) {
        all_moved += moved[l];
        all_changed += changed[l];
    }
    standard = all_changed > 0 ? all_moved / all_changed : 1;
    for (size_t l = 0; l < layers; l++) {
        double scale = scale_of(moved[l], changed[l], standard);

        for (size_t p = 0; p < patterns; p++)
            cost[l * patterns + p] *= scale;
    }
}

static int scaled_measure(double *cost, const struct selection *selection,
                          struct error *err)
{
    double *moved = memory_new(selection->trace->layers, sizeof *moved);
    double *changed = memory_new(selection->trace->layers, sizeof *changed);
    int status = measure_narrow(cost, &block_error_way, selection, err);

    if (status == 0)
        status = measure_narrow(moved, &sensitivity_way, selection, err);
    if (status == 0)
        status =
            measure_narrow(changed, &block_error_first_way, selection, err);
    if (status == 0)
        scale_costs(cost, selection, moved, changed);
    free(changed);
    free(moved);
    return status;
}

static int scaled_explain(struct plan *plan, const struct selection *selection,
                          const struct scopes *scopes, struct error *err)
{
    (void)scopes, (void)err;
    for (size_t i = 0; i < plan->layers; i++)
        plan_set(
            &plan->layer[i].reason,
            memory_printf(
                selection->scope == SCOPE_LAYER
                    ? "changes its block's output by as much as moves the "
                      "next-token distribution by about %.4g nats"
                    : "its block's layers, each alone, change the block's "
                      "output by as much as moves the next-token distribution "
                      "by about %.4g nats in all",
                plan->layer[i].score));
    return 0;
}

static int select_scaled(struct plan *plan, const struct selection *selection,
                         struct error *err)
{
    static const struct choose_measured way = { scaled_measure,
                                                scaled_explain };

    return choose_measured(plan, selection, &way, err);
}

const struct method method_scaled = {
    .name = "scaled",
    .summary = "block-error, times what one pattern of each layer does to the "
               "next-token distribution; measured",
    .patterns = "1:8,2:8,3:8,4:8,5:8,6:8,dense",
    .scope = SCOPE_LAYER,
    .samples = 8,
    .needs_model = true,
    .takes_budget = true,
    .takes_aware = true,
    .ways = (const struct row_way *const[]){ &block_error_way, &sensitivity_way,
                                             &block_error_first_way, NULL },
    .narrow = scaled_narrow,
    .select = select_scaled,
};
