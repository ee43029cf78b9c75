/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/database.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/stop.h"

/*
 * SQLite 3.38 to 3.40 take their own json_valid() for a function that only a
 * trusted schema may call, by a slip (harmless flags are stored inverted); our
 * CHECKs need it.  NULL is NULL, as there.
 */
static void is_valid_json(sqlite3_context *context, int count,
                          sqlite3_value **values)
{
    const char *text;
    json_t *json;

    (void)count;
    if (sqlite3_value_type(values[0]) == SQLITE_NULL)
        return;
    text = (const char *)sqlite3_value_text(values[0]);
    if (!text) {
        sqlite3_result_error_nomem(context);
        return;
    }
    json = json_loadb(text, (size_t)sqlite3_value_bytes(values[0]),
                      JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    sqlite3_result_int(context, json != NULL);
    json_decref(json);
}

/*
 * A results file may come from anybody.  Whatever stands in it, a connection
 * runs none of its triggers, loads nothing, opens no other file, and calls no
 * function for its views and CHECKs that could do more than compute.
 */
int database_harden(sqlite3 *db)
{
    static const struct {
        int setting, value;
    } settings[] = {
        { SQLITE_DBCONFIG_DEFENSIVE, 1 },
        { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
        { SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
        { SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
        { SQLITE_DBCONFIG_ENABLE_FKEY, 1 },
        { SQLITE_DBCONFIG_DQS_DDL, 0 },
    };

    int code;

    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        code = sqlite3_db_config(db, settings[i].setting, settings[i].value,
                                 (int *)NULL);
        if (code != SQLITE_OK)
            return code;
    }
    code = sqlite3_create_function_v2(db, "json_valid", 1,
                                      SQLITE_UTF8 | SQLITE_DETERMINISTIC |
                                          SQLITE_INNOCUOUS,
                                      NULL, is_valid_json, NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return code;
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, DATABASE_LONGEST);
    sqlite3_busy_timeout(db, STORE_WAIT_SECONDS * 1000);
    sqlite3_extended_result_codes(db, 1);
    /* Tables that are functions are made when they are first named, and an
     * authorizer would take that for writing.  Numbers of cells and pages are
     * checked before they are believed. */
    return sqlite3_exec(
        db,
        "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;"
        "SELECT 1 FROM json_each('[]'), json_tree('[]'),"
        " pragma_table_info(''), pragma_table_xinfo(''),"
        " pragma_table_list(''), pragma_index_list(''),"
        " pragma_index_info(''), pragma_foreign_key_list('')"
        " LIMIT 0;",
        NULL, NULL, NULL);
}

int database_open(struct store *store, bool may_write, struct error *err)
{
    /* SQLite gives names such as :memory: a meaning; a path has none. */
    char *name =
        memory_printf("%s%s", *store->path == '/' ? "" : "./", store->path);
    int code =
        sqlite3_open_v2(name, &store->db,
                        may_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                  : SQLITE_OPEN_READONLY,
                        NULL);

    free(name);
    if (code == SQLITE_OK)
        code = database_harden(store->db);
    return code == SQLITE_OK ? 0 : database_error(store, code, err);
}

void database_close(struct store *store)
{
    int code;

    database_forget(store);
    code = sqlite3_close(store->db);
    assert(code == SQLITE_OK); /* or a statement was left open */
    store->db = NULL;
}

int database_open_memory(sqlite3 **db)
{
    int code = sqlite3_open(":memory:", db);

    return code == SQLITE_OK ? database_harden(*db) : code;
}

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
static bool is_damaged(const struct store *store)
{
    return !is_answered(store->db, "PRAGMA integrity_check(1)", "ok") ||
           !is_answered(store->db, "PRAGMA foreign_key_check", NULL);
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

static int stop_if_asked(void *unused)
{
    (void)unused;
    return stop_requested();
}

/* What a statement that only reads needs; everything else is denied, also what
 * sqlite3_stmt_readonly() takes for reading. */
static int allow_reading(void *context, int action, const char *first,
                         const char *second, const char *third,
                         const char *view)
{
    static const char *const pragmas[] = {
        "foreign_key_check", "foreign_key_list", "index_info",
        "index_list",        "integrity_check",  "quick_check",
        "table_info",        "table_list",       "table_xinfo",
    };
    struct store *store = context;

    (void)third;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_FUNCTION:
        if (strcasecmp(second, "load_extension") != 0)
            return SQLITE_OK;
        break;
    case SQLITE_PRAGMA:
        if (!second && (strcasecmp(first, "user_version") == 0 ||
                        strcasecmp(first, "application_id") == 0))
            return SQLITE_OK;
        for (size_t i = 0; i < sizeof pragmas / sizeof *pragmas; i++)
            if (strcasecmp(first, pragmas[i]) == 0)
                return SQLITE_OK;
        break;
    default:
        break;
    }
    store->view_denied = view != NULL;
    return SQLITE_DENY;
}

void database_only_reads(struct store *store, bool only_reads)
{
    sqlite3_set_authorizer(store->db, only_reads ? allow_reading : NULL, store);
}

void database_may_stop(const struct store *store, bool may_stop)
{
    enum { STEPS = 10000 }; /* between two looks: less than a millisecond */

    sqlite3_progress_handler(store->db, may_stop ? STEPS : 0, stop_if_asked,
                             NULL);
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

    if (database_select(store, &row, err, sql, "") < 0)
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
