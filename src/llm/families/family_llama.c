/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Llama 1 to 3: RMS norms, rotary positions, grouped-query attention, gated
 * feed-forward.  Source: transformers, modeling_llama.py. */
#include "llm/families/family_llama.h"

const struct family_tensor llama_tensors[LLAMA_TENSORS] = {
    { .name = "input_layernorm.weight",
      .part = PART_NORM,
      .size = { SIZE_MODEL } },
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
      .part = PART_FEED_NORM,
      .size = { SIZE_MODEL } },
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
};

static const struct config_demand demands[] = {
    { "hidden_act", "\"silu\"" },
    { "attention_bias", "false" },
    { "mlp_bias", "false" },
};

int llama_read_base(struct shape *shape, const struct config *config,
                    double base, struct error *err)
{
    if (shape_read_attention(shape, config, err) < 0 ||
        rope_read(&shape->rope, config,
                  &(struct rope_place){ .theta = "rope_theta",
                                        .standard = base,
                                        .head = shape->size[SIZE_HEAD] },
                  err) < 0 ||
        config_real_or(config, "rms_norm_eps", 1e-6, &shape->epsilon, err) < 0)
        return -1;
    return config_bool_or(config, "tie_word_embeddings", false, &shape->tied,
                          err);
}

int llama_read(struct shape *shape, const struct config *config,
               struct error *err)
{
    return llama_read_base(shape, config, 10000, err);
}

const struct family family_llama = {
    .type = "llama",
    .about =
        "Llama 1 to 3: RMS norms, rotary positions, shared keys, silu gate",
    .prefixes = { "model.", "" },
    .blocks = "layers",
    .embedding = "embed_tokens.weight",
    .norm = "norm.weight",
    .head = "lm_head.weight",
    .tensors = llama_tensors,
    .tensor_count = LLAMA_TENSORS,
    .kinds = { &transformer_block },
    .demands = demands,
    .demand_count = sizeof demands / sizeof demands[0],
    .read = llama_read,
};
