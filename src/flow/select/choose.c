/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From costs to a plan: makes the multiple-choice knapsack (programme.h) of
 * scopes and patterns, has it solved, and writes the answer into the plan.
 *
 * A scope that may have none of the patterns offered (its K is too small, or it
 * is at an end that stays dense) gets dense as its only choice, so that every
 * item has one.  The limit is on kept weights, or with a budget on what the
 * machine needs. Ties are broken by the smaller M, which needs fewer selects,
 * and then by the plan that keeps more.
 *
 * A sparsity that no plan has exactly is the common case: the nearest one above
 * is taken, and the plan says which the next one after it would be (`next`).
 */
#include "flow/select/choose.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/stop.h"
#include "base/text.h"
#include "flow/select/programme.h"

enum { NAMED = 3 };

const struct choose_rule choose_standard = { .above = HUGE_VAL };

/* `column` of the patterns of the selection; one more: dense. */
static struct programme_choice choice_of(const struct plan *plan,
                                         const struct selection *selection,
                                         const struct scope_run *run,
                                         size_t column)
{
    size_t patterns = selection->patterns.count;
    struct pattern pattern =
        column < patterns ? selection->patterns.at[column] : pattern_dense;
    uint64_t kept = scope_kept(run, plan, pattern), need = 0;

    for (size_t i = run->first; i < run->first + run->layers; i++)
        need += selection->budget
                    ? selection->budget->need[i * (patterns + 1) + column]
                    : 0;
    return (struct programme_choice){
        .offered = scope_may(run, plan, pattern),
        .size = selection->budget ? need : kept,
        .second = (int64_t)(run->weights * pattern.m),
        .third = -(int64_t)kept,
    };
}

/* A scope that may have none of the patterns is dense: one more choice. */
static struct programme_choice *
choose_table_of(const struct plan *plan, const struct selection *selection,
                const struct scopes *scopes, const double *cost)
{
    size_t patterns = selection->patterns.count, choices = patterns + 1;
    struct programme_choice *table =
        memory_new(scopes->count * choices, sizeof *table);

    for (size_t s = 0; s < scopes->count; s++) {
        struct programme_choice *row = table + s * choices;
        bool offered = false;

        for (size_t p = 0; p < choices; p++)
            row[p] = choice_of(plan, selection, &scopes->run[s], p);
        for (size_t p = 0; p < patterns; p++) {
            row[p].cost = cost ? cost[s * patterns + p] : 0;
            offered |= row[p].offered;
        }
        row[patterns].offered = !offered;
    }
    return table;
}

static uint64_t limit_of(const struct plan *plan,
                         const struct selection *selection)
{
    uint64_t weights = plan_weights(plan);

    if (selection->budget)
        return selection->budget->limit;
    return isnan(selection->sparsity)
               ? weights
               : budget_kept(weights, selection->sparsity);
}

static struct programme programme_of(const struct plan *plan,
                                     const struct selection *selection,
                                     const struct scopes *scopes,
                                     const struct programme_choice *table)
{
    return (struct programme){
        .items = scopes->count,
        .choices = selection->patterns.count + 1,
        .table = table,
        .limit = limit_of(plan, selection),
        .gap = selection->budget ? selection->budget->gap : 0,
        .seconds = selection->budget ? selection->budget->seconds : 0,
        .progress = selection->work.progress,
    };
}

/* The sparsity of a scope at its sparsest. */
static double most_of(const struct programme *programme, size_t scope,
                      const struct scope_run *run)
{
    uint64_t least = run->weights;

    for (size_t c = 0; c < programme->choices; c++) {
        const struct programme_choice *choice =
            &programme->table[scope * programme->choices + c];

        if (choice->offered && choice->size < least)
            least = choice->size;
    }
    return (double)(run->weights - least) / (double)run->weights;
}

