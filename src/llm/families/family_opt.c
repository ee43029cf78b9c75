/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OPT: layer norms, learnt positions (the table begins with two rows that no
 * token has), biases, relu.  The 350m model, which norms last and projects its
 * embedding, is refused.  Source: transformers, modeling_opt.py. */
#include "llm/families/family.h"

static const struct family_tensor tensors[] = {
    { .name = "self_attn.k_proj.weight",
      .part = PART_K,
      .size = { SIZE_KEYS, SIZE_MODEL },
      .pruned = true,
      .input = 0 },
    { .name = "self_attn.k_proj.bias",
      .part = PART_K_BIAS,
      .size = { SIZE_KEYS } },
    { .name = "self_attn.v_proj.weight",
      .part = PART_V,
      .size = { SIZE_KEYS, SIZE_MODEL },
      .pruned = true,
      .input = 0 },
    { .name = "self_attn.v_proj.bias",
      .part = PART_V_BIAS,
      .size = { SIZE_KEYS } },
    { .name = "self_attn.q_proj.weight",
      .part = PART_Q,
      .size = { SIZE_QUERIES, SIZE_MODEL },
      .pruned = true,
      .input = 0 },
    { .name = "self_attn.q_proj.bias",
      .part = PART_Q_BIAS,
      .size = { SIZE_QUERIES } },
    { .name = "self_attn.out_proj.weight",
      .part = PART_O,
      .size = { SIZE_MODEL, SIZE_QUERIES },
      .pruned = true,
      .input = 1 },
    { .name = "self_attn.out_proj.bias",
      .part = PART_O_BIAS,
      .size = { SIZE_MODEL } },
    { .name = "self_attn_layer_norm.weight",
      .part = PART_NORM,
      .size = { SIZE_MODEL } },
    { .name = "self_attn_layer_norm.bias",
      .part = PART_NORM_BIAS,
      .size = { SIZE_MODEL } },
    { .name = "fc1.weight",
      .part = PART_UP,
      .size = { SIZE_FEED, SIZE_MODEL },
      .pruned = true,
      .input = 2 },
    { .name = "fc1.bias", .part = PART_UP_BIAS, .size = { SIZE_FEED } },
    { .name = "fc2.weight",
      .part = PART_DOWN,
      .size = { SIZE_MODEL, SIZE_FEED },
      .pruned = true,
      .input = 3 },
    { .name = "fc2.bias", .part = PART_DOWN_BIAS, .size = { SIZE_MODEL } },
    { .name = "final_layer_norm.weight",
      .part = PART_FEED_NORM,
      .size = { SIZE_MODEL } },
    { .name = "final_layer_norm.bias",
      .part = PART_FEED_NORM_BIAS,
      .size = { SIZE_MODEL } },
};

static const struct config_demand demands[] = {
    { "activation_function", "\"relu\"" },
    { "do_layer_norm_before", "true" },
    { "_remove_final_layer_norm", "false" },
    { "enable_bias", "true" },
    { "layer_norm_elementwise_affine", "true" },
};

static int opt_derive(struct shape *shape, const struct config *config,
                      uint32_t projected, struct error *err)
{
    uint32_t *size = shape->size, heads = size[SIZE_HEADS];

    if (size[SIZE_MODEL] % heads != 0)
        return error_set(err, ERROR_DATA,
                         "%s: `hidden_size` must be a multiple of "
                         "`num_attention_heads`",
                         config_path(config));
    if (projected != size[SIZE_MODEL])
        return error_set(err, ERROR_DATA,
                         "%s: `word_embed_proj_dim` is %u; only `hidden_size` "
                         "(%u) is supported",
                         config_path(config), projected, size[SIZE_MODEL]);
    shape->key_heads = heads;
    size[SIZE_HEAD] = size[SIZE_MODEL] / heads;
    size[SIZE_QUERIES] = size[SIZE_KEYS] = size[SIZE_MODEL];
    shape->activation = ACTIVATION_RELU;
    shape->epsilon = 1e-5;
    shape->first_position = 2;
    size[SIZE_POSITIONS] = shape->longest + shape->first_position;
    return 0;
}

static int opt_read_shape(struct shape *shape, const struct config *config,
                          struct error *err)
{
    uint32_t *size = shape->size, projected;

    if (config_size(config, "hidden_size", &size[SIZE_MODEL], err) < 0 ||
        config_size(config, "vocab_size", &size[SIZE_VOCABULARY], err) < 0 ||
        config_size(config, "num_hidden_layers", &shape->blocks, err) < 0 ||
        config_size(config, "num_attention_heads", &size[SIZE_HEADS], err) <
            0 ||
        config_size(config, "ffn_dim", &size[SIZE_FEED], err) < 0 ||
        config_size(config, "max_position_embeddings", &shape->longest, err) <
            0 ||
        config_size_or(config, "word_embed_proj_dim", size[SIZE_MODEL],
                       &projected, err) < 0 ||
        config_bool_or(config, "tie_word_embeddings", true, &shape->tied, err) <
            0)
        return -1;
    return opt_derive(shape, config, projected, err);
}

const struct family family_opt = {
    .type = "opt",
    .about = "layer norms, learnt positions, biases, relu",
    .prefixes = { "model.decoder.", "decoder." },
    .blocks = "layers",
    .embedding = "embed_tokens.weight",
    .positions = "embed_positions.weight",
    .norm = "final_layer_norm.weight",
    .norm_bias = "final_layer_norm.bias",
    .head = "lm_head.weight",
    .tensors = tensors,
    .tensor_count = sizeof tensors / sizeof tensors[0],
    .kinds = { &transformer_block },
    .demands = demands,
    .demand_count = sizeof demands / sizeof demands[0],
    .read = opt_read_shape,
};
