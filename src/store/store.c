/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/database.h"
#include "store/migrate.h"
#include "store/shipped.h"

enum { APPLICATION = 1181500237 }; /* as in schema.sql */

static int read_pragma(struct store *store, const char *sql, int64_t *value,
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

/* What the file is: 0 an empty one, otherwise the version of its schema. */
static int read_version(struct store *store, int64_t *version,
                        struct error *err)
{
    int64_t application, objects;

    if (read_pragma(store, "SELECT count(*) FROM sqlite_schema", &objects,
                    err) < 0 ||
        read_pragma(store, "PRAGMA application_id", &application, err) < 0 ||
        read_pragma(store, "PRAGMA user_version", version, err) < 0)
        return -1;
    if (objects == 0 && application == 0 && *version == 0)
        return 0;
    if (application != APPLICATION)
        return error_set(err, ERROR_DATA,
                         "%s: a database, but not one of flexcim "
                         "(application_id is %lld, not %d)",
                         store->path, (long long)application, APPLICATION);
    if (*version < 1)
        return error_set(err, ERROR_DATA, "%s: damaged: no schema version",
                         store->path);
    if (*version > STORE_VERSION)
        return error_set(err, ERROR_DATA,
                         "%s: has schema version %lld; this flexcim knows "
                         "versions up to %d: use a newer one",
                         store->path, (long long)*version, STORE_VERSION);
    return 0;
}

/* Another process may make the schema at the same time: whoever has the lock
 * looks again. */
static int make_schema(struct store *store, struct error *err)
{
    int64_t version;
    int status;

    if (store_begin(store, err) < 0)
        return -1;
    status = read_version(store, &version, err);
    if (status == 0 && version == 0) {
        status = database_script(store, shipped_schema, err);
        if (status == 0)
            status = database_script(store, shipped_views, err);
        if (status == 0)
            status = database_script(store, shipped_costs, err);
    }
    return database_finish(store, status, err);
}

static int check_schema(struct store *store, enum store_mode mode,
                        struct error *err)
{
    int64_t version;

    if (read_version(store, &version, err) < 0)
        return -1;
    if (version == STORE_VERSION)
        return 0;
    if (version > 0)
        return mode == STORE_READ ? migrate_copy(store, err)
                                  : migrate(store, err);
    if (mode == STORE_READ)
        return error_set(err, ERROR_DATA, "%s: empty, no results in it",
                         store->path);
    return make_schema(store, err);
}

static int prepare_connection(struct store *store, enum store_mode mode,
                              struct error *err)
{
    sqlite3_busy_timeout(store->db, STORE_WAIT_SECONDS * 1000);
    sqlite3_extended_result_codes(store->db, 1);
    if (database_script(store,
                        "PRAGMA foreign_keys = ON;"
                        "PRAGMA cell_size_check = ON;",
                        err) < 0 ||
        check_schema(store, mode, err) < 0)
        return -1;
    /* A read-only connection could not roll back what a killed process left
     * half-written; this one can, and writes nothing else. */
    return mode == STORE_READ
               ? database_script(store, "PRAGMA query_only = ON", err)
               : 0;
}

/* Refuses what SQLite would take for something else, or tell badly. */
static int check_path(const char *path, enum store_mode mode, bool *is_there,
                      struct error *err)
{
    struct stat status;

    *is_there = stat(path, &status) == 0;
    if (*is_there && !S_ISREG(status.st_mode))
        return error_set(err, ERROR_NO_INPUT, "%s: not a regular file", path);
    if (!*is_there && (mode == STORE_READ || errno != ENOENT))
        return error_set(err, ERROR_NO_INPUT, "%s: %s", path, strerror(errno));
    return 0;
}

static void remove_if_empty(const char *path)
{
    struct stat status;

    if (stat(path, &status) == 0 && status.st_size == 0)
        unlink(path);
}

int store_open(struct store **store, const char *path, enum store_mode mode,
               struct error *err)
{
    struct store *made;
    bool is_there;
    char *name;
    int code, status;

    *store = NULL;
    if (check_path(path, mode, &is_there, err) < 0)
        return -1;
    made = memory_new(1, sizeof *made);
    made->path = memory_text(path);
    /* SQLite gives names such as :memory: a meaning; a path has none. */
    name = memory_printf("%s%s", *path == '/' ? "" : "./", path);
    code = sqlite3_open_v2(name, &made->db,
                           SQLITE_OPEN_READWRITE |
                               (mode == STORE_WRITE ? SQLITE_OPEN_CREATE : 0),
                           NULL);
    free(name);
    status = code == SQLITE_OK ? prepare_connection(made, mode, err)
                               : database_error(made, code, err);
    if (status < 0) {
        store_close(made);
        if (!is_there)
            remove_if_empty(path);
        return -1;
    }
    *store = made;
    return 0;
}

int store_open_scratch(struct store **store, struct error *err)
{
    struct store *made = memory_new(1, sizeof *made);
    int code = sqlite3_open(":memory:", &made->db), status;

    made->path = memory_text("in memory");
    status = code == SQLITE_OK ? prepare_connection(made, STORE_WRITE, err)
                               : database_error(made, code, err);
    if (status < 0) {
        store_close(made);
        return -1;
    }
    *store = made;
    return 0;
}

void store_close(struct store *store)
{
    int code;

    if (!store)
        return;
    database_forget(store);
    code = sqlite3_close(store->db);
    assert(code == SQLITE_OK); /* or a statement was left open */
    free(store->version);
    free(store->path);
    free(store);
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