static int unreachable(const struct plan *plan,
                       const struct selection *selection,
                       const struct scopes *scopes,
                       const struct programme *programme, struct error *err)
{
    double n = (double)plan_weights(plan);
    double most = (n - (double)programme_smallest(programme)) / n;
    struct text names;
    size_t binding = 0;

    if (selection->budget)
        return error_set(err, ERROR_DATA,
                         "%ju %s cannot be reached: with every layer at the "
                         "pattern that needs least it is %ju",
                         (uintmax_t)programme->limit, selection->budget->unit,
                         (uintmax_t)programme_smallest(programme));
    text_init(&names);
    for (size_t s = 0; s < scopes->count; s++) {
        char *name;

        if (most_of(programme, s, &scopes->run[s]) >= selection->sparsity)
            continue;
        name = scope_name(&scopes->run[s], plan);
        if (++binding <= NAMED)
            text_addf(&names, "%s%s", binding > 1 ? ", " : "", name);
        free(name);
    }
    if (binding > NAMED)
        text_addf(&names, " and %zu more", binding - NAMED);
    error_set(err, ERROR_DATA,
              "sparsity %.6g cannot be reached: with every layer at its "
              "sparsest pattern it is %.6g; %s cannot be pruned so far",
              selection->sparsity, floor(most * 1e6) / 1e6, names.at);
    text_release(&names);
    return -1;
}

int choose_check(const struct plan *plan, const struct selection *selection,
                 const struct scopes *scopes, struct error *err)
{
    struct programme_choice *table =
        choose_table_of(plan, selection, scopes, NULL);
    struct programme programme = programme_of(plan, selection, scopes, table);
    int status = 0;

    if (programme_smallest(&programme) > programme.limit)
        status = unreachable(plan, selection, scopes, &programme, err);
    free(table);
    return status;
}

static void fill_layers(struct plan *plan, const struct selection *selection,
                        const struct scope_run *run, size_t choice, double cost)
{
    struct pattern pattern = choice < selection->patterns.count
                                 ? selection->patterns.at[choice]
                                 : pattern_dense;

    for (size_t i = 0; i < run->layers; i++) {
        plan->layer[run->first + i].pattern = pattern;
        plan->layer[run->first + i].score = cost;
    }
}

/* What the budget is of, what is used, and whether nothing better exists. */
static void state_budget(struct plan *plan, const struct budget *budget,
                         const struct programme_answer *answer)
{
    double gap = answer->objective - answer->bound;
    json_t *stated =
        json_pack("{ss sI sI}", "unit", budget->unit, "limit",
                  (json_int_t)budget->limit, "used", (json_int_t)answer->size);

    if (budget->of)
        json_object_set_new(stated, "of", json_string(budget->of));
    if (budget->gap > 0)
        json_object_set_new(stated, "gap_allowed", json_real(budget->gap));
    if (gap > 0)
        json_object_set_new(stated, "gap", json_real(gap / answer->objective));
    else
        json_object_set_new(stated, "answer", json_string("optimal"));
    json_object_set_new(plan->parameters, "budget", stated);
}

/* A programme and what came out of it. */
struct choose_task {
    struct programme programme;
    size_t *choice; /* [items] */
    struct programme_answer answer;
};

static void choose_fill(struct plan *plan, const struct selection *selection,
                        const struct scopes *scopes,
                        const struct choose_task *task)
{
    const struct programme *programme = &task->programme;
    const struct programme_answer *answer = &task->answer;
    uint64_t below, weights = plan_weights(plan);

    for (size_t s = 0; s < scopes->count; s++)
        fill_layers(
            plan, selection, &scopes->run[s], task->choice[s],
            programme->table[s * programme->choices + task->choice[s]].cost);
    plan->objective = answer->objective;
    plan->bound = answer->bound;
    if (answer->stopped && answer->bound < answer->objective)
        json_object_set_new(plan->parameters, "stopped_after_s",
                            json_real(programme_seconds(programme)));
    if (selection->budget)
        state_budget(plan, selection->budget, answer);
    else if (programme_below(programme, answer->size, &below))
        plan->next = (double)(weights - below) / (double)weights;
}

/* The smallest sparsity from the one asked for on that is within `above`, or
 * else the nearest over it. */
static bool choose_solve(struct choose_task *task, uint64_t weights,
                         double sparsity, double above)
{
    struct programme *programme = &task->programme;
    uint64_t most;

    if (isnan(sparsity) || isinf(above))
        return programme_solve(programme, task->choice, &task->answer);
    programme->least = weights - budget_kept(weights, 1 - (sparsity + above));
    if (programme_solve(programme, task->choice, &task->answer))
        return true;
    if (!programme_below(programme, programme->limit + 1, &most))
        return false;
    programme->least = programme->limit = most;
    return programme_solve(programme, task->choice, &task->answer);
}

