/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a question, one of ours or the user's SQL, and gives the rows on one by
 * one.  Only a single statement that reads is taken; parameters are bound by
 * name and a name that the question does not have is refused with the nearest.
 */
#include "store/query.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "base/number.h"
#include "store/connection.h"
#include "store/database.h"
#include "store/query_error.h"
#include "store/shipped.h"

size_t query_count(void)
{
    return shipped_query_count;
}

void query_at(struct query *query, size_t index)
{
    const struct shipped_query *shipped = &shipped_queries[index];
    const char *line = strchr(shipped->sql, '\n'); /* after the licence */

    query->name = shipped->name;
    query->sql = shipped->sql;
    snprintf(query->question, sizeof query->question, "%.*s",
             (int)strcspn(line + 4, "\n"), line + 4);
}

bool query_find(struct query *query, const char *name)
{
    for (size_t i = 0; i < shipped_query_count; i++) {
        if (strcmp(shipped_queries[i].name, name) != 0)
            continue;
        query_at(query, i);
        return true;
    }
    return false;
}

const char *query_schema(void)
{
    static char *both;

    if (!both)
        both = memory_printf("%s\n%s", shipped_schema, shipped_views);
    return both;
}

static bool is_only_blank(const char *sql)
{
    while (*sql) {
        if (strncmp(sql, "--", 2) == 0)
            sql += strcspn(sql, "\n");
        else if (isspace((unsigned char)*sql) || *sql == ';')
            sql++;
        else
            return false;
    }
    return true;
}

static int query_prepare(struct store *store, sqlite3_stmt **statement,
                         const struct query_ask *ask, struct error *err)
{
    const char *rest;
    int code = sqlite3_prepare_v2(store->db, ask->sql, -1, statement, &rest);

    if (code == SQLITE_AUTH && !store->view_denied)
        return error_set(err, ERROR_USAGE,
                         "a query only reads: this SQL would write, or change "
                         "a setting");
    if (code != SQLITE_OK)
        return query_error(store, code, ask->author, err);
    if (!*statement)
        return error_set(err, ERROR_USAGE, "the query has no statement in it");
    if (!is_only_blank(rest))
        return error_set(err, ERROR_USAGE,
                         "a query is one statement; this has more: %.40s",
                         rest + strspn(rest, " \n\t;"));
    return 0;
}

static int unknown_parameter(sqlite3_stmt *statement, const char *name,
                             struct error *err)
{
    const char *names[32], *nearest;
    size_t count = 0;

    for (int i = 1; i <= sqlite3_bind_parameter_count(statement); i++) {
        const char *known = sqlite3_bind_parameter_name(statement, i);

        if (known && count < sizeof names / sizeof *names)
            names[count++] = known + 1;
    }
    if (count == 0)
        return error_set(err, ERROR_USAGE, "%s: the query has no parameters",
                         name);
    nearest = nearest_name(name, names, count);
    return error_set(err, ERROR_USAGE,
                     "%s: the query has no such parameter; %s %s", name,
                     nearest ? "did you mean" : "it has",
                     nearest ? nearest : names[0]);
}

/*
 * Of a question that comes with the program these are numbers, and all others
 * are names, some of which read as a number and are none: run 0123456789012e45,
 * machine 007.
 */
static bool is_number(const struct query_ask *ask, const char *parameter)
{
    static const char *const numbers[] = { "prompt", "generate", "batch",
                                           "rows" };

    for (size_t i = 0; ask->name && i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(numbers[i], parameter) == 0)
            return true;
    return !ask->name;
}

static int query_bind(sqlite3_stmt *statement, const struct query_ask *ask,
                      const struct query_parameter *parameter,
                      struct error *err)
{
    char *name = memory_printf(":%s", parameter->name);
    int at = sqlite3_bind_parameter_index(statement, name);
    int64_t integer;
    double real;

