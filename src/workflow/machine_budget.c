/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workflow/machine_budget.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"

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

static int read_limit(uint64_t *limit, const char *text,
                      const struct need_request *request, struct error *err)
{
    struct pattern pattern;
    struct error ignored;
    double share;

    if (limit_is_share(&share, text)) {
        if (need_uniform(limit, request, pattern_dense, err) < 0)
            return -1;
        *limit = (uint64_t)((double)*limit * share);
        return 0;
    }
    if (pattern_parse(&pattern, text, &ignored) < 0)
        return machine_budget_read_number(limit, text, request->what, err);
    return need_uniform(limit, request, pattern, err);
}

/* Nothing runs in no time: such a limit is a slip, whatever the layers are. */
static int check_limit(uint64_t limit, const char *text, enum need what,
                       struct error *err)
{
    return limit > 0
               ? 0
               : error_set(err, ERROR_USAGE,
                           "--%s: %s is none; more than 0 was expected",
                           what == NEED_CYCLES ? "cycles" : "energy", text);
}

int machine_budget_init(struct machine_budget *budget,
                        const struct machine_limit *limit,
                        const struct selection *selection, struct error *err)
{
    const struct need_request request = { .selection = selection,
                                          .machine = limit->machine,
                                          .what = limit->what,
                                          .version = limit->version };

    *budget = (struct machine_budget){ 0 };
    if (read_limit(&budget->budget.limit, limit->text, &request, err) < 0 ||
        check_limit(budget->budget.limit, limit->text, limit->what, err) < 0)
        return -1;
    budget->need = need_table(&request, err);
    if (!budget->need)
        return -1;
    budget->of = memory_printf("%s, %u tokens", limit->machine->name,
                               selection->trace->layer[0].tokens);
    budget->budget.unit = need_unit(limit->what);
    budget->budget.of = budget->of;
    budget->budget.need = budget->need;
    return 0;
}

void machine_budget_release(struct machine_budget *budget)
{
    free(budget->need);
    free(budget->of);
    *budget = (struct machine_budget){ 0 };
}
