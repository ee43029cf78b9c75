/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phi-3, Phi-3.5 and Phi-4-mini: a Llama whose queries, keys and values are
 * stored in one tensor, and so are gate and up.  Each is a layer of its own
 * here, and goes back to its rows when a checkpoint is written.  Only part of a
 * head may be turned, and LongRoPE stretches the turns.  Source: transformers,
 * modeling_phi3.py. */
#include "llm/families/family.h"

static const struct family_tensor tensors[] = {
    { .name = "input_layernorm.weight",
      .part = PART_NORM,
      .size = { SIZE_MODEL } },
    { .name = "self_attn.qkv_proj.weight",
      .label = "q_proj",
      .part = PART_Q,
      .size = { SIZE_QUERIES, SIZE_MODEL },
      .whole = SIZE_FUSED,
      .pruned = true,
      .input = 0 },
    { .name = "self_attn.qkv_proj.weight",
      .label = "k_proj",
      .part = PART_K,
      .size = { SIZE_KEYS, SIZE_MODEL },
      .whole = SIZE_FUSED,
      .before = { SIZE_QUERIES },
      .pruned = true,
      .input = 0 },
    { .name = "self_attn.qkv_proj.weight",
      .label = "v_proj",
      .part = PART_V,
      .size = { SIZE_KEYS, SIZE_MODEL },
      .whole = SIZE_FUSED,
      .before = { SIZE_QUERIES, SIZE_KEYS },
      .pruned = true,
      .input = 0 },
    { .name = "self_attn.o_proj.weight",
      .part = PART_O,
      .size = { SIZE_MODEL, SIZE_QUERIES },
      .pruned = true,
      .input = 1 },
    { .name = "post_attention_layernorm.weight",
      .part = PART_FEED_NORM,
      .size = { SIZE_MODEL } },
    { .name = "mlp.gate_up_proj.weight",
      .label = "gate_proj",
      .part = PART_GATE,
      .size = { SIZE_FEED, SIZE_MODEL },
      .whole = SIZE_GATE_UP,
      .pruned = true,
      .input = 2 },
    { .name = "mlp.gate_up_proj.weight",
      .label = "up_proj",
      .part = PART_UP,
      .size = { SIZE_FEED, SIZE_MODEL },
      .whole = SIZE_GATE_UP,
      .before = { SIZE_FEED },
      .pruned = true,
      .input = 2 },
    { .name = "mlp.down_proj.weight",
      .part = PART_DOWN,
      .size = { SIZE_MODEL, SIZE_FEED },
      .pruned = true,
      .input = 3 },
};

static const struct config_demand demands[] = {
    { "hidden_act", "\"silu\"" },
    { "attention_bias", "false" },
    { "mlp_bias", "false" },
};

static int phi3_read_shape(struct shape *shape, const struct config *config,
                           struct error *err)
{
    uint32_t *size = shape->size;

    if (shape_read_attention(shape, config, err) < 0 ||
        rope_read(&shape->rope, config,
                  &(struct rope_place){ .theta = "rope_theta",
                                        .standard = 10000,
                                        .head = size[SIZE_HEAD] },
                  err) < 0 ||
        shape_read_window(shape, config, err) < 0 ||
        config_real_or(config, "rms_norm_eps", 1e-5, &shape->epsilon, err) < 0)
        return -1;
    size[SIZE_FUSED] = size[SIZE_QUERIES] + 2 * size[SIZE_KEYS];
    size[SIZE_GATE_UP] = 2 * size[SIZE_FEED];
    return config_bool_or(config, "tie_word_embeddings", false, &shape->tied,
                          err);
}

const struct family family_phi3 = {
    .type = "phi3",
    .about = "Phi-3 to Phi-4-mini: a Llama with fused maps, part of a head "
             "turned, LongRoPE",
    .prefixes = { "model.", "" },
    .blocks = "layers",
    .embedding = "embed_tokens.weight",
    .norm = "norm.weight",
    .head = "lm_head.weight",
    .tensors = tensors,
    .tensor_count = sizeof tensors / sizeof tensors[0],
    .kinds = { &transformer_block },
    .demands = demands,
    .demand_count = sizeof demands / sizeof demands[0],
    .read = phi3_read_shape,
};
