/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a selection to a plan: checks it, replaces every standard by its value,
 * begins the plan with all of its parameters, and calls the method, which fills
 * in patterns and costs.  A plan states all that decides its outcome, so that
 * the hash of it names it, and says what a layer could not have and whether a
 * better plan may exist.
 */
#include "flow/select/select.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "flow/select/permute.h"
#include "flow/select/scopes.h"
#include "flow/select/settle.h"
#include "flow/prune/shapes.h"

static int select_check(const struct method *method,
                        const struct selection *selection, struct error *err)
{
    double sparsity = selection->sparsity, h = selection->h;

    assert(!method->needs_model || selection->model);
    assert(method->samples == 0 || selection->tokens);
    if (selection->released && method->released_h == 0)
        return error_set(err, ERROR_USAGE, "%s has no released form",
                         method->name);
    if (!isnan(sparsity) && !(sparsity >= 0 && sparsity < 1))
        return error_set(err, ERROR_USAGE,
                         "sparsity %g: at least 0 and under 1 was expected",
                         sparsity);
    if (method->h > 0 && !(h > 0 && isfinite(h)))
        return error_set(err, ERROR_USAGE,
                         "h = %g: a number over 0 was expected", h);
    return 0;
}

/* Masks without groups know no selects, which the others are about. */
static int check_unstructured(const struct selection *selection,
                              struct error *err)
{
    const char *other = selection->permute              ? "ordered channels"
                        : selection->agreement > 1      ? "outputs that agree"
                        : selection->way != MASK_GROUPS ? "blocks"
                        : selection->budget ? selection->budget->unit
                                            : NULL;

    if (!selection->unstructured || !other)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "unstructured masks have no groups, and so know no %s",
                     other);
}

/* Ways to go about costs and updates. */
static int check_ways(const struct method *method,
                      const struct selection *selection, struct error *err)
{
    if (selection->aware && !method->takes_aware)
        return error_set(
            err, ERROR_USAGE,
            "%s measures no costs that could be aware of an "
            "update; sensitivity, block-error, scaled and judged do",
            method->name);
    if (selection->aware && selection->update == UPDATE_NONE)
        return error_set(err, ERROR_USAGE,
                         "costs that are aware of an update need one");
    if (selection->aware && !selection->trace->has_gram)
        return error_set(err, ERROR_DATA,
                         "%s has no Gram matrices, which costs aware of an "
                         "update need: `flexcim record --gram` keeps them",
                         selection->trace->path);
    if (selection->mixed && !method->takes_mixed)
        return error_set(err, ERROR_USAGE,
                         "%s mixes no patterns; flow and owl do", method->name);
    if (selection->mixed && (selection->released || selection->budget))
        return error_set(err, ERROR_USAGE,
                         "patterns are mixed for a sparsity, not for %s",
                         selection->released ? "the released rule"
                                             : selection->budget->unit);
    if (selection->permute && !selection->trace->has_gram)
        return error_set(err, ERROR_DATA,
                         "%s has no Gram matrices, which an order of channels "
                         "needs: `flexcim record --gram` keeps them",
                         selection->trace->path);
    if (check_unstructured(selection, err) < 0)
        return -1;
    if (selection->propagate == PROPAGATE_NONE)
        return 0;
    if (!update_may_propagate(selection->update))
        return error_set(err, ERROR_USAGE,
                         "%s cannot propagate; sparsegpt, refit and admm can",
                         update_names[selection->update]);
    if (selection->propagate == PROPAGATE_SHARE &&
        !(selection->share >= 0 && selection->share <= 1))
        return error_set(err, ERROR_USAGE,
                         "a share to propagate of %g: from 0 to 1 was expected",
                         selection->share);
    assert(selection->propagate == PROPAGATE_SHARE || selection->model);
    return 0;
}

