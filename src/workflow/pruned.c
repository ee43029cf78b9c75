/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workflow/pruned.h"

#include <stdlib.h>

#include "base/memory.h"
#include "flow/select/select.h"
#include "llm/fold.h"
#include "workflow/steps.h"

int pruned_check(const struct pruned_asked *asked, struct error *err)
{
    if (asked->plan || !(asked->trace || asked->calibration))
        return 0;
    return error_set(err, ERROR_USAGE, "--%s says nothing without --plan FILE",
                     asked->trace ? "trace" : "calibration");
}

/* All but plan and trace, which are there. */
static int pruned_prepare(struct pruned *pruned, const struct model *model,
                          const struct pruned_asked *asked, struct error *err)
{
    pruned->prune =
        (struct prune){ .plan = &pruned->plan,
                        .model = model,
                        .trace = &pruned->trace,
                        .tokens = &pruned->calibration,
                        .keep = asked->plan,
                        .dampened = memory_new(pruned->plan.layers, 1),
                        .work.workers = asked->workers };
    if (prune_fold(&pruned->folded, model, &pruned->plan, err) < 0)
        return -1;
    if (pruned->folded)
        pruned->prune.model = pruned->folded;
    if (prune_needs_tokens(&pruned->plan) &&
        select_tokens(&pruned->calibration, &pruned->trace, asked->calibration,
                      pruned->trace.rows, pruned->prune.model, err) < 0)
        return -1;
    return prune_check(&pruned->prune, err);
}

int pruned_open(struct pruned *pruned, const struct model *model,
                const struct pruned_asked *asked, struct error *err)
{
    *pruned = (struct pruned){ 0 };
    if (plan_read(&pruned->plan, asked->plan, err) < 0)
        return -1;
    if (steps_open_trace(&pruned->trace, &pruned->plan, asked->plan,
                         asked->trace, err) < 0) {
        plan_release(&pruned->plan);
        return -1;
    }
    if (pruned_prepare(pruned, model, asked, err) == 0)
        return 0;
    pruned_close(pruned);
    return -1;
}

void pruned_close(struct pruned *pruned)
{
    free(pruned->prune.dampened);
    model_unfold(pruned->folded);
    model_tokens_release(&pruned->calibration);
    recorded_trace_close(&pruned->trace);
    plan_release(&pruned->plan);
}
