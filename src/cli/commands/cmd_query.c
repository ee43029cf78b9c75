/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `flexcim query`: a question by name, a file of SQL, or SQL itself, told apart
 * by what the word looks like: a name has no blank or bracket, SQL has one.
 * Whatever it is, it may only read.  Parameters (NAME=VALUE) are bound, never
 * pasted.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "cli/frame/command.h"
#include "cli/print/known_value.h"
#include "cli/print/query_table.h"

enum { LONGEST_SQL = 1 << 20 };

struct query_options {
    unsigned format;
    bool sql;
};

static int list_queries(const struct call *call)
{
    static const char *const names[] = { "query", "question" };
    const struct query_options *asked = call->options;
    struct table table;
    struct query query;

    table_begin(&table, table_format_of(call, asked->format), 2, names);
    for (size_t i = 0; i < query_count(); i++) {
        query_at(&query, i);
        table_text(&table, query.name);
        table_text(&table, query.question);
    }
    table_end(&table);
    return 0;
}

/* A name has no blank in it, and SQL always has a blank or a bracket. */
static bool is_name(const char *word)
{
    for (; *word; word++)
        if (!isalnum((unsigned char)*word) && !strchr("_-./", *word))
            return false;
    return true;
}

static bool is_path(const char *name)
{
    return strchr(name, '/') || strchr(name, '.');
}

/* All names, NULL at the end. */
static const char *const *query_names(void)
{
    static const char **names;
    struct query query;

    if (names)
        return names;
    names = memory_new(query_count() + 1, sizeof *names);
    for (size_t i = 0; i < query_count(); i++) {
        query_at(&query, i);
        names[i] = query.name;
    }
    return names;
}

/* Whether the schema has a table or view of that name. */
static bool schema_has(const char *name)
{
    static const char *const kinds[] = { "TABLE", "VIEW" };
    bool has = false;

    for (size_t i = 0; i < 2 && !has; i++) {
        char *begin = memory_printf("CREATE %s %s ", kinds[i], name);

        has = strstr(query_schema(), begin) != NULL;
        free(begin);
    }
    return has;
}

static int no_query(const char *name, struct error *err)
{
    const char *nearest = nearest_name(name, query_names(), query_count());

    if (schema_has(name))
        return error_set(err, ERROR_USAGE,
                         "no query %s, but a table or view: `flexcim query "
                         "\"SELECT * FROM %s\"`",
                         name, name);
    if (nearest)
        return error_set(err, ERROR_USAGE, "no query %s; did you mean %s?",
                         name, nearest);
    return error_set(err, ERROR_USAGE,
                     "no query %s; `flexcim query` alone lists them; SQL is "
                     "one argument, in quotes",
                     name);
}

/* What a word stands for: a question's name, a file of SQL, or SQL.  What was
 * read of a file is `text`, to be freed. */
static int understand(struct query_ask *ask, char **text, const char *word,
                      struct error *err)
{
    struct query query;

    *text = NULL;
    if (!is_name(word)) {
        ask->sql = word;
    } else if (is_path(word)) {
        *text = file_read_text(word, LONGEST_SQL, err);
        ask->sql = *text;
        return *text ? 0 : -1;
    } else if (query_find(&query, word)) {
        ask->name = query.name;
        ask->sql = query.sql;
    } else {
        return no_query(word, err);
    }
    return 0;
}

/* Splits NAME=VALUE in place. */
static int read_parameters(struct query_parameter *parameters,
                           const struct call *call, struct error *err)
{
    for (size_t i = 1; i < call->count; i++) {
        char *equals = strchr(call->arguments[i], '=');

        if (!equals)
            return error_set(err, ERROR_USAGE,
                             "query: %s is no NAME=VALUE (SQL is one argument: "
                             "put it in quotes)",
                             call->arguments[i]);
        *equals = 0;
        parameters[i - 1] =
            (struct query_parameter){ call->arguments[i], equals + 1 };
    }
    return 0;
}

static int answer(const struct call *call, const struct query_ask *ask,
                  struct error *err)
{
    const struct query_options *asked = call->options;
    struct store *store;
    int status;

    if (store_open(&store, call->db, STORE_READ, err) < 0)
        return -1;
    status = known_value_check(store, ask, err);
    if (status == 0)
        status =
            query_table(store, ask, table_format_of(call, asked->format), err);
    store_close(store);
    return status;
}

static int cmd_query_run(const struct call *call, struct error *err)
{
    const struct query_options *asked = call->options;
    struct query_parameter *parameters;
    struct query_ask ask = { 0 };
    char *text;
    int status;

    if (call->count == 0)
        return list_queries(call);
    if (understand(&ask, &text, call->arguments[0], err) < 0)
        return -1;
    if (asked->sql) {
        fputs(ask.sql, stdout);
        free(text);
        return 0;
    }
    parameters = memory_new(call->count, sizeof *parameters);
    status = read_parameters(parameters, call, err);
    ask.parameters = parameters;
    ask.count = call->count - 1;
    if (status == 0)
        status = answer(call, &ask, err);
    free(parameters);
    free(text);
    return status;
}

#define AT(member) offsetof(struct query_options, member)

static const struct command_option option_table[] = {
    { "format", 0, OPTION_CHOICE, AT(format), "FORMAT", table_formats, "table",
      "table, csv, json, markdown or latex" },
    { "sql", 0, OPTION_FLAG, AT(sql), NULL, NULL, NULL,
      "print the SQL instead of running it" },
    { 0 }
};

const struct command cmd_query = {
    .name = "query",
    .arguments = "[NAME|FILE.sql|SQL [PARAMETER=VALUE...]]",
    .summary = "ask the results a question, ready-made or in SQL",
    .description =
        "Without a name it lists the questions that are ready to be asked. "
        "SQL is one argument and only reads; `flexcim schema` shows the tables "
        "and views. PARAMETER=VALUE stands for :PARAMETER in the SQL. In "
        "JSON `compute %` is compute_percent, and a second `a` is a_2.",
    .example = "flexcim query comparison against=dense",
    .often = true,
    .common = COMMAND_DB | COMMAND_JSON,
    .maximum = 32,
    .options = option_table,
    .options_size = sizeof(struct query_options),
    .words = query_names,
    .run = cmd_query_run,
};