static int check_budget(const struct method *method,
                        const struct selection *selection, struct error *err)
{
    const struct budget *budget = selection->budget;
    bool base = selection->released && selection->patterns.count == 1;

    if (update_from_trace(selection->update) && !selection->trace->has_gram)
        return error_set(err, ERROR_DATA,
                         "%s has no Gram matrices, which %s needs: `flexcim "
                         "record --gram` keeps them",
                         selection->trace->path,
                         update_names[selection->update]);
    if (selection->keep_masks && (selection->update == UPDATE_ADMM ||
                                  selection->update == UPDATE_ADMM_DENSE))
        return error_set(err, ERROR_USAGE,
                         "%s is a search for masks, so that it cannot keep "
                         "others; refit can",
                         update_names[selection->update]);
    if (check_ways(method, selection, err) < 0)
        return -1;
    if (budget && !method->takes_budget)
        return error_set(err, ERROR_USAGE,
                         "%s knows no budget in %s, only a sparsity",
                         method->name, budget->unit);
    if (budget && !isnan(selection->sparsity))
        return error_set(err, ERROR_USAGE,
                         "a sparsity and a budget in %s exclude each other",
                         budget->unit);
    if (method->patterns && isnan(selection->sparsity) && !budget && !base)
        return error_set(err, ERROR_USAGE, "%s needs a sparsity%s",
                         method->name,
                         method->takes_budget ? " or a budget" : "");
    return 0;
}

/* Every zero that means a standard is replaced by it. */
static int resolve(struct selection *all, const struct method *method,
                   const struct selection *selection, struct error *err)
{
    *all = *selection;
    if (all->samples > all->trace->rows)
        return error_set(err, ERROR_USAGE,
                         "%zu calibration rows were asked for; %s has %ju",
                         all->samples, all->trace->path,
                         (uintmax_t)all->trace->rows);
    if (all->patterns.count == 0 && method->patterns &&
        pattern_list_parse(&all->patterns, method->patterns, err) < 0)
        return -1;
    if (all->scope == SCOPE_STANDARD)
        all->scope = method->scope;
    if (all->h == 0)
        all->h = all->released ? method->released_h : method->h;
    if (all->samples == 0)
        all->samples = method->samples;
    if (all->tokens && all->samples > all->tokens->rows)
        all->samples = all->tokens->rows;
    if (all->agreement == 0)
        all->agreement = 1;
    if (all->reconstruct.seed == 0 && all->reconstruct.steps == 0)
        all->reconstruct.seed = plan_reconstruct_standard.seed;
    return 0;
}

static void select_begin(struct plan *plan, const struct method *method,
                         const struct selection *selection)
{
    const struct recorded_trace *trace = selection->trace;

    plan_init(plan, trace->layers);
    plan_set(&plan->model, memory_text(trace->model));
    plan_set(&plan->trace_path, file_absolute(trace->path));
    plan_set(&plan->method, memory_text(method->name));
    plan->score = selection->score;
    memcpy(plan->checkpoint, trace->checkpoint, HASH_TEXT);
    memcpy(plan->trace, trace->hash, HASH_TEXT);
    memcpy(plan->tokens, trace->tokens_hash, HASH_TEXT);
    plan->asked = selection->sparsity;
    plan->agreement = selection->agreement;
    plan->blocks = selection->way == MASK_BLOCKS;
    plan->patterns = selection->patterns;
    for (size_t i = 0; i < trace->layers; i++) {
        struct plan_layer *layer = &plan->layer[i];

        layer_shape_release(&layer->shape);
        layer->shape = layer_shape_copy(&trace->layer[i].shape);
    }
}

static void state_parameters(struct plan *plan, const struct method *method,
                             const struct selection *selection)
{
    const struct recorded_trace *trace = selection->trace;
    json_t *parameters = plan->parameters;

    json_object_set_new(
        parameters, "calibration",
        json_pack("{ss sI sI ss}", "tensor", recorded_tensor(trace),
                  "first_row", (json_int_t)trace->first_row, "rows",
                  (json_int_t)trace->rows, "hash", trace->rows_hash));
    if (method->scope != SCOPE_STANDARD)
        json_object_set_new(parameters, "scope",
                            json_string(scope_names[selection->scope]));
    if (selection->ends == SCOPE_ENDS_DENSE)
        json_object_set_new(parameters, "dense_ends", json_true());
    if (selection->released)
        json_object_set_new(parameters, "released", json_true());
    if (method->h > 0)
        json_object_set_new(parameters, "h", json_real(selection->h));
    if (method->samples > 0)
        json_object_set_new(parameters, "samples",
                            json_integer((json_int_t)selection->samples));
    if (selection->aware)
        json_object_set_new(parameters, "aware", json_true());
    if (selection->mixed)
        json_object_set_new(parameters, "mixed", json_true());
}

