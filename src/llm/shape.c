/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void shape_init(struct shape *shape)
{
    *shape = (struct shape){ .embedding_scale = 1 };
    shape->size[SIZE_ONE] = 1;
}

void shape_release(struct shape *shape)
{
    free(shape->local);
    shape->local = NULL;
}

/* Heads must share key heads evenly, and rotary positions turn pairs. */
static int check_heads(const struct shape *shape, const struct config *config,
                       uint32_t head, struct error *err)
{
    uint32_t heads = shape->size[SIZE_HEADS];

    if (heads % shape->key_heads != 0)
        return error_set(err, ERROR_DATA,
                         "%s: `num_attention_heads` must be a multiple of "
                         "`num_key_value_heads`",
                         config_path(config));
    if (head == 0 || head % 2 != 0 || (uint64_t)head * heads > CONFIG_LARGEST)
        return error_set(err, ERROR_DATA,
                         "%s: `head_dim` (or `hidden_size` / "
                         "`num_attention_heads`) must be even",
                         config_path(config));
    return 0;
}

int shape_read_attention(struct shape *shape, const struct config *config,
                         struct error *err)
{
    uint32_t *size = shape->size, heads, head;

    if (config_size(config, "hidden_size", &size[SIZE_MODEL], err) < 0 ||
        config_size(config, "vocab_size", &size[SIZE_VOCABULARY], err) < 0 ||
        config_size(config, "num_hidden_layers", &shape->blocks, err) < 0 ||
        config_size(config, "intermediate_size", &size[SIZE_FEED], err) < 0 ||
        config_size(config, "num_attention_heads", &heads, err) < 0 ||
        config_size_or(config, "num_key_value_heads", heads, &shape->key_heads,
                       err) < 0 ||
        config_size_or(config, "head_dim", size[SIZE_MODEL] / heads, &head,
                       err) < 0 ||
        config_size_or(config, "max_position_embeddings", 0, &shape->trained,
                       err) < 0)
        return -1;
    size[SIZE_HEADS] = heads;
    if (check_heads(shape, config, head, err) < 0)
        return -1;
    size[SIZE_HEAD] = head;
    size[SIZE_QUERIES] = heads * head;
    size[SIZE_KEYS] = shape->key_heads * head;
    return 0;
}

int shape_read_local(struct shape *shape, const struct config *config,
                     uint32_t period, struct error *err)
{
    size_t count = config_count(config, "layer_types");
    char key[40];

    if (config_has(config, "layer_types") && count != shape->blocks)
        return error_set(err, ERROR_DATA,
                         "%s: `layer_types` must be a list of %u types, one a "
                         "block",
                         config_path(config), shape->blocks);
    shape->local = memory_new(shape->blocks, sizeof *shape->local);
    for (uint32_t i = 0; i < shape->blocks; i++) {
        const char *type = i < count ? "no text" : NULL;

        snprintf(key, sizeof key, "layer_types.%u", i);
        if (i < count && config_text(config, key))
            type = config_text(config, key);
        shape->local[i] = type ? strcmp(type, "sliding_attention") == 0
                               : period > 0 && (i + 1) % period != 0;
        if (type && !shape->local[i] && strcmp(type, "full_attention") != 0)
            return error_set(err, ERROR_DATA,
                             "%s: `%s` is %.60s; only sliding_attention and "
                             "full_attention are supported",
                             config_path(config), key, type);
    }
    return 0;
}

int shape_read_window(struct shape *shape, const struct config *config,
                      struct error *err)
{
    if (!config_has(config, "sliding_window"))
        return 0;
    if (config_size(config, "sliding_window", &shape->window, err) < 0)
        return -1;
    shape->local = memory_new(shape->blocks, sizeof *shape->local);
    for (uint32_t i = 0; i < shape->blocks; i++)
        shape->local[i] = true;
    return 0;
}
