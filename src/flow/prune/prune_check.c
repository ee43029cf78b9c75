/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <assert.h>
#include <string.h>

#include "flow/prune/prune.h"
#include "flow/prune/shapes.h"
#include "llm/fold.h"

static bool is_sequential(const struct plan *plan)
{
    return plan->statistics == STATISTICS_SEQUENTIAL;
}

bool prune_needs_tokens(const struct plan *plan)
{
    return update_in_sequence(plan->update) || is_sequential(plan);
}

static int check_tokens(const struct prune *prune, struct error *err)
{
    const struct recorded_trace *trace = prune->trace;

    if (!prune_needs_tokens(prune->plan))
        return 0;
    if (!prune->tokens)
        return error_set(err, ERROR_USAGE,
                         "the plan's masks need the calibration tokens that %s "
                         "was recorded on",
                         trace->path);
    if (!prune->trial &&
        (strcmp(prune->tokens->hash, trace->tokens_hash) != 0 ||
         prune->tokens->first != trace->first_row ||
         prune->tokens->rows != trace->rows))
        return error_set(err, ERROR_DATA,
                         "%s was recorded on %ju rows of tokens %.12s...; here "
                         "are %zu rows of %.12s...",
                         trace->path, (uintmax_t)trace->rows,
                         trace->tokens_hash, prune->tokens->rows,
                         prune->tokens->hash);
    return 0;
}

enum model_scales prune_scales(const struct plan *plan)
{
    return plan->update == UPDATE_NONE ? SCALES_BEFORE_EDIT
                                       : SCALES_BEHIND_EDIT;
}

int prune_check_masks(const struct plan *plan, struct error *err)
{
    if (!plan->unstructured)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "the plan's masks are unstructured, which no machine "
                     "runs; `flexcim perplexity`, `accuracy` and `prune "
                     "--checkpoint-out` take them");
}

int prune_fold(struct model **folded, const struct model *model,
               const struct plan *plan, struct error *err)
{
    *folded = NULL;
    if (!plan->permutation)
        return 0;
    if (shapes_check_model(plan, model, err) < 0)
        return -1;
    return model_fold(folded, model, plan->permutation, err);
}

int prune_check(const struct prune *prune, struct error *err)
{
    const struct plan *plan = prune->plan;

    assert(model_permutation(prune->model) == plan->permutation);
    if (shapes_check_model(plan, prune->model, err) < 0 ||
        shapes_check_trace(plan, prune->trace, err) < 0)
        return -1;
    if (strcmp(plan->checkpoint, model_hash(prune->model)) != 0)
        return error_set(err, ERROR_DATA,
                         "the plan is for checkpoint %.12s...; %s is %.12s...",
                         plan->checkpoint, model_folder(prune->model),
                         model_hash(prune->model));
    if (strcmp(plan->trace, prune->trace->hash) != 0)
        return error_set(err, ERROR_DATA,
                         "the plan rests on the recorded trace %.12s...; %s is "
                         "%.12s...",
                         plan->trace, prune->trace->path, prune->trace->hash);
    if (strcmp(prune->trace->checkpoint, plan->checkpoint) != 0)
        return error_set(err, ERROR_DATA,
                         "%s was recorded from checkpoint %.12s..., the plan "
                         "is for %.12s...",
                         prune->trace->path, prune->trace->checkpoint,
                         plan->checkpoint);
    if (update_from_trace(plan->update) && !prune->trace->has_gram)
        return error_set(err, ERROR_DATA,
                         "the plan's update needs Gram matrices, which %s does "
                         "not have",
                         prune->trace->path);
    return check_tokens(prune, err);
}
