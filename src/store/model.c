/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models, or lists of shapes, with their layers. */
#include "store/database.h"
#include "store/store.h"

static int put_layers(struct store *store, const struct store_model *model,
                      struct error *err)
{
    for (size_t i = 0; i < model->count; i++) {
        const struct layer_shape *layer = &model->layers[i];

        if (database_change(store, err,
                            "INSERT INTO layers (model_hash, layer, name,"
                            " decoder_block, inputs, outputs)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
                            " ON CONFLICT DO NOTHING",
                            "titiii", model->hash, (int64_t)i, layer->name,
                            (int64_t)layer->block, (int64_t)layer->inputs,
                            (int64_t)layer->outputs) < 0)
            return -1;
    }
    return 0;
}

int store_put_model(struct store *store, const struct store_model *model,
                    struct error *err)
{
    uint32_t blocks = 0;
    int status;

    for (size_t i = 0; i < model->count; i++)
        if (model->layers[i].block >= blocks)
            blocks = model->layers[i].block + 1;
    if (store_begin(store, err) < 0)
        return -1;
    status = database_change(
        store, err,
        "INSERT INTO models (model_hash, name, family, decoder_blocks)"
        " VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (model_hash) DO UPDATE SET family = excluded.family"
        " WHERE family IS NULL",
        "ttti", model->hash, model->name, model->family, (int64_t)blocks);
    if (status == 0)
        status = put_layers(store, model, err);
    return database_finish(store, status, err);
}