    free(name);
    if (at == 0)
        return unknown_parameter(statement, parameter->name, err);
    if (is_number(ask, parameter->name) &&
        number_i64(&integer, parameter->value))
        sqlite3_bind_int64(statement, at, integer);
    else if (is_number(ask, parameter->name) &&
             number_f64(&real, parameter->value))
        sqlite3_bind_double(statement, at, real);
    else
        sqlite3_bind_text(statement, at, parameter->value, -1,
                          SQLITE_TRANSIENT);
    return 0;
}

static char *query_hex_of(const unsigned char *bytes, int length)
{
    char *hex = memory_new((size_t)length * 2 + 1, 1);

    for (int i = 0; i < length; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    return hex;
}

/* `hex` is the caller's to free. */
static void read_value(struct query_value *value, char **hex,
                       sqlite3_stmt *statement, int column)
{
    *hex = NULL;
    *value = (struct query_value){ .type = QUERY_NULL };
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        value->type = QUERY_INTEGER;
        value->integer = sqlite3_column_int64(statement, column);
        break;
    case SQLITE_FLOAT:
        value->type = QUERY_REAL;
        value->real = sqlite3_column_double(statement, column);
        break;
    case SQLITE_TEXT:
        value->type = QUERY_TEXT;
        value->text = (const char *)sqlite3_column_text(statement, column);
        if (!value->text)
            memory_exhausted((size_t)sqlite3_column_bytes(statement, column));
        break;
    case SQLITE_BLOB:
        *hex = query_hex_of(sqlite3_column_blob(statement, column),
                            sqlite3_column_bytes(statement, column));
        value->type = QUERY_TEXT;
        value->text = *hex;
        break;
    default:
        break;
    }
}

static int give_names(sqlite3_stmt *statement, const struct query_sink *sink,
                      struct error *err)
{
    size_t columns = (size_t)sqlite3_column_count(statement);
    const char **names = memory_new(columns, sizeof *names);
    int status;

    for (size_t i = 0; i < columns; i++)
        names[i] = sqlite3_column_name(statement, (int)i);
    status = sink->names(sink->context, columns, names, err);
    free(names);
    return status;
}

static int give_row(sqlite3_stmt *statement, const struct query_sink *sink,
                    struct error *err)
{
    size_t columns = (size_t)sqlite3_column_count(statement);
    struct query_value *values = memory_new(columns, sizeof *values);
    char **hex = memory_new(columns, sizeof *hex);
    int status;

    for (size_t i = 0; i < columns; i++)
        read_value(&values[i], &hex[i], statement, (int)i);
    status = sink->row(sink->context, values, err);
    for (size_t i = 0; i < columns; i++)
        free(hex[i]);
    free(hex);
    free(values);
    return status;
}

static int give_rows(struct store *store, sqlite3_stmt *statement,
                     enum query_author author, const struct query_sink *sink,
                     struct error *err)
{
    int code;

    if (give_names(statement, sink, err) < 0)
        return -1;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        if (give_row(statement, sink, err) < 0)
            return -1;
    return code == SQLITE_DONE ? 0 : query_error(store, code, author, err);
}

/* The SQL of a question that comes with the program. */
static struct query_ask with_sql(const struct query_ask *ask)
{
    struct query_ask whole = *ask;
    struct query query;

    if (ask->name) {
        bool found = query_find(&query, ask->name);

        assert(found);
        (void)found;
        whole.sql = query.sql;
        whole.author = QUERY_OF_OURS;
    }
    return whole;
}

int query_run(struct store *store, const struct query_ask *asked,
              const struct query_sink *sink, struct error *err)
{
    const struct query_ask ask = with_sql(asked);
    sqlite3_stmt *statement = NULL;
    int status;

    store->view_denied = false;
    connection_only_reads(store, true);
    connection_may_stop(store, true);
    status = query_prepare(store, &statement, &ask, err);
    for (size_t i = 0; i < ask.count && status == 0; i++)
        status = query_bind(statement, &ask, &ask.parameters[i], err);
    if (status == 0)
        status = give_rows(store, statement, ask.author, sink, err);
    sqlite3_finalize(statement);
    connection_may_stop(store, false);
    connection_only_reads(store, store->is_read_only);
    return status;
}
