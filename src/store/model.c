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
                            " VALUES (:model_hash, :layer, :name, "
                            ":decoder_block, :inputs, :outputs)"
                            " ON CONFLICT DO NOTHING",
                            NAMED(named_text(":model_hash", model->hash),
                                  named_count(":layer", i),
                                  named_text(":name", layer->name),
                                  named_integer(":decoder_block", layer->block),
                                  named_integer(":inputs", layer->inputs),
                                  named_integer(":outputs", layer->outputs))) <
            0)
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
        " VALUES (:model_hash, :name, :family, :decoder_blocks)"
        " ON CONFLICT (model_hash) DO UPDATE SET family = excluded.family"
        " WHERE family IS NULL",
        NAMED(named_text(":model_hash", model->hash),
              named_text(":name", model->name),
              named_text(":family", model->family),
              named_integer(":decoder_blocks", blocks)));
    if (status == 0)
        status = put_layers(store, model, err);
    return database_finish(store, status, err);
}
