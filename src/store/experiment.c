/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Experiments, and the points that they ask for. */
#include <math.h>

#include "store/database.h"
#include "store/store.h"

int store_put_experiment(struct store *store,
                         const struct store_experiment *experiment,
                         struct error *err)
{
    return database_change(
        store, err,
        "INSERT INTO experiments (experiment, name, kind, points, text)"
        " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (experiment) DO NOTHING",
        "tttit", experiment->hash, experiment->name,
        experiment->explores ? "explore" : "sweep",
        database_integer(experiment->points), experiment->text);
}

int store_put_point(struct store *store, const struct store_point *point,
                    struct error *err)
{
    return database_change(
        store, err,
        "INSERT INTO experiment_points (experiment, point, trace_hash,"
        " machine_hash, settings) VALUES (?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT (experiment, point) DO NOTHING",
        "tittt", point->experiment, database_integer(point->number),
        point->trace, point->machine, point->settings);
}

int store_plan_perplexity(struct store *store, const char *plan,
                          double *perplexity, struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err,
                        "SELECT perplexity FROM v_perplexity"
                        " WHERE plan_hash = ?1 AND perplexity IS NOT NULL",
                        "t", plan) < 0)
        return -1;
    *perplexity = row ? sqlite3_column_double(row, 0) : NAN;
    if (row)
        sqlite3_reset(row);
    return 0;
}

int store_machine_area(struct store *store, const char *machine, double *area,
                       struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err,
                        "SELECT coalesce(sum(components * area_um2), 0) / 1e6"
                        " FROM machine_parts JOIN costs USING (component)"
                        " WHERE machine_hash = ?1 AND use = 'area'"
                        " AND cost_table = 'base'",
                        "t", machine) < 0)
        return -1;
    *area = sqlite3_column_double(row, 0);
    sqlite3_reset(row);
    return 0;
}

int store_run_energy(struct store *store, const char *run, double *energy,
                     struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err,
                        "SELECT energy_nj FROM v_energy"
                        " WHERE run = ?1 AND cost_table = 'base'",
                        "t", run) < 0)
        return -1;
    if (!row)
        return error_set(err, ERROR_DATA, "run %s has no energy", run);
    *energy = sqlite3_column_double(row, 0);
    sqlite3_reset(row);
    return 0;
}
