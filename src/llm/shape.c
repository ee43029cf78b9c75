/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parts of a shape that several families read alike: heads and key heads, the
 * sizes of a state space, which blocks are of which kind, which of them look
 * only so far back.  Each is checked against the others here, so that what runs
 * the blocks need not.
 */
#include "llm/shape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

void shape_init(struct shape *shape)
{
    *shape = (struct shape){ .embedding_scale = 1,
                             .residual_scale = 1,
                             .experts_scale = 1,
                             .logit_scale = 1 };
    shape->size[SIZE_ONE] = 1;
}

void shape_release(struct shape *shape)
{
    free(shape->local);
    free(shape->kind);
    shape->local = NULL;
    shape->kind = NULL;
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

int shape_read_heads(struct shape *shape, const struct config *config,
                     struct error *err)
{
    uint32_t *size = shape->size, heads, head;

    if (config_size(config, "hidden_size", &size[SIZE_MODEL], err) < 0 ||
        config_size(config, "vocab_size", &size[SIZE_VOCABULARY], err) < 0 ||
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

int shape_read_attention(struct shape *shape, const struct config *config,
                         struct error *err)
{
    if (config_size(config, "num_hidden_layers", &shape->blocks, err) < 0 ||
        config_size(config, "intermediate_size", &shape->size[SIZE_FEED], err) <
            0)
        return -1;
    return shape_read_heads(shape, config, err);
}

int shape_derive_state(struct shape *shape, const struct config *config,
                       struct error *err)
{
    uint64_t heads = shape->size[SIZE_STATE_HEADS];
    uint64_t inner = heads * shape->size[SIZE_STATE_HEAD];
    uint64_t states = (uint64_t)shape->groups * shape->size[SIZE_STATE];

    if (heads % shape->groups != 0 || inner > CONFIG_LARGEST ||
        states > CONFIG_LARGEST)
        return error_set(err, ERROR_DATA,
                         "%s: the state space has %u heads of %u, %u groups "
                         "and %u states; heads must be a multiple of groups, "
                         "and no product over %d",
                         config_path(config), shape->size[SIZE_STATE_HEADS],
                         shape->size[SIZE_STATE_HEAD], shape->groups,
                         shape->size[SIZE_STATE], CONFIG_LARGEST);
    shape->size[SIZE_INNER] = (uint32_t)inner;
    shape->size[SIZE_CHANNELS] = (uint32_t)(inner + 2 * states);
    shape->size[SIZE_PROJECTED] = (uint32_t)(2 * inner + 2 * states + heads);
    return 0;
}

int shape_read_experts_used(struct shape *shape, const struct config *config,
                            uint32_t standard, struct error *err)
{
    const uint32_t experts = shape->size[SIZE_EXPERTS];
    const struct config_range used = { 1, experts, standard };

    if (config_whole_or(config, "num_experts_per_tok", &used,
                        &shape->experts_used, err) < 0)
        return -1;
    if (shape->experts_used > experts)
        return error_set(err, ERROR_DATA,
                         "%s: `num_experts_per_tok` must be there; there are "
                         "%u experts",
                         config_path(config), experts);
    return 0;
}

int shape_read_multiplier(double *value, const struct config *config,
                          const char *key, struct error *err)
{
    if (config_real_or(config, key, 1, value, err) < 0)
        return -1;
    if (!(*value > 0) || !isfinite(*value))
        return error_set(err, ERROR_DATA, "%s: `%s` must be a number above 0",
                         config_path(config), key);
    return 0;
}

int shape_read_step_limit(struct shape *shape, const struct config *config,
                          struct error *err)
{
    if (config_real_or(config, "time_step_limit.0", 0, &shape->step_limit[0],
                       err) < 0)
        return -1;
    return config_real_or(config, "time_step_limit.1", INFINITY,
                          &shape->step_limit[1], err);
}

static int read_kind(uint8_t *kind, const struct config *config,
                     const char *key, const struct kind_word *words,
                     struct error *err)
{
    const char *text = config_text(config, key);
    struct text known;

    for (size_t i = 0; text && words[i].word; i++)
        if (strcmp(words[i].word, text) == 0) {
            *kind = words[i].kind;
            return 0;
        }
    text_init(&known);
    for (size_t i = 0; words[i].word; i++)
        text_addf(&known, "%s%s", i ? ", " : "", words[i].word);
    error_set(err, ERROR_DATA, "%s: `%s` is %.60s; only %s are supported",
              config_path(config), key, text ? text : "no text", known.at);
    text_release(&known);
    return -1;
}

int shape_read_kinds(struct shape *shape, const struct config *config,
                     const char *key, const struct kind_word *words,
                     struct error *err)
{
    size_t count = config_count(config, key);
    char item[60];

    if (shape->blocks == 0 && count <= CONFIG_LARGEST)
        shape->blocks = (uint32_t)count;
    if (count == 0 || count != shape->blocks)
        return error_set(err, ERROR_DATA,
                         "%s: `%s` must be a list of %u kinds, one a block",
                         config_path(config), key, shape->blocks);
    shape->kind = memory_new(shape->blocks, sizeof *shape->kind);
    for (uint32_t i = 0; i < shape->blocks; i++) {
        snprintf(item, sizeof item, "%s.%u", key, i);
        if (read_kind(&shape->kind[i], config, item, words, err) < 0)
            return -1;
    }
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
