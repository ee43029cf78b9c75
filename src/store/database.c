/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SQLite as the rest of the store uses it: one call binds values, runs a
 * statement and resets it.  Statements are prepared once and kept by their
 * text.  Errors become sentences: what SQLite says of a file that cannot be
 * opened, is locked, damaged or on a full disk is little help to somebody who
 * never heard of it.
 *
 * Nested transactions are counted: the outermost commits, any failure rolls all
 * of it back.
 */
#include "store/database.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "store/connection.h"

/* SQLite tries twice, and keeps the errno of the second try, which is of no
 * use: the reason is looked for here. */
static int cannot_open(const struct store *store, struct error *err)
{
    int file = open(store->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int reason = file < 0 ? errno : 0;
    char *path = memory_text(store->path), *folder = dirname(path);

    if (file >= 0)
        close(file);
    if (reason && reason != ENOENT)
        error_set(err, ERROR_NO_INPUT, "%s: cannot be opened: %s", store->path,
                  strerror(reason));
    else if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) != 0)
        error_set(err, errno == ENOENT ? ERROR_NO_INPUT : ERROR_DISK,
                  "%s: no file can be made in its folder %s: %s", store->path,
                  folder, strerror(errno));
    else
        error_set(err, ERROR_NO_INPUT, "%s: cannot be opened: %s", store->path,
                  strerror(sqlite3_system_errno(store->db)));
    free(path);
    return -1;
}

static bool is_answered(sqlite3 *db, const char *check, const char *well)
{
    sqlite3_stmt *statement;
    const char *answer = NULL;
    bool same = false;

    if (sqlite3_prepare_v2(db, check, -1, &statement, NULL) != SQLITE_OK)
        return false;
    switch (sqlite3_step(statement)) {
    case SQLITE_ROW:
        answer = (const char *)sqlite3_column_text(statement, 0);
        same = well && answer && strcmp(answer, well) == 0;
        break;
    case SQLITE_DONE:
        same = !well;
        break;
    default:
        break;
    }
    sqlite3_finalize(statement);
    return same;
}

/* Rows that contradict the tables that they stand in: only another program, or
 * a broken disk, puts them there.  Reads the whole file. */
static bool has_damage(sqlite3 *db)
{
    return !is_answered(db, "PRAGMA integrity_check(1)", "ok") ||
           !is_answered(db, "PRAGMA foreign_key_check", NULL);
}

/* What this connection wrote may have covered the damage up: a row that was out
 * of order is in order once its neighbours are gone.  So the file is looked at
 * as it was before, too, through another connection. */
static bool is_damaged(const struct store *store)
{
    struct store before = { .path = store->path };
    struct error ignored;
    bool damaged = has_damage(store->db);

    if (!damaged && !sqlite3_get_autocommit(store->db)) {
        damaged = connection_open(&before, CONNECTION_READS, &ignored) == 0 &&
                  has_damage(before.db);
        connection_close(&before);
    }
    return damaged;
}

int database_damaged(const struct store *store, const char *what,
                     struct error *err)
{
    return error_set(err, ERROR_DATA,
                     "%s: altered or damaged: %s; results of an earlier copy "
                     "can be merged, others must be made again",
                     store->path, what);
}

int database_error(const struct store *store, int code, struct error *err)
{
    char *message;

    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return error_set(err, ERROR_INTERNAL, "%s: out of memory", store->path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(err, ERROR_DISK,
                         "%s: locked by another program for more than %d s",
                         store->path, STORE_WAIT_SECONDS);
    case SQLITE_INTERRUPT:
        return error_set(err, ERROR_INTERRUPTED, "interrupted");
    case SQLITE_NOTADB:
        if (file_check_pointer(store->path, err) < 0)
            return -1;
        return error_set(err, ERROR_DATA, "%s: not an SQLite database",
                         store->path);
    case SQLITE_CORRUPT:
    case SQLITE_FORMAT:
    case SQLITE_TOOBIG:
        return database_damaged(store, sqlite3_errmsg(store->db), err);
    case SQLITE_FULL:
    case SQLITE_IOERR:
        return error_set(err, ERROR_DISK, "%s: %s", store->path,
                         sqlite3_errmsg(store->db));
    case SQLITE_READONLY:
        if (code == SQLITE_READONLY_DIRECTORY)
            return cannot_open(store, err);
        return error_set(err, ERROR_DISK, "%s: may not be written (%s)",
                         store->path, sqlite3_errmsg(store->db));
    case SQLITE_PERM:
        return error_set(err, ERROR_DISK, "%s: may not be written (%s)",
                         store->path, sqlite3_errmsg(store->db));
    case SQLITE_CANTOPEN:
        return cannot_open(store, err);
    default:
        break;
    }
    message = memory_text(sqlite3_errmsg(store->db));
    if (is_damaged(store))
        database_damaged(store, message, err);
    else
        error_set(err, ERROR_INTERNAL, "%s: %s", store->path, message);
    free(message);
    return -1;
}