static int not_found(const struct selection *selection,
                     const struct programme *programme,
                     const struct programme_answer *answer, struct error *err)
{
    if (answer->stopped)
        return error_set(err, ERROR_DATA, "no plan was found within %g s",
                         programme_seconds(programme));
    return error_set(err, ERROR_DATA,
                     "no plan of %ju to %ju %s was found; there are too many "
                     "sums to tell which is the nearest that plans have",
                     (uintmax_t)programme->least, (uintmax_t)programme->limit,
                     selection->budget ? selection->budget->unit
                                       : "weights that are kept");
}

int choose(struct plan *plan, const struct selection *selection,
           const struct scopes *scopes, const double *cost,
           struct choose_rule rule, struct error *err)
{
    struct programme_choice *table =
        choose_table_of(plan, selection, scopes, cost);
    struct choose_task task = {
        .programme = programme_of(plan, selection, scopes, table),
        .choice = memory_new(scopes->count, sizeof *task.choice),
    };
    const struct programme *programme = &task.programme;
    bool found = false;
    int status;

    for (size_t i = 0;
         rule.any_selects && i < programme->items * programme->choices; i++)
        table[i].second = 0;

    if (programme_smallest(programme) > programme->limit) {
        status = unreachable(plan, selection, scopes, programme, err);
    } else {
        found = choose_solve(&task, plan_weights(plan), selection->sparsity,
                             rule.above);
        status = stop_check(err);
    }
    if (status == 0 && found)
        choose_fill(plan, selection, scopes, &task);
    else if (status == 0)
        status = not_found(selection, programme, &task.answer, err);
    free(task.choice);
    free(table);
    return status;
}

/* The running minimum from the sparsest pattern to the densest. */
static void clamp(double *cost, const struct plan *plan,
                  const struct selection *selection,
                  const struct scope_run *run)
{
    size_t patterns = selection->patterns.count;

    for (size_t p = 0; p < patterns; p++) {
        uint64_t kept = scope_kept(run, plan, selection->patterns.at[p]);

        for (size_t q = 0; q < patterns; q++) {
            struct pattern sparser = selection->patterns.at[q];

            if (scope_may(run, plan, sparser) &&
                scope_kept(run, plan, sparser) < kept && cost[q] < cost[p])
                cost[p] = cost[q];
        }
        if (pattern_is_dense(selection->patterns.at[p]))
            cost[p] = 0;
    }
}

/* Costs of layers [layers][patterns] to costs of scopes [scopes][patterns]. */
static void sum(double *cost, const double *layer_cost, const struct plan *plan,
                const struct selection *selection, const struct scopes *scopes)
{
    size_t patterns = selection->patterns.count;

    for (size_t s = 0; s < scopes->count; s++) {
        const struct scope_run *run = &scopes->run[s];

        for (size_t p = 0; p < patterns; p++) {
            cost[s * patterns + p] = 0;
            for (size_t i = run->first; i < run->first + run->layers; i++)
                cost[s * patterns + p] += layer_cost[i * patterns + p];
        }
        clamp(cost + s * patterns, plan, selection, run);
    }
}

int choose_measured(struct plan *plan, const struct selection *selection,
                    const struct choose_measured *way, struct error *err)
{
    size_t patterns = selection->patterns.count;
    struct scopes scopes;
    double *measured, *cost;
    int status;

    scopes_init(&scopes, plan, selection->scope, selection->ends);
    measured = memory_new(plan->layers * patterns, sizeof *measured);
    cost = memory_new(scopes.count * patterns, sizeof *cost);
    status = choose_check(plan, selection, &scopes, err);
    if (status == 0)
        status = way->measure(measured, selection, err);
    if (status == 0) {
        sum(cost, measured, plan, selection, &scopes);
        status = choose(plan, selection, &scopes, cost, choose_standard, err);
    }
    if (status == 0)
        status = way->explain(plan, selection, &scopes, err);
    free(cost);
    free(measured);
    scopes_release(&scopes);
    return status;
}
