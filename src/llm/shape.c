/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/shape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const rope_keys[] = { "rope_theta",
                                         "rope_type",
                                         "type",
                                         "factor",
                                         "low_freq_factor",
                                         "high_freq_factor",
                                         "original_max_position_embeddings",
                                         "partial_rotary_factor",
                                         NULL };

static int read_part(const struct config *config, const char *section,
                     const char *key, double standard, double *value,
                     struct error *err)
{
    char path[100];

    snprintf(path, sizeof path, "%s.%s", section, key);
    if (config_real_or(config, path, standard, value, err) < 0)
        return -1;
    if (!(*value > 0) || !isfinite(*value))
        return error_set(err, ERROR_DATA, "%s: `%s` must be a number above 0%s",
                         config_path(config), path,
                         config_has(config, path) ? "" : "; it is missing");
    return 0;
}

static int read_type(enum rope_scaling *scaling, const struct config *config,
                     const char *section, struct error *err)
{
    static const char *const names[] = { "default", "linear", "llama3" };
    const char *type;
    char path[100];

    snprintf(path, sizeof path, "%s.rope_type", section);
    if (!config_has(config, path))
        snprintf(path, sizeof path, "%s.type", section);
    type = config_has(config, path) ? config_text(config, path) : names[0];
    for (unsigned i = 0; type && i < 3; i++)
        if (strcmp(type, names[i]) == 0) {
            *scaling = (enum rope_scaling)i;
            return 0;
        }
    return error_set(err, ERROR_DATA,
                     "%s: `%s` is %.40s; only default, linear and llama3 are "
                     "supported",
                     config_path(config), path, type ? type : "no text");
}

int shape_read_rope(struct rope *rope, const struct config *config,
                    struct error *err)
{
    const char *section = config_has(config, "rope_parameters")
                              ? "rope_parameters"
                              : "rope_scaling";
    double theta, part;

    rope->used = true;
    if (config_has(config, "rope_parameters") &&
        config_has(config, "rope_scaling"))
        return error_set(err, ERROR_DATA,
                         "%s: `rope_scaling` stands beside `rope_parameters`; "
                         "only one of them was expected",
                         config_path(config));
    if (config_only(config, section, rope_keys, err) < 0 ||
        read_type(&rope->scaling, config, section, err) < 0 ||
        config_real_or(config, "rope_theta", 10000, &theta, err) < 0 ||
        read_part(config, section, "rope_theta", theta, &rope->theta, err) <
            0 ||
        config_real_or(config, "partial_rotary_factor", 1, &part, err) < 0 ||
        read_part(config, section, "partial_rotary_factor", part, &part, err) <
            0)
        return -1;
    if (part < 1 || part > 1)
        return error_set(err, ERROR_DATA,
                         "%s: `partial_rotary_factor` is %g; only 1 is "
                         "supported",
                         config_path(config), part);
    if (rope->scaling != ROPE_PLAIN &&
        read_part(config, section, "factor", NAN, &rope->factor, err) < 0)
        return -1;
    if (rope->scaling != ROPE_LLAMA3)
        return 0;
    if (read_part(config, section, "low_freq_factor", NAN, &rope->low, err) <
            0 ||
        read_part(config, section, "high_freq_factor", NAN, &rope->high, err) <
            0 ||
        read_part(config, section, "original_max_position_embeddings", NAN,
                  &rope->original, err) < 0)
        return -1;
    if (!(rope->low < rope->high))
        return error_set(err, ERROR_DATA,
                         "%s: `%s.low_freq_factor` must be below "
                         "high_freq_factor",
                         config_path(config), section);
    return 0;
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
    return shape_read_rope(&shape->rope, config, err);
}

/*
 * Llama 3.1: wavelengths shorter than original / high stay, those longer than
 * original / low are stretched by `factor`, those between are a mixture.
 * Source: transformers, modeling_rope_utils.py, _compute_llama3_parameters.
 */
static double llama3(double frequency, const struct rope *rope)
{
    double turns = rope->original * frequency / (2 * 3.14159265358979323846);
    double share = (turns - rope->low) / (rope->high - rope->low);

    if (turns < rope->low)
        return frequency / rope->factor;
    if (turns > rope->high)
        return frequency;
    return (1 - share) * frequency / rope->factor + share * frequency;
}

void shape_rope_frequencies(double *frequencies, const struct rope *rope,
                            uint32_t head)
{
    for (uint32_t i = 0; i < head / 2; i++) {
        double frequency = pow(rope->theta, -2.0 * i / head);

        if (rope->scaling == ROPE_LINEAR)
            frequency /= rope->factor;
        else if (rope->scaling == ROPE_LLAMA3)
            frequency = llama3(frequency, rope);
        frequencies[i] = frequency;
    }
}
