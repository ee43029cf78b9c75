/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Experiments, and the points that they ask for. */
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
