/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/database.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int database_error(const struct store *store, int code, struct error *err)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(err, ERROR_DISK,
                         "%s: locked by another program for more than %d s",
                         store->path, STORE_WAIT_SECONDS);
    case SQLITE_NOTADB:
        return error_set(err, ERROR_DATA, "%s: not an SQLite database",
                         store->path);
    case SQLITE_CORRUPT:
        return error_set(err, ERROR_DATA, "%s: damaged (%s)", store->path,
                         sqlite3_errmsg(store->db));
    case SQLITE_FULL:
    case SQLITE_IOERR:
        return error_set(err, ERROR_DISK, "%s: %s", store->path,
                         sqlite3_errmsg(store->db));
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return error_set(err, ERROR_DISK, "%s: may not be written (%s)",
                         store->path, sqlite3_errmsg(store->db));
    case SQLITE_CANTOPEN:
        return error_set(err, ERROR_NO_INPUT, "%s: cannot be opened: %s",
                         store->path,
                         strerror(sqlite3_system_errno(store->db)));
    default:
        return error_set(err, ERROR_INTERNAL, "%s: %s", store->path,
                         sqlite3_errmsg(store->db));
    }
}

int database_script(struct store *store, const char *sql, struct error *err)
{
    int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? 0 : database_error(store, code, err);
}

void database_forget(struct store *store)
{
    for (size_t i = 0; i < store->kept_count; i++)
        sqlite3_finalize(store->kept[i].statement);
    store->kept_count = 0;
}

static sqlite3_stmt *keep(struct store *store, const char *sql, int *code)
{
    sqlite3_stmt *statement;

    for (size_t i = 0; i < store->kept_count; i++)
        if (store->kept[i].sql == sql)
            return store->kept[i].statement;
    *code = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                               &statement, NULL);
    if (*code != SQLITE_OK)
        return NULL;
    assert(store->kept_count < DATABASE_STATEMENTS);
    store->kept[store->kept_count].sql = sql;
    store->kept[store->kept_count++].statement = statement;
    return statement;
}

static int bind(sqlite3_stmt *statement, const char *types, va_list values)
{
    int code = SQLITE_OK;

    for (int i = 1; types[i - 1] && code == SQLITE_OK; i++) {
        const char *text;
        double real;

        switch (types[i - 1]) {
        case 't':
            text = va_arg(values, const char *);
            code = sqlite3_bind_text(statement, i, text, -1, SQLITE_TRANSIENT);
            break;
        case 'i':
            code = sqlite3_bind_int64(statement, i, va_arg(values, int64_t));
            break;
        default:
            assert(types[i - 1] == 'r');
            real = va_arg(values, double);
            code = isnan(real) ? sqlite3_bind_null(statement, i)
                               : sqlite3_bind_double(statement, i, real);
        }
    }
    return code;
}

static int first_step(struct store *store, sqlite3_stmt **row, const char *sql,
                      const char *types, va_list values, struct error *err)
{
    int code = SQLITE_OK;
    sqlite3_stmt *statement = keep(store, sql, &code);

    *row = NULL;
    if (code == SQLITE_OK)
        code = bind(statement, types, values);
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
                    const char *types, ...)
{
    sqlite3_stmt *row;
    va_list values;
    int status;

    va_start(values, types);
    status = first_step(store, &row, sql, types, values, err);
    va_end(values);
    assert(!row);
    return status;
}

int database_select(struct store *store, sqlite3_stmt **row, struct error *err,
                    const char *sql, const char *types, ...)
{
    va_list values;
    int status;

    va_start(values, types);
    status = first_step(store, row, sql, types, values, err);
    va_end(values);
    return status;
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

int64_t database_integer(uint64_t value)
{
    assert(value <= INT64_MAX);
    return (int64_t)value;
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
