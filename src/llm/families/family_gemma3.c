/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gemma 3, the text model: as Gemma 2, with norms of the heads of queries and
 * keys, without caps, and with rotary positions of their own in local blocks,
 * five of six.  Source: transformers, modeling_gemma3.py. */
#include <math.h>

#include "llm/families/family_gemma.h"

const struct family_tensor gemma_tensors[GEMMA_TENSORS] = {
    { .name = "input_layernorm.weight",
      .part = PART_NORM,
      .size = { SIZE_MODEL },
      .plus_one = true },
    { .name = "self_attn.q_proj.weight",
      .part = PART_Q,
      .size = { SIZE_QUERIES, SIZE_MODEL },
      .pruned = true,
      .input = 0 },
    { .name = "self_attn.k_proj.weight",
      .part = PART_K,
      .size = { SIZE_KEYS, SIZE_MODEL },
      .pruned = true,
      .input = 0 },
    { .name = "self_attn.v_proj.weight",
      .part = PART_V,
      .size = { SIZE_KEYS, SIZE_MODEL },
      .pruned = true,
      .input = 0 },
    { .name = "self_attn.o_proj.weight",
      .part = PART_O,
      .size = { SIZE_MODEL, SIZE_QUERIES },
      .pruned = true,
      .input = 1 },
    { .name = "post_attention_layernorm.weight",
      .part = PART_AFTER_NORM,
      .size = { SIZE_MODEL },
      .plus_one = true },
    { .name = "pre_feedforward_layernorm.weight",
      .part = PART_FEED_NORM,
      .size = { SIZE_MODEL },
      .plus_one = true },
    { .name = "mlp.gate_proj.weight",
      .part = PART_GATE,
      .size = { SIZE_FEED, SIZE_MODEL },
      .pruned = true,
      .input = 2 },
    { .name = "mlp.up_proj.weight",
      .part = PART_UP,
      .size = { SIZE_FEED, SIZE_MODEL },
      .pruned = true,
      .input = 2 },
    { .name = "mlp.down_proj.weight",
      .part = PART_DOWN,
      .size = { SIZE_MODEL, SIZE_FEED },
      .pruned = true,
      .input = 3 },
    { .name = "post_feedforward_layernorm.weight",
      .part = PART_AFTER_FEED_NORM,
      .size = { SIZE_MODEL },
      .plus_one = true },
};

static const struct family_tensor norms[] = {
    { .name = "self_attn.q_norm.weight",
      .part = PART_Q_NORM,
      .size = { SIZE_HEAD },
      .plus_one = true },
    { .name = "self_attn.k_norm.weight",
      .part = PART_K_NORM,
      .size = { SIZE_HEAD },
      .plus_one = true },
};

static const struct config_demand demands[] = {
    { "hidden_activation", "\"gelu_pytorch_tanh\"" },
    { "attention_bias", "false" },
    { "use_bidirectional_attention", "false" },
};

int gemma_read_cap(double *cap, const struct config *config, const char *key,
                   double standard, struct error *err)
{
    if (config_is_null(config, key))
        standard = 0;
    if (config_real_or(config, key, standard, cap, err) < 0)
        return -1;
    if (*cap < 0 || !isfinite(*cap) || (*cap == 0 && config_has(config, key)))
        return error_set(err, ERROR_DATA, "%s: `%s` must be a number above 0",
                         config_path(config), key);
    return 0;
}

int gemma_read(struct shape *shape, const struct config *config,
               uint32_t period, struct error *err)
{
    double scalar;

    if (shape_read_attention(shape, config, err) < 0 ||
        config_real_or(config, "rms_norm_eps", 1e-6, &shape->epsilon, err) <
            0 ||
        config_real_or(config, "query_pre_attn_scalar", 256, &scalar, err) <
            0 ||
        config_size_or(config, "sliding_window", 4096, &shape->window, err) <
            0 ||
        config_size_or(config, "sliding_window_pattern", period, &period, err) <
            0 ||
        shape_read_local(shape, config, period, err) < 0)
        return -1;
    if (!(scalar > 0) || !isfinite(scalar))
        return error_set(err, ERROR_DATA,
                         "%s: `query_pre_attn_scalar` must be a number above 0",
                         config_path(config));
    shape->score_scale = 1 / sqrt(scalar);
    shape->embedding_scale = sqrt(shape->size[SIZE_MODEL]);
    shape->activation = ACTIVATION_GELU;
    return config_bool_or(config, "tie_word_embeddings", true, &shape->tied,
                          err);
}

/* New keys have a section for each type of block; old ones scale the global
 * blocks only. */
static int gemma3_read_shape(struct shape *shape, const struct config *config,
                             struct error *err)
{
    bool sections = config_has(config, "rope_parameters");
    struct rope_place global = {
        .section = sections ? "rope_parameters.full_attention" : NULL,
        .theta = "rope_theta",
        .standard = 1000000,
        .head = shape->size[SIZE_HEAD],
    };
    struct rope_place local = {
        .section =
            sections ? "rope_parameters.sliding_attention" : "no section",
        .theta = "rope_local_base_freq",
        .standard = 10000,
    };

    if (gemma_read(shape, config, 6, err) < 0)
        return -1;
    global.head = local.head = shape->size[SIZE_HEAD];
    if (rope_read(&shape->rope, config, &global, err) < 0 ||
        rope_read(&shape->local_rope, config, &local, err) < 0 ||
        gemma_read_cap(&shape->score_cap, config, "attn_logit_softcapping", 0,
                       err) < 0)
        return -1;
    return gemma_read_cap(&shape->logit_cap, config, "final_logit_softcapping",
                          0, err);
}

const struct family family_gemma3 = {
    .type = "gemma3_text",
    .about = "the text model of Gemma 3: norms on heads, local blocks with "
             "positions of their own",
    .prefixes = { "model.", "" },
    .blocks = "layers",
    .embedding = "embed_tokens.weight",
    .norm = "norm.weight",
    .norm_plus_one = true,
    .head = "lm_head.weight",
    .tensors = gemma_tensors,
    .tensor_count = GEMMA_TENSORS,
    .more = norms,
    .more_count = sizeof norms / sizeof norms[0],
    .kinds = { &transformer_block },
    .demands = demands,
    .demand_count = sizeof demands / sizeof demands[0],
    .read = gemma3_read_shape,
};
