/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "store/store.h"

/*
 * SQLite, as the files of this folder use it.  Statements are prepared once
 * and kept, keyed by the address of their text: it must be a literal.
 */
enum { DATABASE_STATEMENTS = 64 };

struct store {
    sqlite3 *db;
    char *path;
    unsigned depth;             /* of nested transactions */
    char invocation[STORE_KEY]; /* empty before store_start() */
    char *version;              /* of the program that writes */
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } kept[DATABASE_STATEMENTS];
    size_t kept_count;
};

/* Tells what SQLite says of `code`, with the file's name; returns -1. */
int database_error(const struct store *store, int code, struct error *err);

/* Ends all statements that are kept. */
void database_forget(struct store *store);

/* Statements without values or rows, one after the other. */
int database_script(struct store *store, const char *sql, struct error *err);

/*
 * One statement with its values, `types` saying a letter for each: t a text
 * (NULL: none), i an int64_t, r a double (NaN: none).
 * database_change() runs it; database_select() gives its first row, or NULL,
 * to be read with sqlite3_column_*() and ended with sqlite3_reset().
 */
int database_change(struct store *store, struct error *err, const char *sql,
                    const char *types, ...);
int database_select(struct store *store, sqlite3_stmt **row, struct error *err,
                    const char *sql, const char *types, ...);

/* Ends what store_begin() began: commits if `status` is 0; returns it, or -1
 * if committing failed. */
int database_finish(struct store *store, int status, struct error *err);

/* A number that SQLite can hold. */
int64_t database_integer(uint64_t value);

/* Now, in UTC: 2026-01-31T12:34:56.789Z */
enum { DATABASE_TIME = 25 };
void database_now(char time[DATABASE_TIME]);