/* Says which patterns a layer could not have. */
static void state_refusals(struct plan *plan)
{
    for (size_t i = 0; i < plan->layers; i++) {
        struct plan_layer *layer = &plan->layer[i];
        const struct scope_run alone = { .first = i, .layers = 1 };
        bool refused = false;

        for (size_t p = 0; p < plan->patterns.count; p++)
            refused |= !scope_may(&alone, plan, plan->patterns.at[p]);
        if (refused)
            plan_set(&layer->reason,
                     memory_printf("%s (no pattern of M over its %u inputs)",
                                   layer->reason, layer->shape.inputs));
    }
}

/* A plan that time took from the search is good, but not proven to be best. */
static void state_stop(struct plan *plan)
{
    double seconds =
        json_number_value(json_object_get(plan->parameters, "stopped_after_s"));

    if (seconds > 0)
        plan_set(&plan->reason,
                 memory_printf(
                     "%s%safter %g s of search the best plan may "
                     "still cost %.2g %% less",
                     plan->reason, plan->reason[0] ? "; " : "", seconds,
                     100 * (plan->objective - plan->bound) / plan->objective));
}

/* How the plan is to be carried out, which its costs do not look at. */
static void state_update(struct plan *plan, const struct selection *selection)
{
    bool own = selection->update != UPDATE_NONE && !selection->keep_masks;

    plan->update = selection->update;
    plan->unstructured = selection->unstructured;
    if (own)
        plan->score = update_own_score(selection->update);
    if (selection->update == UPDATE_RECONSTRUCT) {
        if (selection->reconstruct.steps > 0)
            plan->reconstruct = selection->reconstruct;
        if (own && selection->start != UPDATE_NONE)
            plan->score = update_own_score(selection->start);
    }
    if ((own && update_in_sequence(selection->update)) ||
        selection->update == UPDATE_RECONSTRUCT || selection->sequential)
        plan->statistics = STATISTICS_SEQUENTIAL;
}

static int select_fill(struct plan *plan, const struct method *method,
                       struct selection *selection, struct error *err)
{
    struct budget bytes = { .unit = "bytes", .limit = selection->bytes };
    uint64_t *need = NULL;
    int status;

    if (selection->bytes > 0) {
        need = budget_bytes(plan, &selection->patterns, selection->agreement);
        bytes.need = need;
        selection->budget = &bytes;
    }
    status = select_check(method, selection, err) < 0
                 ? -1
                 : check_budget(method, selection, err);
    if (status == 0 && selection->model)
        status = shapes_check_model(plan, selection->model, err);
    state_parameters(plan, method, selection);
    if (status == 0)
        status = method->select(plan, selection, err);
    free(need);
    return status;
}

int select_plan(struct plan *plan, const struct method *method,
                const struct selection *selection, struct error *err)
{
    struct selection all;

    *plan = (struct plan){ 0 };
    if (resolve(&all, method, selection, err) < 0)
        return -1;
    select_begin(plan, method, &all);
    if (select_fill(plan, method, &all, err) < 0) {
        plan_release(plan);
        return -1;
    }
    state_refusals(plan);
    state_stop(plan);
    state_update(plan, &all);
    plan->reached = plan_sparsity(plan);
    if (all.propagate == PROPAGATE_SHARE)
        plan->propagate = all.share;
    /* How much to propagate is found with channels as they are. */
    if ((all.propagate == PROPAGATE_AUTO &&
         settle_propagate(plan, &all, err) < 0) ||
        (all.permute && permute_plan(plan, &all, err) < 0)) {
        plan_release(plan);
        return -1;
    }
    assert(method->ignores_budget || all.released ||
           !(plan->reached < plan->asked - 1e-9));
    return 0;
}

size_t select_measures(struct select_measure measure[SELECT_MOST_MEASURES],
                       const struct method *method,
                       const struct selection *selection)
{
    size_t count = 0;

    for (size_t i = 0; method->ways && method->ways[i]; i++)
        measure[count++] =
            (struct select_measure){ method->ways[i],
                                     selection->aware && !method->judges };
    if (method->judges && selection->aware) /* one candidate more */
        measure[count++] = (struct select_measure){ method->ways[0], true };
    return count;
}

int select_measure_eighth(const struct method *method,
                          const struct selection *selection,
                          const struct select_measure *measure, unsigned eighth,
                          struct error *err)
{
    struct selection all;