int database_script(struct store *store, const char *sql, struct error *err)
{
    int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? 0 : database_error(store, code, err);
}

void database_forget(struct store *store)
{
    for (size_t i = 0; i < store->kept_count; i++)
        sqlite3_finalize(store->kept[i]);
    free(store->kept);
    store->kept = NULL;
    store->kept_count = store->kept_capacity = 0;
}

static sqlite3_stmt *database_keep(struct store *store, const char *sql,
                                   int *code)
{
    sqlite3_stmt *statement;

    for (size_t i = 0; i < store->kept_count; i++)
        if (strcmp(sqlite3_sql(store->kept[i]), sql) == 0)
            return store->kept[i];
    *code = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                               &statement, NULL);
    if (*code != SQLITE_OK)
        return NULL;
    store->kept = memory_grow(store->kept, &store->kept_capacity,
                              store->kept_count + 1, sizeof(sqlite3_stmt *));
    store->kept[store->kept_count++] = statement;
    return statement;
}

struct named_value named_text(const char *name, const char *text)
{
    return (
        struct named_value){ .name = name, .type = NAMED_TEXT, .text = text };
}

struct named_value named_integer(const char *name, int64_t integer)
{
    return (struct named_value){ .name = name,
                                 .type = NAMED_INTEGER,
                                 .integer = integer };
}

/* Counts that no result holds are refused where they are made. */
struct named_value named_count(const char *name, uint64_t count)
{
    assert(count <= INT64_MAX);
    return named_integer(name, (int64_t)count);
}

struct named_value named_real(const char *name, double real)
{
    return (
        struct named_value){ .name = name, .type = NAMED_REAL, .real = real };
}

static int database_bind(sqlite3_stmt *statement,
                         const struct named_value *value)
{
    int place = sqlite3_bind_parameter_index(statement, value->name);

    assert(place > 0);
    switch (value->type) {
    case NAMED_TEXT:
        return sqlite3_bind_text(statement, place, value->text, -1,
                                 SQLITE_TRANSIENT);
    case NAMED_INTEGER:
        return sqlite3_bind_int64(statement, place, value->integer);
    default:
        return isnan(value->real)
                   ? sqlite3_bind_null(statement, place)
                   : sqlite3_bind_double(statement, place, value->real);
    }
}

/* A place that gets no value would silently be NULL, or have the value of the
 * call before: so as many are counted as the statement has. */
static int bind_all(sqlite3_stmt *statement, const struct named_value *values)
{
    int code = SQLITE_OK, count = 0;

    for (; values && values[count].name && code == SQLITE_OK; count++)
        code = database_bind(statement, &values[count]);
    assert(code != SQLITE_OK ||
           count == sqlite3_bind_parameter_count(statement));
    return code;
}

int database_select(struct store *store, sqlite3_stmt **row, struct error *err,
                    const char *sql, const struct named_value *values)
{
    int code = SQLITE_OK;
    sqlite3_stmt *statement = database_keep(store, sql, &code);

    *row = NULL;
    if (code == SQLITE_OK)
        code = bind_all(statement, values);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *row = statement;
        return 0;
    }
    if (code != SQLITE_DONE)
        database_error(store, code, err);
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? 0 : -1;
}

int database_change(struct store *store, struct error *err, const char *sql,
                    const struct named_value *values)
{
    sqlite3_stmt *row;
    int status = database_select(store, &row, err, sql, values);

    assert(!row);
    return status;
}

int store_begin(struct store *store, struct error *err)
{
    if (store->depth == 0 && database_script(store, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    store->depth++;
    return 0;
}

int store_commit(struct store *store, struct error *err)
{
    assert(store->depth > 0);
    if (store->depth == 1 && database_script(store, "COMMIT", err) < 0) {
        store_rollback(store);
        return -1;
    }
    store->depth--;
    return 0;
}

void store_rollback(struct store *store)
{
    /* SQLite has rolled back by itself after some errors. */
    if (!sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    store->depth = 0;
}

const char *database_text(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);

    return text ? text : "";
}

int database_number(struct store *store, const char *sql, int64_t *value,
                    struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err, sql, NULL) < 0)
        return -1;
    assert(row);
    *value = sqlite3_column_int64(row, 0);
    sqlite3_reset(row);
    return 0;
}

int database_finish(struct store *store, int status, struct error *err)
{
    if (status == 0)
        return store_commit(store, err);
    if (store->depth == 1)
        store_rollback(store);
    else
        store->depth--; /* whoever began the outer one rolls it back */
    return status;
}

void database_now(char time[DATABASE_TIME])
{
    struct timespec now;
    struct tm utc;
    char seconds[20];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(time, DATABASE_TIME, "%s.%03uZ", seconds,
             (unsigned)(now.tv_nsec / 1000000) % 1000);
}
