/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces, and what the bits of their layers do. */
#include "store/database.h"
#include "store/store.h"

static int put_pattern(struct store *store, const struct store_trace *trace,
                       size_t layer, struct error *err)
{
    return database_change(
        store, err,
        "INSERT INTO list_layers (trace_hash, model_hash, layer, n, m)"
        " VALUES (:trace_hash, :model_hash, :layer, :n, :m)"
        " ON CONFLICT (trace_hash, layer) DO NOTHING",
        NAMED(named_text(":trace_hash", trace->hash),
              named_text(":model_hash", trace->model),
              named_integer(":layer", (int64_t)layer),
              named_integer(":n", trace->patterns[layer].n),
              named_integer(":m", trace->patterns[layer].m)));
}

int store_put_trace(struct store *store, const struct store_trace *trace,
                    struct error *err)
{
    static const char *const kinds[] = { "recorded", "sparse", "shapes" };
    int status = database_change(
        store, err,
        "INSERT INTO traces (trace_hash, model_hash, plan_hash, kind,"
        " tokens_hash, path) VALUES (:trace_hash, :model_hash, :plan_hash, "
        ":kind, :tokens_hash, :path)"
        " ON CONFLICT (trace_hash) DO UPDATE SET path = excluded.path",
        NAMED(named_text(":trace_hash", trace->hash),
              named_text(":model_hash", trace->model),
              named_text(":plan_hash", trace->plan),
              named_text(":kind", kinds[trace->kind]),
              named_text(":tokens_hash", trace->tokens),
              named_text(":path", trace->path)));

    for (size_t i = 0; status == 0 && i < trace->count; i++)
        status = put_pattern(store, trace, i, err);
    return status;
}

int store_put_activity(struct store *store,
                       const struct store_activity *activity, struct error *err)
{
    return database_change(
        store, err,
        "INSERT INTO layer_activities (trace_hash, model_hash, layer,"
        " input_toggle, input_zeros, weight_ones, weight_zeros, origin)"
        " SELECT trace_hash, model_hash, layer, :input_toggle, :input_zeros, "
        ":weight_ones, :weight_zeros, :origin"
        " FROM traces JOIN layers USING (model_hash)"
        " WHERE trace_hash = :trace_hash AND layers.name = :name"
        " ON CONFLICT (trace_hash, layer) DO NOTHING",
        NAMED(named_text(":trace_hash", activity->trace),
              named_text(":name", activity->layer),
              named_real(":input_toggle", activity->input_toggle),
              named_real(":input_zeros", activity->input_zeros),
              named_real(":weight_ones", activity->weight_ones),
              named_real(":weight_zeros", activity->weight_zeros),
              named_text(":origin",
                         activity->assumed ? "assumed" : "counted")));
}
