/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/migrate.h"

#include <assert.h>
#include <stdio.h>

#include "store/connection.h"
#include "store/database.h"
#include "store/schema.h"
#include "store/shipped.h"

static int check_references(struct store *store, struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err, "PRAGMA foreign_key_check", NULL) < 0)
        return -1;
    if (!row)
        return 0;
    sqlite3_reset(row);
    return error_set(err, ERROR_DATA,
                     "%s: damaged: a row refers to one that is not there",
                     store->path);
}

/* The migrations are right, so what one does not take is the rows' trouble. */
static int migrate_refused(const struct store *store, int64_t version,
                           struct error *err)
{
    if (err->kind != ERROR_INTERNAL)
        return -1;
    err->kind = ERROR_DATA;
    return error_prefix(err, "%s: its rows cannot become version %lld: ",
                        store->path, (long long)version);
}

/* A table of the user's began as a copy of `base`: what has come into that
 * since would have no price in it, and a part without a price is in no sum. */
static const char complete_costs[] =
    "INSERT INTO costs SELECT t.cost_table, c.component, c.class, c.action,"
    " c.energy_fj, c.area_um2, c.delay_ps, c.leakage_nw, c.energy_least,"
    " c.energy_most, c.leakage_least, c.leakage_most, c.device, c.kelvin,"
    " c.node_nm, c.voltage_v, 'as in base', c.sure"
    " FROM (SELECT DISTINCT cost_table FROM costs) AS t"
    " JOIN costs AS c ON c.cost_table = 'base'"
    " WHERE NOT EXISTS (SELECT 1 FROM costs AS own"
    " WHERE own.cost_table = t.cost_table AND own.component = c.component)";

static int run_migrations(struct store *store, struct error *err)
{
    char set_version[] = "PRAGMA user_version = 0000000000";
    int64_t version;

    /* Another process may have done it while this one waited. */
    if (database_number(store, "PRAGMA user_version", &version, err) < 0)
        return -1;
    if (version >= STORE_VERSION)
        return 0;
    assert(shipped_migration_count == STORE_VERSION && version >= 1);
    /* A table that is renamed is looked for in every view, and a view of the
     * file's may be anything: views go first, and are made anew at the end. */
    if (schema_drop_views(store, err) < 0)
        return -1;
    for (; version < STORE_VERSION; version++)
        if (database_script(store, shipped_migrations[version], err) < 0)
            return migrate_refused(store, version + 1, err);
    snprintf(set_version, sizeof set_version, "PRAGMA user_version = %d",
             STORE_VERSION);
    if (database_script(store, shipped_views, err) < 0 ||
        database_script(store, shipped_costs, err) < 0 ||
        database_script(store, complete_costs, err) < 0 ||
        check_references(store, err) < 0)
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
    int code = connection_open_memory(&copy);

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
