/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Linear layers add up, so a plan that keeps the limit by the table keeps it.
 * Whole inferences do not: there the table is near, and what a plan needs is
 * measured.  If that is over the limit by some, the next plan gets less by as
 * much; it ends since the limit falls each time.
 */
#include "workflow/machine_budget.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"

enum { MOST_TRIES = 32 }; /* plans of an inference until one keeps the limit */

static int machine_budget_read_number(uint64_t *limit, const char *text,
                                      enum need what, struct error *err)
{
    double energy;

    if (what == NEED_CYCLES && number_u64(limit, text))
        return 0;
    if (what == NEED_ENERGY && number_f64(&energy, text) && energy >= 0 &&
        energy < 1e15) {
        *limit = (uint64_t)floor(energy * 1000);
        return 0;
    }
    return error_set(err, ERROR_USAGE,
                     "--%s: %s is neither a number of %s, nor a share of "
                     "dense like 50%%, nor a pattern like 4:8",
                     what == NEED_CYCLES ? "cycles" : "energy", text,
                     what == NEED_CYCLES ? "cycles" : "nanojoules");
}

bool limit_is_share(double *share, const char *text)
{
    size_t length = strlen(text);
    char *number;
    bool is;

    if (length < 2 || text[length - 1] != '%')
        return false;
    number = memory_printf("%.*s", (int)length - 1, text);
    is = number_f64(share, number) && *share >= 0 && *share <= 100;
    *share /= 100;
    free(number);
    return is;
}

static struct whole_request whole_request_of(const struct machine_limit *limit,
                                             const struct selection *selection)
{
    return (struct whole_request){ .selection = selection,
                                   .machine = limit->machine,
                                   .asked = limit->asked,
                                   .part = limit->part,
                                   .what = limit->what,
                                   .version = limit->version };
}

/* What all layers need with one pattern everywhere. */
static int uniform_need(uint64_t *need, const struct machine_limit *limit,
                        const struct selection *selection,
                        struct pattern pattern, struct error *err)
{
    const struct need_request request = { .selection = selection,
                                          .machine = limit->machine,
                                          .what = limit->what,
                                          .version = limit->version };
    const struct whole_request whole = whole_request_of(limit, selection);
    struct pattern *everywhere;
    int status;

    if (!limit->asked)
        return need_uniform(need, &request, pattern, err);
    everywhere = memory_new(selection->trace->layers, sizeof *everywhere);
    for (size_t i = 0; i < selection->trace->layers; i++)
        everywhere[i] = pattern;
    status = whole_need_of(need, &whole, everywhere, err);
    free(everywhere);
    return status;
}

static int read_limit(uint64_t *most, const struct machine_limit *limit,
                      const struct selection *selection, struct error *err)
{
    struct pattern pattern;
    struct error ignored;
    double share;

    if (limit_is_share(&share, limit->text)) {
        if (uniform_need(most, limit, selection, pattern_dense, err) < 0)
            return -1;
        *most = (uint64_t)((double)*most * share);
        return 0;
    }
    if (pattern_parse(&pattern, limit->text, &ignored) < 0)
        return machine_budget_read_number(most, limit->text, limit->what, err);
    return uniform_need(most, limit, selection, pattern, err);
}

/* Nothing runs in no time: such a limit is a slip, whatever the layers are. */
static int check_limit(uint64_t most, const struct machine_limit *limit,
                       struct error *err)
{
    if (most > 0)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "--%s: %s is none; more than 0 was expected",
                     limit->what == NEED_CYCLES ? "cycles" : "energy",
                     limit->text);
}

