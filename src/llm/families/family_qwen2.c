/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Qwen 2 and 2.5: a Llama with biases on queries, keys and values.  Source:
 * transformers, modeling_qwen2.py. */
#include "llm/families/family_llama.h"

static const struct family_tensor biases[] = {
    { .name = "self_attn.q_proj.bias",
      .part = PART_Q_BIAS,
      .size = { SIZE_QUERIES } },
    { .name = "self_attn.k_proj.bias",
      .part = PART_K_BIAS,
      .size = { SIZE_KEYS } },
    { .name = "self_attn.v_proj.bias",
      .part = PART_V_BIAS,
      .size = { SIZE_KEYS } },
};

static const struct config_demand demands[] = {
    { "hidden_act", "\"silu\"" },
    { "use_sliding_window", "false" },
};

static int qwen2_read_shape(struct shape *shape, const struct config *config,
                            struct error *err)
{
    if (config_all(config, "layer_types", "full_attention", err) < 0)
        return -1;
    return llama_read(shape, config, err);
}

const struct family family_qwen2 = {
    .type = "qwen2",
    .about = "Qwen 2 and 2.5: a Llama with biases on queries, keys, values",
    .prefixes = { "model.", "" },
    .blocks = "layers",
    .embedding = "embed_tokens.weight",
    .norm = "norm.weight",
    .head = "lm_head.weight",
    .tensors = llama_tensors,
    .tensor_count = LLAMA_TENSORS,
    .more = biases,
    .more_count = sizeof biases / sizeof biases[0],
    .kinds = { &transformer_block },
    .demands = demands,
    .demand_count = sizeof demands / sizeof demands[0],
    .read = qwen2_read_shape,
};
