/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces, and what the bits of their layers do. */
#include "store/database.h"
#include "store/store.h"

int store_put_trace(struct store *store, const struct store_trace *trace,
                    struct error *err)
{
    static const char *const kinds[] = { "recorded", "sparse", "shapes" };

    return database_change(
        store, err,
        "INSERT INTO traces (trace_hash, model_hash, plan_hash, kind,"
        " tokens_hash, path) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT (trace_hash) DO UPDATE SET path = excluded.path",
        "tttttt", trace->hash, trace->model, trace->plan, kinds[trace->kind],
        trace->tokens, trace->path);
}

int store_put_activity(struct store *store,
                       const struct store_activity *activity, struct error *err)
{
    return database_change(
        store, err,
        "INSERT INTO layer_activities (trace_hash, model_hash, layer,"
        " input_toggle, input_zeros, weight_ones, weight_zeros, origin)"
        " SELECT trace_hash, model_hash, layer, ?3, ?4, ?5, ?6, ?7"
        " FROM traces JOIN layers USING (model_hash)"
        " WHERE trace_hash = ?1 AND layers.name = ?2"
        " ON CONFLICT (trace_hash, layer) DO NOTHING",
        "ttrrrrt", activity->trace, activity->layer, activity->input_toggle,
        activity->input_zeros, activity->weight_ones, activity->weight_zeros,
        activity->assumed ? "assumed" : "counted");
}
