/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A question with a misspelt machine has an answer: a table without rows, which
 * reads like "there is nothing".  So what a parameter names is looked for
 * before the question is asked, among all that the results have of its kind.
 */
#include "cli/print/known_value.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/memory.h"
#include "base/nearest.h"

/* How a parameter names what the results have. */
enum naming {
    NAMING_WHOLE,     /* one of them */
    NAMING_BEGINNING, /* how one of them begins */
    NAMING_LIST       /* several, as a JSON list */
};

#define MACHINES "SELECT DISTINCT name FROM machines"

/* What parameters of that name stand for in every question, and all there is.
 */
static const struct kind {
    const char *parameter, *what, *sql;
    enum naming naming;
} kinds[] = {
    { "against", "machine", MACHINES, NAMING_WHOLE },
    { "machine", "machine", MACHINES, NAMING_WHOLE },
    { "a", "machine", MACHINES, NAMING_WHOLE },
    { "b", "machine", MACHINES, NAMING_WHOLE },
    { "machines", "machine", "SELECT machine_hash FROM machines", NAMING_LIST },
    { "traces", "trace", "SELECT trace_hash FROM traces", NAMING_LIST },
    { "plans", "plan", "SELECT plan_hash FROM plans", NAMING_LIST },
    { "trace", "trace", "SELECT trace_hash FROM traces", NAMING_BEGINNING },
    { "costs", "cost table", "SELECT DISTINCT cost_table FROM costs",
      NAMING_WHOLE },
    { "run", "run", "SELECT run FROM runs", NAMING_WHOLE },
    { "way", "way", "VALUES ('fast'), ('slow')", NAMING_WHOLE },
    { "before", "version", "SELECT DISTINCT version FROM runs", NAMING_WHOLE },
    { "after", "version", "SELECT DISTINCT version FROM runs", NAMING_WHOLE },
    { "version", "version",
      "SELECT version FROM runs UNION SELECT version FROM inferences",
      NAMING_WHOLE },
    { "prompt", "prompt of that many tokens,",
      "SELECT DISTINCT CAST(prompt AS TEXT) FROM inferences", NAMING_WHOLE },
    { "generate", "inference that generates",
      "SELECT DISTINCT CAST(\"generate\" AS TEXT) FROM inferences",
      NAMING_WHOLE },
    { "batch", "batch of",
      "SELECT DISTINCT CAST(batch AS TEXT) FROM inferences", NAMING_WHOLE },
    { "tokens", "perplexity on a token file with the hash",
      "SELECT DISTINCT tokens_hash FROM perplexities", NAMING_WHOLE },
    { "tensor", "perplexity on a tensor called",
      "SELECT DISTINCT tensor FROM perplexities", NAMING_WHOLE },
    { "rows", "perplexity on as many rows as",
      "SELECT DISTINCT CAST(\"rows\" AS TEXT) FROM perplexities",
      NAMING_WHOLE },
    { "experiment", "experiment",
      "SELECT name FROM experiments UNION SELECT experiment FROM experiments",
      NAMING_WHOLE },
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
    if (!values[0].text) /* an altered file may hold that */
        return 0;
    known->at = memory_grow(known->at, &known->capacity, known->count + 1,
                            sizeof *known->at);
    known->at[known->count++] = memory_text(values[0].text);
    return 0;
}

static bool is_known(const struct known_names *known, const char *value,
                     enum naming naming)
{
    size_t length = strlen(value);

    for (size_t i = 0; i < known->count; i++)
        if (naming == NAMING_BEGINNING
                ? strncmp(known->at[i], value, length) == 0
                : strcmp(known->at[i], value) == 0)
            return true;
    return false;
}

static int check_among(const struct known_names *known, const struct kind *kind,
                       const char *value, struct error *err)
{
    const char *nearest;

    if (is_known(known, value, kind->naming))
        return 0;
    nearest = nearest_name(value, (const char *const *)known->at, known->count);
    return error_set(err, ERROR_USAGE, "the results have no %s %s%s%s%s",
                     kind->what, value, nearest ? "; did you mean " : "",
                     nearest ? nearest : "", nearest ? "?" : "");
}

static int check_list(const struct known_names *known, const struct kind *kind,
                      const char *value, struct error *err)
{
    struct json_trouble trouble;
    struct json_text list;
    struct json_walk walk;
    int status = 0;

    if (json_text_check(&list, value, strlen(value), JSON_PLAIN, &trouble) <
            0 ||
        json_text_kind(list) != JSON_TEXT_LIST)
        return error_set(err, ERROR_USAGE,
                         "a list of hashes was expected, as JSON has it: "
                         "[\"...\", \"...\"]");
    walk = json_walk_begin(list);
    while (status == 0 && json_walk_next(&walk)) {
        char *item = json_text_string(walk.value);

        status = item ? check_among(known, kind, item, err)
                      : error_set(err, ERROR_USAGE,
                                  "hashes in quotes were expected");
        free(item);
    }
    return status;
}

static int check_one(struct store *store, const struct kind *kind,
                     const struct query_parameter *parameter, struct error *err)
{
    const struct query_ask ask = { .sql = kind->sql, .author = QUERY_OF_OURS };
    struct known_names known = { 0 };
    const struct query_sink sink = { begin_names, known_value_add_name,
                                     &known };
    int status = query_run(store, &ask, &sink, err);

    if (status == 0) {
        status = kind->naming == NAMING_LIST
                     ? check_list(&known, kind, parameter->value, err)
                     : check_among(&known, kind, parameter->value, err);
        if (status < 0)
            error_prefix(err, "%s=%s: ", parameter->name, parameter->value);
    }
    for (size_t i = 0; i < known.count; i++)
        free(known.at[i]);
    free(known.at);
    return status;
}

/* Areas are of a machine by its name or by its hash. */
static const struct kind machine_of_area = {
    "machine", "machine", MACHINES " UNION SELECT machine_hash FROM machines",
    NAMING_WHOLE
};

static const struct kind *find_kind(const char *query, const char *parameter)
{
    if (strcmp(query, "area") == 0 &&
        strcmp(parameter, machine_of_area.parameter) == 0)
        return &machine_of_area;
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].parameter, parameter) == 0)
            return &kinds[i];
    return NULL;
}

int known_value_check(struct store *store, const struct query_ask *ask,
                      struct error *err)
{
    for (size_t i = 0; ask->name && i < ask->count; i++) {
        const struct kind *kind = find_kind(ask->name, ask->parameters[i].name);

        if (kind && check_one(store, kind, &ask->parameters[i], err) < 0)
            return -1;
    }
    return 0;
}
