/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/migrate.h"

#include <assert.h>
#include <stdio.h>

#include "base/text.h"
#include "store/database.h"
#include "store/shipped.h"

static int read_version(struct store *store, int64_t *version,
                        struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err, "PRAGMA user_version", "") < 0)
        return -1;
    *version = sqlite3_column_int64(row, 0);
    sqlite3_reset(row);
    return 0;
}

static int add_drop(void *context, int columns, char **values, char **names)
{
    (void)columns, (void)names;
    text_addf(context, "DROP VIEW %s;", values[0]);
    return 0;
}

static int remake_views(struct store *store, struct error *err)
{
    struct text drops;
    int code, status;

    text_init(&drops);
    code = sqlite3_exec(store->db,
                        "SELECT name FROM sqlite_schema WHERE type = 'view'",
                        add_drop, &drops, NULL);
    status = code == SQLITE_OK ? database_script(store, drops.at, err)
                               : database_error(store, code, err);
    text_release(&drops);
    if (status == 0)
        status = database_script(store, shipped_views, err);
    return status == 0 ? database_script(store, shipped_costs, err) : -1;
}

static int check_references(struct store *store, struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err, "PRAGMA foreign_key_check", "") < 0)
        return -1;
    if (!row)
        return 0;
    sqlite3_reset(row);
    return error_set(err, ERROR_DATA,
                     "%s: damaged: a row refers to one that is not there",
                     store->path);
}

static int run_migrations(struct store *store, struct error *err)
{
    char set_version[] = "PRAGMA user_version = 0000000000";
    int64_t version;

    /* Another process may have done it while this one waited. */
    if (read_version(store, &version, err) < 0)
        return -1;
    if (version >= STORE_VERSION)
        return 0;
    assert(shipped_migration_count == STORE_VERSION - 1 && version >= 1);
    for (; version < STORE_VERSION; version++)
        if (database_script(store, shipped_migrations[version - 1], err) < 0)
            return -1;
    snprintf(set_version, sizeof set_version, "PRAGMA user_version = %d",
             STORE_VERSION);
    if (remake_views(store, err) < 0 || check_references(store, err) < 0)
        return -1;
    return database_script(store, set_version, err);
}

int migrate(struct store *store, struct error *err)
{
    int status;

    /* A table that others refer to may be made anew; what they refer to is
     * checked before the end. */
    if (database_script(store, "PRAGMA foreign_keys = OFF", err) < 0 ||
        store_begin(store, err) < 0)
        return -1;
    status = database_finish(store, run_migrations(store, err), err);
    if (status == 0)
        status = database_script(store, "PRAGMA foreign_keys = ON", err);
    return status;
}

static int copy_to_memory(struct store *store, struct error *err)
{
    sqlite3_backup *backup;
    sqlite3 *copy;
    int code = sqlite3_open(":memory:", &copy);

    if (code == SQLITE_OK) {
        backup = sqlite3_backup_init(copy, "main", store->db, "main");
        code = backup ? sqlite3_backup_step(backup, -1) : SQLITE_ERROR;
        sqlite3_backup_finish(backup);
    }
    if (code != SQLITE_DONE) {
        sqlite3_close(copy);
        return database_error(store, code, err);
    }
    database_forget(store);
    sqlite3_close(store->db);
    store->db = copy;
    return 0;
}

int migrate_copy(struct store *store, struct error *err)
{
    if (copy_to_memory(store, err) < 0)
        return -1;
    return migrate(store, err);
}
