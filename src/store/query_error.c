/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/query_error.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "base/text.h"
#include "store/database.h"

static const char tables[] = "SELECT name FROM sqlite_schema"
                             " WHERE type IN ('table', 'view') ORDER BY name";
static const char columns[] =
    "SELECT DISTINCT c.name FROM sqlite_schema AS s,"
    " pragma_table_info(s.name) AS c"
    " WHERE s.type IN ('table', 'view') ORDER BY c.name";

static const char holders[] =
    "SELECT s.name FROM sqlite_schema AS s, pragma_table_info(s.name) AS c"
    " WHERE s.type IN ('table', 'view') AND c.name = ?1 COLLATE NOCASE"
    " ORDER BY s.type = 'table', s.name LIMIT 3";

struct names {
    char **at;
    size_t count, capacity;
};

/* `word`: what the statement's parameter is, if it has one. */
static void read_names(struct names *names, sqlite3 *db, const char *sql,
                       const char *word)
{
    sqlite3_stmt *statement;

    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        return;
    if (sqlite3_bind_parameter_count(statement) > 0)
        sqlite3_bind_text(statement, 1, word, -1, SQLITE_STATIC);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        names->at = memory_grow(names->at, &names->capacity, names->count + 1,
                                sizeof *names->at);
        names->at[names->count++] =
            memory_text((const char *)sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
}

static void free_names(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->at[i]);
    free(names->at);
}

/* A column that others have, if not those that were asked. */
static int query_error_elsewhere(struct store *store, const char *message,
                                 const char *column, struct error *err)
{
    struct names names = { 0 };
    struct text list;

    text_init(&list);
    read_names(&names, store->db, holders, column);
    for (size_t i = 0; i < names.count; i++)
        text_addf(&list, "%s%s", i > 0 ? ", " : "", names.at[i]);
    error_set(err, ERROR_USAGE, "%s; it is in %s", message, list.at);
    text_release(&list);
    free_names(&names);
    return -1;
}

static int query_error_unknown_name(struct store *store, const char *message,
                                    const char *name, const char *sql,
                                    struct error *err)
{
    struct names names = { 0 };
    const char *nearest, *dot = strrchr(name, '.');

    name = dot ? dot + 1 : name;
    read_names(&names, store->db, sql, NULL);
    nearest = nearest_name(name, (const char *const *)names.at, names.count);
    if (nearest && sql == columns && strcasecmp(nearest, name) == 0)
        query_error_elsewhere(store, message, name, err);
    else if (nearest)
        error_set(err, ERROR_USAGE, "%s; did you mean %s?", message, nearest);
    else
        error_set(err, ERROR_USAGE, "%s; `flexcim schema` shows what there is",
                  message);
    free_names(&names);
    return -1;
}

/* What SQLite says only of a view that the file holds. */
static bool is_of_view(const struct store *store, const char *message)
{
    return store->view_denied || strstr(message, " is circularly defined") ||
           strncmp(message, "unsafe use of", 13) == 0 ||
           strncmp(message, "expected ", 9) == 0;
}

int query_error(struct store *store, int code, enum query_author author,
                struct error *err)
{
    static const char no_table[] = "no such table: ";
    static const char no_column[] = "no such column: ";
    char *message;

    switch (code & 0xff) {
    case SQLITE_ERROR:
    case SQLITE_MISMATCH:
    case SQLITE_AUTH:
        break;
    case SQLITE_TOOBIG: /* of what the SQL makes, too */
        if (author == QUERY_OF_USER)
            break;
        return database_error(store, code, err);
    default:
        return database_error(store, code, err);
    }
    message = memory_text(sqlite3_errmsg(store->db));
    if (author == QUERY_OF_OURS || is_of_view(store, message))
        database_damaged(store, message, err);
    else if (strncmp(message, no_table, sizeof no_table - 1) == 0)
        query_error_unknown_name(store, message, message + sizeof no_table - 1,
                                 tables, err);
    else if (strncmp(message, no_column, sizeof no_column - 1) == 0)
        query_error_unknown_name(store, message, message + sizeof no_column - 1,
                                 columns, err);
    else
        error_set(err, ERROR_USAGE, "SQL: %s", message);
    free(message);
    return -1;
}
