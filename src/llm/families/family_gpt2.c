/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GPT-2: layer norms, learnt positions, one map for queries, keys and values,
 * gelu in its tanh form.  Its linear maps are stored [inputs][outputs]
 * (Conv1D). Source: transformers, modeling_gpt2.py. */
#include "llm/families/family.h"

static const struct family_tensor tensors[] = {
    { .name = "ln_1.weight", .part = PART_NORM, .size = { SIZE_MODEL } },
    { .name = "ln_1.bias", .part = PART_NORM_BIAS, .size = { SIZE_MODEL } },
    { .name = "attn.c_attn.weight",
      .part = PART_QKV,
      .size = { SIZE_MODEL, SIZE_FUSED },
      .transposed = true,
      .pruned = true,
      .input = 0 },
    { .name = "attn.c_attn.bias",
      .part = PART_QKV_BIAS,
      .size = { SIZE_FUSED } },
    { .name = "attn.c_proj.weight",
      .part = PART_O,
      .size = { SIZE_QUERIES, SIZE_MODEL },
      .transposed = true,
      .pruned = true,
      .input = 1 },
    { .name = "attn.c_proj.bias", .part = PART_O_BIAS, .size = { SIZE_MODEL } },
    { .name = "ln_2.weight", .part = PART_FEED_NORM, .size = { SIZE_MODEL } },
    { .name = "ln_2.bias",
      .part = PART_FEED_NORM_BIAS,
      .size = { SIZE_MODEL } },
    { .name = "mlp.c_fc.weight",
      .part = PART_UP,
      .size = { SIZE_MODEL, SIZE_FEED },
      .transposed = true,
      .pruned = true,
      .input = 2 },
    { .name = "mlp.c_fc.bias", .part = PART_UP_BIAS, .size = { SIZE_FEED } },
    { .name = "mlp.c_proj.weight",
      .part = PART_DOWN,
      .size = { SIZE_FEED, SIZE_MODEL },
      .transposed = true,
      .pruned = true,
      .input = 3 },
    { .name = "mlp.c_proj.bias",
      .part = PART_DOWN_BIAS,
      .size = { SIZE_MODEL } },
};

static const struct config_demand demands[] = {
    { "activation_function", "\"gelu_new\"" },
    { "scale_attn_weights", "true" },
    { "scale_attn_by_inverse_layer_idx", "false" },
    { "add_cross_attention", "false" },
};

static int gpt2_read_shape(struct shape *shape, const struct config *config,
                           struct error *err)
{
    uint32_t *size = shape->size;

    if (config_size(config, "n_embd", &size[SIZE_MODEL], err) < 0 ||
        config_size(config, "vocab_size", &size[SIZE_VOCABULARY], err) < 0 ||
        config_size(config, "n_layer", &shape->blocks, err) < 0 ||
        config_size(config, "n_head", &size[SIZE_HEADS], err) < 0 ||
        config_size(config, "n_positions", &size[SIZE_POSITIONS], err) < 0 ||
        config_size_or(config, "n_inner", 4 * size[SIZE_MODEL],
                       &size[SIZE_FEED], err) < 0 ||
        config_real_or(config, "layer_norm_epsilon", 1e-5, &shape->epsilon,
                       err) < 0 ||
        config_bool_or(config, "tie_word_embeddings", true, &shape->tied, err) <
            0)
        return -1;
    if (size[SIZE_MODEL] % size[SIZE_HEADS] != 0)
        return error_set(err, ERROR_DATA,
                         "%s: `n_embd` must be a multiple of `n_head`",
                         config_path(config));
    shape->key_heads = size[SIZE_HEADS];
    shape->longest = size[SIZE_POSITIONS];
    shape->activation = ACTIVATION_GELU;
    size[SIZE_HEAD] = size[SIZE_MODEL] / size[SIZE_HEADS];
    size[SIZE_QUERIES] = size[SIZE_KEYS] = size[SIZE_MODEL];
    size[SIZE_FUSED] = 3 * size[SIZE_MODEL];
    return 0;
}

const struct family family_gpt2 = {
    .type = "gpt2",
    .about = "layer norms, learnt positions, one map for queries, keys, "
             "values, gelu",
    .prefixes = { "transformer.", "" },
    .blocks = "h",
    .embedding = "wte.weight",
    .positions = "wpe.weight",
    .norm = "ln_f.weight",
    .norm_bias = "ln_f.bias",
    .head = "lm_head.weight",
    .tensors = tensors,
    .tensor_count = sizeof tensors / sizeof tensors[0],
    .kinds = { &transformer_block },
    .demands = demands,
    .demand_count = sizeof demands / sizeof demands[0],
    .read = gpt2_read_shape,
};
