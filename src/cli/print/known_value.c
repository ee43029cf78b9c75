/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print/known_value.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest.h"

/* What parameters of that name stand for in every question, and all there is.
 */
static const struct {
    const char *parameter, *what, *sql;
} kinds[] = {
    { "against", "machine", "SELECT DISTINCT name FROM machines" },
    { "machine", "machine", "SELECT DISTINCT name FROM machines" },
    { "costs", "cost table", "SELECT DISTINCT cost_table FROM costs" },
    { "run", "run", "SELECT run FROM runs" },
    { "experiment", "experiment",
      "SELECT name FROM experiments UNION SELECT experiment FROM experiments" },
};

enum { KINDS = sizeof kinds / sizeof *kinds };

struct known_names {
    char **at;
    size_t count, capacity;
};

static int begin_names(void *context, size_t columns, const char *const *names,
                       struct error *err)
{
    (void)context, (void)columns, (void)names, (void)err;
    return 0;
}

static int known_value_add_name(void *context, const struct query_value *values,
                                struct error *err)
{
    struct known_names *known = context;

    (void)err;
    known->at = memory_grow(known->at, &known->capacity, known->count + 1,
                            sizeof *known->at);
    known->at[known->count++] = memory_text(values[0].text);
    return 0;
}

static int check_among(const struct known_names *known, const char *what,
                       const struct query_parameter *parameter,
                       struct error *err)
{
    const char *nearest;

    for (size_t i = 0; i < known->count; i++)
        if (strcmp(known->at[i], parameter->value) == 0)
            return 0;
    nearest = nearest_name(parameter->value, (const char *const *)known->at,
                           known->count);
    return error_set(err, ERROR_USAGE, "%s=%s: the results have no %s %s%s%s%s",
                     parameter->name, parameter->value, what, parameter->value,
                     nearest ? "; did you mean " : "", nearest ? nearest : "",
                     nearest ? "?" : "");
}

static int check_one(struct store *store, size_t kind,
                     const struct query_parameter *parameter, struct error *err)
{
    const struct query_ask ask = { .sql = kinds[kind].sql,
                                   .author = QUERY_OF_OURS };
    struct known_names known = { 0 };
    const struct query_sink sink = { begin_names, known_value_add_name,
                                     &known };
    int status = query_run(store, &ask, &sink, err);

    if (status == 0)
        status = check_among(&known, kinds[kind].what, parameter, err);
    for (size_t i = 0; i < known.count; i++)
        free(known.at[i]);
    free(known.at);
    return status;
}

int known_value_check(struct store *store, const struct query_ask *ask,
                      struct error *err)
{
    if (!ask->name)
        return 0;
    for (size_t i = 0; i < ask->count; i++)
        for (size_t kind = 0; kind < KINDS; kind++)
            if (strcmp(ask->parameters[i].name, kinds[kind].parameter) == 0 &&
                check_one(store, kind, &ask->parameters[i], err) < 0)
                return -1;
    return 0;
}