/* What is left of the limit beside that which no pattern changes. */
static int init_whole(struct machine_budget *budget,
                      const struct machine_limit *limit,
                      const struct selection *selection, struct error *err)
{
    const struct whole_request request = whole_request_of(limit, selection);
    struct whole_table table;

    if (whole_table_make(&table, &request, err) < 0)
        return -1;
    budget->need = table.need;
    budget->limit = budget->budget.limit;
    budget->rest = table.rest;
    if (budget->limit < table.rest)
        return error_set(err, ERROR_DATA,
                         "%" PRIu64 " %s are less than the %" PRIu64
                         " that no pattern changes",
                         budget->limit, need_unit(limit->what), table.rest);
    budget->budget.limit -= table.rest;
    budget->whole = memory_new(1, sizeof *budget->whole);
    *budget->whole = *limit;
    budget->of = memory_printf(
        "%s, %s, prompt %u, generate %u, batch %u", limit->machine->name,
        limit->part == WHOLE_PROMPT ? "a prompt" : "a token",
        limit->asked->prompt, limit->asked->generate, limit->asked->batch);
    return 0;
}

static int init_linear(struct machine_budget *budget,
                       const struct machine_limit *limit,
                       const struct selection *selection, struct error *err)
{
    const struct need_request request = { .selection = selection,
                                          .machine = limit->machine,
                                          .what = limit->what,
                                          .version = limit->version };

    budget->need = need_table(&request, err);
    if (!budget->need)
        return -1;
    budget->of = memory_printf("%s, %u tokens", limit->machine->name,
                               recorded_sample(selection->trace));
    return 0;
}

int machine_budget_init(struct machine_budget *budget,
                        const struct machine_limit *limit,
                        const struct selection *selection, struct error *err)
{
    int status;

    *budget = (struct machine_budget){ 0 };
    if (read_limit(&budget->budget.limit, limit, selection, err) < 0 ||
        check_limit(budget->budget.limit, limit, err) < 0)
        return -1;
    status = limit->asked ? init_whole(budget, limit, selection, err)
                          : init_linear(budget, limit, selection, err);
    budget->budget.unit = need_unit(limit->what);
    budget->budget.of = budget->of;
    budget->budget.need = budget->need;
    return status;
}

void machine_budget_release(struct machine_budget *budget)
{
    free(budget->whole);
    free(budget->need);
    free(budget->of);
    *budget = (struct machine_budget){ 0 };
}

static int need_of_plan(uint64_t *need, const struct machine_budget *budget,
                        const struct plan *plan,
                        const struct selection *selection, struct error *err)
{
    const struct whole_request request =
        whole_request_of(budget->whole, selection);
    struct pattern *pattern = memory_new(plan->layers, sizeof *pattern);
    int status;

    for (size_t i = 0; i < plan->layers; i++)
        pattern[i] = plan->layer[i].pattern;
    status = whole_need_of(need, &request, pattern, err);
    free(pattern);
    return status;
}

/* The plan states what was asked and what it needs, not what the table says. */
static void state_whole(const struct machine_budget *budget, struct plan *plan,
                        uint64_t need)
{
    json_t *stated = json_object_get(plan->parameters, "budget");

    json_object_set_new(stated, "limit",
                        json_integer((json_int_t)budget->limit));
    json_object_set_new(stated, "used", json_integer((json_int_t)need));
}

int machine_budget_select(struct machine_budget *budget, struct plan *plan,
                          const struct method *method,
                          const struct selection *selection, struct error *err)
{
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        uint64_t need, over;

        if (select_plan(plan, method, selection, err) < 0)
            return budget->whole && err->kind == ERROR_DATA
                       ? error_prefix(err,
                                      "beside %" PRIu64
                                      " %s that no pattern changes: ",
                                      budget->rest, budget->budget.unit)
                       : -1;
        if (!budget->whole)
            return 0;
        if (need_of_plan(&need, budget, plan, selection, err) < 0) {
            plan_release(plan);
            return -1;
        }
        if (need <= budget->limit) {
            state_whole(budget, plan, need);
            return 0;
        }
        plan_release(plan);
        over = need - budget->limit;
        if (over > budget->budget.limit)
            break;
        budget->budget.limit -= over;
    }
    return error_set(err, ERROR_DATA,
                     "no plan was found whose whole inference needs at most "
                     "%" PRIu64 " %s",
                     budget->limit, budget->budget.unit);
}
