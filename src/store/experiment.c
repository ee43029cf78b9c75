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
        " VALUES (:experiment, :name, :kind, :points, :text) ON CONFLICT "
        "(experiment) DO NOTHING",
        NAMED(named_text(":experiment", experiment->hash),
              named_text(":name", experiment->name),
              named_text(":kind", experiment->explores ? "explore" : "sweep"),
              named_count(":points", experiment->points),
              named_text(":text", experiment->text)));
}

int store_put_point(struct store *store, const struct store_point *point,
                    struct error *err)
{
    return database_change(
        store, err,
        "INSERT INTO experiment_points (experiment, point, trace_hash,"
        " machine_hash, settings) VALUES (:experiment, :point, :trace_hash, "
        ":machine_hash, :settings)"
        " ON CONFLICT (experiment, point) DO NOTHING",
        NAMED(named_text(":experiment", point->experiment),
              named_count(":point", point->number),
              named_text(":trace_hash", point->trace),
              named_text(":machine_hash", point->machine),
              named_text(":settings", point->settings)));
}
