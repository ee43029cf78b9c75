/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "store/store.h"

/*
 * SQLite, as the files of this folder use it.  Statements are prepared once and
 * kept, found again by their text.
 */

struct store {
    sqlite3 *db;
    char *path;
    unsigned depth;             /* of nested transactions */
    char invocation[STORE_KEY]; /* empty before store_start() */
    char *version;              /* of the program that writes */
    sqlite3_stmt **kept;
    size_t kept_count, kept_capacity;
    bool is_read_only; /* opened by STORE_READ */
    bool view_denied;  /* a view of the file's asked for more than reading */
};

/* Tells what SQLite says of `code`, with the file's name; returns -1.  What a
 * file's rows are to blame for is ERROR_DATA, and only what nothing in the file
 * explains is ERROR_INTERNAL. */
int database_error(const struct store *store, int code, struct error *err);

/* Tells that the file is not as this program writes it: ERROR_DATA. */
int database_damaged(const struct store *store, const char *what,
                     struct error *err);

/* Ends all statements that are kept. */
void database_forget(struct store *store);

/* Statements without values or rows, one after the other. */
int database_script(struct store *store, const char *sql, struct error *err);

/*
 * A value for the place of a statement that has this name: ":run" in its SQL.
 * A text that is NULL and a real that is not a number are SQL's NULL.
 */
struct named_value {
    const char *name; /* NULL ends a list */
    enum { NAMED_TEXT, NAMED_INTEGER, NAMED_REAL } type;
    union {
        const char *text; /* borrowed until the call returns */
        int64_t integer;
        double real;
    };
};

struct named_value named_text(const char *name, const char *text);
struct named_value named_integer(const char *name, int64_t integer);
struct named_value named_count(const char *name, uint64_t count);
struct named_value named_real(const char *name, double real);

/* A list of them for one call. */
#define NAMED(...)                                                             \
    (const struct named_value[])                                               \
    {                                                                          \
        __VA_ARGS__,                                                           \
        {                                                                      \
            .name = NULL                                                       \
        }                                                                      \
    }

/*
 * One statement with the values of all its places, in any order; NULL if it has
 * none.  database_change() runs it; database_select() gives its first row, or
 * NULL, to be read with sqlite3_column_*() and ended with sqlite3_reset().
 */
int database_change(struct store *store, struct error *err, const char *sql,
                    const struct named_value *values);
int database_select(struct store *store, sqlite3_stmt **row, struct error *err,
                    const char *sql, const struct named_value *values);

/* A text of a row, "" where a damaged file has none. */
const char *database_text(sqlite3_stmt *row, int column);

/* The number in the first column of the only row. */
int database_number(struct store *store, const char *sql, int64_t *value,
                    struct error *err);

/* Ends what store_begin() began: commits if `status` is 0; returns it, or -1
 * if committing failed. */
int database_finish(struct store *store, int status, struct error *err);

/* Now, in UTC: 2026-01-31T12:34:56.789Z */
enum { DATABASE_TIME = 25 };
void database_now(char time[DATABASE_TIME]);
