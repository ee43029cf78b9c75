/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans with the patterns of their layers. */
#include <jansson.h>
#include <stdlib.h>

#include "base/memory.h"
#include "store/database.h"
#include "store/store.h"
#include "trace/plan.h"

static int put_model_of_plan(struct store *store, const struct plan *plan,
                             struct error *err)
{
    struct layer_shape *layers = memory_new(plan->layers, sizeof *layers);
    struct store_model model = { plan->checkpoint, plan->model, NULL, layers,
                                 plan->layers };
    int status;

    for (size_t i = 0; i < plan->layers; i++)
        layers[i] = plan->layer[i].shape;
    status = store_put_model(store, &model, err);
    free(layers);
    return status;
}

static int put_plan_row(struct store *store, const struct plan *plan,
                        const char *hash, struct error *err)
{
    char *text = plan_text(plan);
    char *parameters =
        json_dumps(plan->parameters, JSON_SORT_KEYS | JSON_COMPACT);
    int status;

    if (!parameters)
        memory_exhausted(0);
    status = database_change(
        store, err,
        "INSERT INTO plans (plan_hash, model_hash, trace_hash, method,"
        " parameters, mask_score, weight_update, agreement, sparsity_asked,"
        " sparsity_reached, text)"
        " VALUES (:plan_hash, :model_hash, :trace_hash, :method, :parameters, "
        ":mask_score, :weight_update, :agreement, :sparsity_asked, "
        ":sparsity_reached, :text)"
        " ON CONFLICT (plan_hash) DO NOTHING",
        NAMED(named_text(":plan_hash", hash),
              named_text(":model_hash", plan->checkpoint),
              named_text(":trace_hash", plan->trace),
              named_text(":method", plan->method),
              named_text(":parameters", parameters),
              named_text(":mask_score", score_names[plan->score]),
              named_text(":weight_update", update_names[plan->update]),
              named_integer(":agreement", plan->agreement),
              named_real(":sparsity_asked", plan->asked),
              named_real(":sparsity_reached", plan->reached),
              named_text(":text", text)));
    free(parameters);
    free(text);
    return status;
}

static int put_plan_layer(struct store *store, const struct plan *plan,
                          const struct plan_layer *layer, const char *hash,
                          struct error *err)
{
    sqlite3_stmt *row;

    if (database_select(store, &row, err,
                        "SELECT layer FROM layers"
                        " WHERE model_hash = :model_hash AND name = :name",
                        NAMED(named_text(":model_hash", plan->checkpoint),
                              named_text(":name", layer->shape.name))) < 0)
        return -1;
    if (!row)
        return error_set(err, ERROR_DATA,
                         "%s: the plan has a layer %s, which model %s does "
                         "not have there",
                         store->path, layer->shape.name, plan->model);
    int64_t number = sqlite3_column_int64(row, 0);
    sqlite3_reset(row);
    return database_change(
        store, err,
        "INSERT INTO plan_layers (plan_hash, model_hash,"
        " layer, n, m, score, reason)"
        " VALUES (:plan_hash, :model_hash, :layer, :n, :m, :score, :reason)"
        " ON CONFLICT (plan_hash, layer) DO NOTHING",
        NAMED(named_text(":plan_hash", hash),
              named_text(":model_hash", plan->checkpoint),
              named_integer(":layer", number),
              named_integer(":n", layer->pattern.n),
              named_integer(":m", layer->pattern.m),
              named_real(":score", layer->score),
              named_text(":reason", layer->reason)));
}

int store_put_plan(struct store *store, const struct plan *plan,
                   struct error *err)
{
    char hash[HASH_TEXT];
    int status;

    plan_hash(plan, hash);
    if (store_begin(store, err) < 0)
        return -1;
    status = put_model_of_plan(store, plan, err);
    if (status == 0)
        status = put_plan_row(store, plan, hash, err);
    for (size_t i = 0; i < plan->layers && status == 0; i++)
        status = put_plan_layer(store, plan, &plan->layer[i], hash, err);
    return database_finish(store, status, err);
}
