/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Qwen 3: a Llama that norms every head of queries and keys.  Source:
 * transformers, modeling_qwen3.py. */
#include "llm/families/family_llama.h"

static const struct family_tensor norms[] = {
    { .name = "self_attn.q_norm.weight",
      .part = PART_Q_NORM,
      .size = { SIZE_HEAD } },
    { .name = "self_attn.k_norm.weight",
      .part = PART_K_NORM,
      .size = { SIZE_HEAD } },
};

static const struct config_demand demands[] = {
    { "hidden_act", "\"silu\"" },
    { "attention_bias", "false" },
    { "use_sliding_window", "false" },
};

static int qwen3_read_shape(struct shape *shape, const struct config *config,
                            struct error *err)
{
    if (config_all(config, "layer_types", "full_attention", err) < 0)
        return -1;
    return llama_read(shape, config, err);
}

const struct family family_qwen3 = {
    .type = "qwen3",
    .about = "a Llama with norms on the heads of queries and keys",
    .prefixes = { "model.", "" },
    .blocks = "layers",
    .embedding = "embed_tokens.weight",
    .norm = "norm.weight",
    .head = "lm_head.weight",
    .tensors = llama_tensors,
    .tensor_count = LLAMA_TENSORS,
    .more = norms,
    .more_count = sizeof norms / sizeof norms[0],
    .kinds = { &transformer_block },
    .demands = demands,
    .demand_count = sizeof demands / sizeof demands[0],
    .read = qwen3_read_shape,
};