    if (resolve(&all, method, selection, err) < 0)
        return -1;
    all.aware = measure->aware;
    if (method->narrow)
        method->narrow(&all, measure->way);
    return row_costs_eighth(measure->way, &all, eighth, err);
}

int select_effort(double *effort, const struct method *method,
                  const struct selection *selection, struct error *err)
{
    struct select_measure measure[SELECT_MOST_MEASURES];
    struct selection all;
    size_t measures;

    *effort = 0;
    if (resolve(&all, method, selection, err) < 0)
        return -1;
    measures = select_measures(measure, method, &all);
    for (size_t i = 0; i < measures; i++) {
        struct selection some = all;

        some.aware = measure[i].aware;
        if (method->narrow)
            method->narrow(&some, measure[i].way);
        *effort += row_costs_effort(measure[i].way, &some);
    }
    return 0;
}

struct row_need select_need(const struct row_way *way,
                            const struct method *method,
                            const struct selection *selection)
{
    struct selection all;
    struct error ignored;
    size_t rows;

    if (resolve(&all, method, selection, &ignored) < 0)
        return (struct row_need){ 0 };
    if (method->narrow)
        method->narrow(&all, way);
    rows = all.samples;
    if (row_costs_effort(way, &all) >= ROW_COSTS_LONG)
        rows = (rows + 7) / 8;
    return way->need(&all, rows);
}

size_t select_rows(const struct method *method,
                   const struct selection *selection)
{
    size_t samples = selection->samples ? selection->samples : method->samples;
    bool whole = method->judges &&
                 (update_in_sequence(select_judged_update(selection)) ||
                  selection->sequential);

    return whole || selection->propagate == PROPAGATE_AUTO
               ? (size_t)selection->trace->rows
               : samples;
}

enum update select_judged_update(const struct selection *selection)
{
    if (selection->update != UPDATE_RECONSTRUCT)
        return selection->update;
    if (selection->keep_masks)
        return UPDATE_NONE;
    return selection->start == UPDATE_NONE ? UPDATE_ADMM : selection->start;
}

int select_model(struct model **model, const struct recorded_trace *trace,
                 const char *folder, struct error *err)
{
    if (model_open(model, folder ? folder : trace->folder, err) < 0)
        return folder ? -1
                      : error_prefix(err,
                                     "%s names its checkpoint: ", trace->path);
    if (strcmp(model_hash(*model), trace->checkpoint) == 0)
        return 0;
    error_set(err, ERROR_DATA,
              "%s: checkpoint %.12s..., but %s was recorded from %.12s...",
              model_folder(*model), model_hash(*model), trace->path,
              trace->checkpoint);
    model_close(*model);
    *model = NULL;
    return -1;
}

int select_tokens(struct model_tokens *tokens,
                  const struct recorded_trace *trace, const char *spec,
                  size_t rows, const struct model *model, struct error *err)
{
    size_t first = (size_t)trace->first_row;

    if (rows > trace->rows)
        rows = (size_t)trace->rows;
    if (!spec)
        spec = trace->tokens;
    if (model_tokens_read(tokens, spec, "calibration", first + rows, model,
                          err) < 0)
        return -1;
    if (strcmp(tokens->hash, trace->tokens_hash) == 0 &&
        strcmp(tokens->tensor, recorded_tensor(trace)) == 0 &&
        first + rows <= tokens->rows) {
        model_tokens_take(tokens, first, rows);
        return 0;
    }
    if (strcmp(tokens->hash, trace->tokens_hash) != 0)
        error_set(err, ERROR_DATA,
                  "%s: hash %.12s..., but %s was recorded on %.12s...", spec,
                  tokens->hash, trace->path, trace->tokens_hash);
    else if (strcmp(tokens->tensor, recorded_tensor(trace)) != 0)
        error_set(err, ERROR_DATA,
                  "%s: tensor `%s`, but %s was recorded on tensor `%s`", spec,
                  tokens->tensor, trace->path, recorded_tensor(trace));
    else
        error_set(err, ERROR_DATA,
                  "%s: %zu rows, but %s was recorded on rows %zu to %zu", spec,
                  tokens->rows, trace->path, first, first + rows - 1);
    model_tokens_release(tokens);
    return -1;
}
