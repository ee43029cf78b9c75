/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Both ways end in a mix for each scope and one deal over the layers.  The deal
 * is that of `uniform`: with one density everywhere it gives the same plan.  It
 * never keeps more than is due, since the sparser pattern keeps no more than
 * the mix of the two.
 */
#include "flow/select/mixed.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

enum { HALVINGS = 100 };

/* Half a weight is nobody's. */
static const double mixed_slack = 1e-6;

void mixed_deal(struct plan *plan, const struct scopes *scopes,
                const struct mix *mix)
{
    double due = 0, kept = 0;

    for (size_t s = 0; s < scopes->count; s++) {
        const struct scope_run *run = &scopes->run[s];

        for (size_t i = run->first; i < run->first + run->layers; i++) {
            const struct scope_run alone = { .first = i, .layers = 1 };
            double low = (double)scope_kept(&alone, plan, mix[s].sparser);
            double high = (double)scope_kept(&alone, plan, mix[s].denser);
            bool takes;

            due += low + mix[s].share * (high - low);
            takes = mix[s].share > 0 && kept + high <= due + mixed_slack;
            plan->layer[i].pattern = takes ? mix[s].denser : mix[s].sparser;
            kept += takes ? high : low;
        }
    }
}

/* ---- patterns of a scope ------------------------------------------------- */

/* One of the patterns that a scope may have. */
struct offer {
    struct pattern pattern;
    double kept, cost;
};

static int compare_offers(const void *a, const void *b)
{
    const struct offer *one = a, *two = b;

    if (one->kept != two->kept)
        return one->kept < two->kept ? -1 : 1;
    return (one->cost > two->cost) - (one->cost < two->cost);
}

/* Those from sparse to dense, one of each number of kept weights; `cost` of the
 * selection's patterns, or NULL.  Returns how many. */
static size_t offers_of(struct offer offer[PATTERN_LIST_MAX + 1],
                        const struct plan *plan,
                        const struct selection *selection,
                        const struct scope_run *run, const double *cost)
{
    const struct pattern_list *patterns = &selection->patterns;
    size_t count = 0, unlike = 0;

    for (size_t p = 0; p <= patterns->count; p++) {
        struct pattern pattern =
            p < patterns->count ? patterns->at[p] : pattern_dense;

        if (p == patterns->count || scope_may(run, plan, pattern))
            offer[count++] =
                (struct offer){ pattern, (double)scope_kept(run, plan, pattern),
                                cost && p < patterns->count ? cost[p] : 0 };
    }
    qsort(offer, count, sizeof *offer, compare_offers);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || offer[i].kept > offer[unlike - 1].kept)
            offer[unlike++] = offer[i];
    }
    return unlike;
}

/* ---- densities ----------------------------------------------------------- */

/* The mix of a density; returns what it keeps. */
static double mix_around(struct mix *mix, const struct offer *offer,
                         size_t count, double kept)
{
    size_t at = 0;

    while (at + 1 < count && offer[at + 1].kept <= kept)
        at++;
    *mix = (struct mix){ offer[at].pattern, offer[at].pattern, 0 };
    if (at + 1 == count || kept <= offer[at].kept)
        return offer[at].kept;
    mix->denser = offer[at + 1].pattern;
    mix->share =
        (kept - offer[at].kept) / (offer[at + 1].kept - offer[at].kept);
    return kept;
}

double mixed_shift(struct mix *mix, const struct plan *plan,
                   const struct selection *selection,
                   const struct scopes *scopes, const double *wanted)
{
    double limit = (double)budget_kept(plan_weights(plan), selection->sparsity);
    double low = -2, high = 2; /* densities are within 0 .. 1, as wanted */

    for (size_t s = 0; s < scopes->count; s++) {
        low = fmin(low, -2 - fabs(wanted[s]));
        high = fmax(high, 2 + fabs(wanted[s]));
    }
    for (unsigned i = 0; i <= HALVINGS; i++) {
        double shift = i < HALVINGS ? (low + high) / 2 : low, sum = 0;

        for (size_t s = 0; s < scopes->count; s++) {
            struct offer offer[PATTERN_LIST_MAX + 1];
            size_t count =
                offers_of(offer, plan, selection, &scopes->run[s], NULL);

            sum += mix_around(&mix[s], offer, count,
                              (wanted[s] + shift) *
                                  (double)scopes->run[s].weights);
        }
        if (sum > limit)
            high = shift;
        else
            low = shift;
    }
    return low;
}

/* ---- the relaxation ------------------------------------------------------ */

/* From one point of a scope's hull to the next. */
struct hull_step {
    size_t scope, place; /* in the scope */
    struct pattern to;
    double kept, gain;
};

static int compare_steps(const void *a, const void *b)
{
    const struct hull_step *one = a, *two = b;
    double left = one->gain * two->kept, right = two->gain * one->kept;

    if (left != right)
        return left > right ? -1 : 1;
    if (one->scope != two->scope)
        return one->scope < two->scope ? -1 : 1;
    return one->place < two->place ? -1 : 1;
}

/* Takes the points out that lie above a line between others. */
static size_t hull_of(struct offer *offer, size_t count)
{
    size_t held = 0;

    for (size_t i = 0; i < count; i++) {
        while (held > 1 &&
               (offer[held - 1].cost - offer[held - 2].cost) *
                       (offer[i].kept - offer[held - 2].kept) >
                   (offer[i].cost - offer[held - 2].cost) *
                       (offer[held - 1].kept - offer[held - 2].kept))
            held--;
        offer[held++] = offer[i];
    }
    return held;
}

double mixed_relax(struct mix *mix, const struct plan *plan,
                   const struct selection *selection,
                   const struct scopes *scopes, const double *cost)
{
    size_t patterns = selection->patterns.count, steps = 0;
    struct hull_step *step =
        memory_new(scopes->count * (patterns + 1), sizeof *step);
    double left = (double)budget_kept(plan_weights(plan), selection->sparsity);
    double total = 0;

    for (size_t s = 0; s < scopes->count; s++) {
        struct offer offer[PATTERN_LIST_MAX + 1];
        size_t count = offers_of(offer, plan, selection, &scopes->run[s],
                                 cost + s * patterns);

        count = hull_of(offer, count);
        mix[s] = (struct mix){ offer[0].pattern, offer[0].pattern, 0 };
        left -= offer[0].kept;
        total += offer[0].cost;
        for (size_t i = 1; i < count; i++)
            step[steps++] =
                (struct hull_step){ s, i, offer[i].pattern,
                                    offer[i].kept - offer[i - 1].kept,
                                    offer[i - 1].cost - offer[i].cost };
    }
    qsort(step, steps, sizeof *step, compare_steps);
    for (size_t i = 0; i < steps && left > 0; i++) {
        struct mix *of = &mix[step[i].scope];
        double share = step[i].kept <= left ? 1 : left / step[i].kept;

        total -= share * step[i].gain;
        left -= step[i].kept;
        if (share < 1)
            of->denser = step[i].to;
        else
            of->sparser = of->denser = step[i].to;
        of->share = share < 1 ? share : 0;
    }
    free(step);
    return total;
}
