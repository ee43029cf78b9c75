/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "flow/select/block_error.h"
#include "flow/select/select.h"
#include "flow/select/sensitivity.h"
#include "trace/json_object.h"

/*
 * Judged: the plans of other methods for the same request, of which that one is
 * taken whose whole model moves the next-token distribution least, on the same
 * calibration rows.  Costs of layers do not add up, so a plan of the least sum
 * may be worse than one pattern everywhere; this one is not, on these rows.
 *
 * With an update, each plan is judged as updated: where the update takes inputs
 * in sequence, all calibration rows are run for it.  To train each would take
 * too long: for reconstruct they are judged as what it starts from.
 */
struct candidate {
    const char *method, *name; /* name: in parameters and sentences */
    bool aware;
};
static const struct candidate candidates[] = {
    { "sensitivity", "sensitivity", false },
    { "block-error", "block-error", false },
    { "uniform", "uniform", false },
    { "sensitivity", "sensitivity+aware", true }, /* only if it is asked for */
};
enum { CANDIDATES = sizeof candidates / sizeof *candidates };

struct judged {
    struct plan plan[CANDIDATES];
    double divergence[CANDIDATES]; /* NaN: it cannot be asked for this */
};

/* Uniform has its own patterns, and knows sparsities only. */
static bool may_ask(const struct method *method, bool aware,
                    const struct selection *selection)
{
    if (aware && !selection->aware)
        return false;
    return method->takes_budget ||
           (!selection->budget && !isnan(selection->sparsity));
}

static int judge_one(struct judged *judged, size_t candidate,
                     const struct selection *selection, struct error *err)
{
    const struct method *method =
        method_find(candidates[candidate].method, err);
    struct selection asked = *selection;
    struct plan *plan = &judged->plan[candidate];

    judged->divergence[candidate] = NAN;
    if (!may_ask(method, candidates[candidate].aware, selection))
        return 0;
    asked.bytes = 0; /* it is the budget by now */
    asked.update = select_judged_update(selection);
    asked.aware = candidates[candidate].aware;
    asked.permute = false; /* of the plan taken */
    if (asked.propagate == PROPAGATE_AUTO)
        asked.propagate = PROPAGATE_NONE; /* settled for the plan taken */
    if (!update_may_propagate(asked.update))
        asked.propagate = PROPAGATE_NONE;
    if (!method->takes_budget)
        asked.patterns.count = 0;
    if (select_plan(plan, method, &asked, err) < 0)
        return -1;
    return sensitivity_of_plan(&judged->divergence[candidate], plan, selection,
                               selection->tokens, err);
}

static void judged_take(struct plan *plan, const struct judged *judged,
                        size_t best)
{
    const struct plan *from = &judged->plan[best];
    json_t *seen = json_object();

    for (size_t i = 0; i < plan->layers; i++) {
        plan->layer[i].pattern = from->layer[i].pattern;
        plan->layer[i].score = from->layer[i].score;
        plan_set(&plan->layer[i].reason, memory_text(from->layer[i].reason));
    }
    for (size_t c = 0; c < CANDIDATES; c++) {
        double of = judged->divergence[c];

        if (!isnan(of))
            json_object_set_new(seen, candidates[c].name,
                                json_number_or_null(isfinite(of) ? of : NAN));
    }
    json_object_set_new(plan->parameters, "divergence", seen);
    if (json_object_get(from->parameters, "budget"))
        json_object_set(plan->parameters, "budget",
                        json_object_get(from->parameters, "budget"));
    plan->next = from->next;
    plan->patterns = from->patterns;
    plan->objective = judged->divergence[best];
    plan_set(&plan->reason,
             memory_printf("the plan of %s moves the distribution least, by "
                           "%.4g nats%s%s",
                           candidates[best].name, judged->divergence[best],
                           from->update == UPDATE_NONE ? "" : " with ",
                           from->update == UPDATE_NONE
                               ? ""
                               : update_names[from->update]));
}

static int select_judged(struct plan *plan, const struct selection *selection,
                         struct error *err)
{
    struct judged judged = { 0 };
    size_t best = 0;
    int status = 0;

    for (size_t c = 0; status == 0 && c < CANDIDATES; c++) {
        status = judge_one(&judged, c, selection, err);
        if (status == 0 && judged.divergence[c] < judged.divergence[best])
            best = c;
    }
    if (status == 0 && !isfinite(judged.divergence[best]))
        status = error_set(err, ERROR_DATA,
                           "%s: under no plan are its predictions numbers; the "
                           "pruned model's arithmetic overflows",
                           model_name(selection->model));
    if (status == 0)
        judged_take(plan, &judged, best);
    for (size_t c = 0; c < CANDIDATES; c++)
        plan_release(&judged.plan[c]);
    return status;
}

const struct method method_judged = {
    .name = "judged",
    .summary = "the best of sensitivity, block-error and uniform, each plan "
               "measured whole",
    .patterns = "1:8,2:8,3:8,4:8,5:8,6:8,dense",
    .scope = SCOPE_LAYER,
    .samples = 8,
    .needs_model = true,
    .takes_budget = true,
    .takes_aware = true,
    .judges = true,
    .ways = (const struct row_way *const[]){ &sensitivity_way, &block_error_way,
                                             NULL },
    .select = select_judged,
};
