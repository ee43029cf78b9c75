/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opening a results file: to be read, or made and migrated to be written.
 * Several processes may do so at once, and any of them may be killed in the
 * middle, so that each looks again at version and tables once it has the lock,
 * and what a killed one left half-written is rolled back first.
 */
#include "store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/connection.h"
#include "store/database.h"
#include "store/migrate.h"
#include "store/schema.h"

/* Another process may make the schema at the same time: whoever has the lock
 * looks again. */
static int make_schema(struct store *store, struct error *err)
{
    int64_t version;
    int status;

    if (store_begin(store, err) < 0)
        return -1;
    status = schema_version(store, &version, err);
    if (status == 0 && version == 0)
        status = schema_make(store, err);
    return database_finish(store, status, err);
}

/* A read-only connection cannot roll back what a killed process left
 * half-written; one that may write does so when it first reads. */
static int roll_back(struct store *store, struct error *err)
{
    int64_t objects;
    int status;

    connection_close(store);
    status = connection_open(store, CONNECTION_WRITES, err);
    if (status == 0)
        status = database_number(store, "SELECT count(*) FROM sqlite_schema",
                                 &objects, err);
    connection_close(store);
    return status == 0 ? connection_open(store, CONNECTION_READS, err) : -1;
}

static bool is_left_half_written(struct store *store)
{
    int code = sqlite3_exec(store->db, "SELECT count(*) FROM sqlite_schema",
                            NULL, NULL, NULL);

    return code == SQLITE_READONLY_ROLLBACK || code == SQLITE_READONLY_RECOVERY;
}

/* One look at version and tables: another process may be migrating them. */
static int look_at(struct store *store, enum store_mode mode, int64_t *version,
                   struct error *err)
{
    int status;

    if (database_script(store, "BEGIN", err) < 0)
        return -1;
    status = schema_version(store, version, err);
    if (status == 0 && *version > 0)
        status = schema_check(store, *version, mode, err);
    sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static int open_to_read(struct store *store, struct error *err)
{
    int64_t version;

    if (is_left_half_written(store) && roll_back(store, err) < 0)
        return -1;
    if (look_at(store, STORE_READ, &version, err) < 0)
        return -1;
    if (version == 0)
        return error_set(err, ERROR_DATA, "%s: empty, no results in it",
                         store->path);
    if ((version < STORE_VERSION && migrate_copy(store, err) < 0) ||
        schema_views(store, STORE_READ, err) < 0)
        return -1;
    store->is_read_only = true;
    connection_only_reads(store, true);
    return 0;
}

static int open_to_write(struct store *store, struct error *err)
{
    int64_t version;

    if (look_at(store, STORE_WRITE, &version, err) < 0)
        return -1;
    if (version == 0)
        return make_schema(store, err);
    if (version < STORE_VERSION && migrate(store, err) < 0)
        return -1;
    return schema_views(store, STORE_WRITE, err);
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
    int status;

    *store = NULL;
    if (check_path(path, mode, &is_there, err) < 0)
        return -1;
    made = memory_new(1, sizeof *made);
    made->path = memory_text(path);
    status = connection_open(
        made, mode == STORE_WRITE ? CONNECTION_WRITES : CONNECTION_READS, err);
    if (status == 0)
        status = mode == STORE_WRITE ? open_to_write(made, err)
                                     : open_to_read(made, err);
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
    int code = connection_open_memory(&made->db), status;

    made->path = memory_text("in memory");
    status = code == SQLITE_OK ? make_schema(made, err)
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
    if (!store)
        return;
    connection_close(store);
    free(store->version);
    free(store->path);
    free(store);
}
