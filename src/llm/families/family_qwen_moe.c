/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Qwen 2 and 3 with experts.  Qwen 2 has a shared expert, which every token
 * takes in part, and biases on queries, keys and values; Qwen 3 has norms on
 * heads.  Blocks without experts may be among them.  Source: transformers,
 * modeling_qwen2_moe.py, modeling_qwen3_moe.py. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "llm/families/family_experts.h"
#include "llm/families/family_llama.h"

enum { WITH_EXPERTS = 1 << 0, PLAIN = 1 << 1 };

/* clang-format off */
#define QWEN_ROUTER_AND_EXPERTS                                               \
    { .name = "mlp.gate.weight",                                              \
      .part = PART_ROUTER,                                                    \
      .size = { SIZE_EXPERTS, SIZE_MODEL },                                   \
      .only = WITH_EXPERTS },                                                 \
    { .name = "mlp.experts.#.gate_proj.weight",                               \
      .part = PART_GATE,                                                      \
      .size = { SIZE_EXPERT_FEED, SIZE_MODEL },                               \
      .expert = true,                                                         \
      .pruned = true,                                                         \
      .input = 2,                                                             \
      .only = WITH_EXPERTS },                                                 \
    { .name = "mlp.experts.#.up_proj.weight",                                 \
      .part = PART_UP,                                                        \
      .size = { SIZE_EXPERT_FEED, SIZE_MODEL },                               \
      .expert = true,                                                         \
      .pruned = true,                                                         \
      .input = 2,                                                             \
      .only = WITH_EXPERTS },                                                 \
    { .name = "mlp.experts.#.down_proj.weight",                               \
      .part = PART_DOWN,                                                      \
      .size = { SIZE_MODEL, SIZE_EXPERT_FEED },                               \
      .expert = true,                                                         \
      .pruned = true,                                                         \
      .input = 3,                                                             \
      .only = WITH_EXPERTS },                                                 \
    { .name = "mlp.gate_proj.weight",                                         \
      .part = PART_GATE,                                                      \
      .size = { SIZE_FEED, SIZE_MODEL },                                      \
      .pruned = true,                                                         \
      .input = 2,                                                             \
      .only = PLAIN },                                                        \
    { .name = "mlp.up_proj.weight",                                           \
      .part = PART_UP,                                                        \
      .size = { SIZE_FEED, SIZE_MODEL },                                      \
      .pruned = true,                                                         \
      .input = 2,                                                             \
      .only = PLAIN },                                                        \
    { .name = "mlp.down_proj.weight",                                         \
      .part = PART_DOWN,                                                      \
      .size = { SIZE_MODEL, SIZE_FEED },                                      \
      .pruned = true,                                                         \
      .input = 3,                                                             \
      .only = PLAIN }
/* clang-format on */

static const struct family_tensor qwen2_more[] = {
    QWEN_ROUTER_AND_EXPERTS,
    { .name = "mlp.shared_expert.gate_proj.weight",
      .part = PART_SHARED_GATE,
      .size = { SIZE_SHARED_FEED, SIZE_MODEL },
      .pruned = true,
      .input = 2,
      .only = WITH_EXPERTS },
    { .name = "mlp.shared_expert.up_proj.weight",
      .part = PART_SHARED_UP,
      .size = { SIZE_SHARED_FEED, SIZE_MODEL },
      .pruned = true,
      .input = 2,
      .only = WITH_EXPERTS },
    { .name = "mlp.shared_expert.down_proj.weight",
      .part = PART_SHARED_DOWN,
      .size = { SIZE_MODEL, SIZE_SHARED_FEED },
      .pruned = true,
      .input = 3,
      .only = WITH_EXPERTS },
    { .name = "mlp.shared_expert_gate.weight",
      .part = PART_SHARED_MIX,
      .size = { SIZE_ONE, SIZE_MODEL },
      .only = WITH_EXPERTS },
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

static const struct family_tensor qwen3_more[] = {
    QWEN_ROUTER_AND_EXPERTS,
    { .name = "self_attn.q_norm.weight",
      .part = PART_Q_NORM,
      .size = { SIZE_HEAD } },
    { .name = "self_attn.k_norm.weight",
      .part = PART_K_NORM,
      .size = { SIZE_HEAD } },
};

static const struct config_demand qwen2_demands[] = {
    { "hidden_act", "\"silu\"" },
    { "qkv_bias", "true" },
    { "use_sliding_window", "false" },
};

static const struct config_demand qwen3_demands[] = {
    { "hidden_act", "\"silu\"" },
    { "attention_bias", "false" },
    { "use_sliding_window", "false" },
};

/* Two names are in use; where both stand, they must say the same. */
int experts_read(struct shape *shape, const struct config *config,
                 const struct experts_keys *standard, struct error *err)
{
    struct config_range range = { 1, SHAPE_MOST_EXPERTS, standard->experts };
    uint32_t *experts = &shape->size[SIZE_EXPERTS], other;

    if (config_whole_or(config, "num_experts", &range, experts, err) < 0)
        return -1;
    if (config_has(config, "num_experts"))
        range.standard = *experts;
    if (config_whole_or(config, "num_local_experts", &range, &other, err) < 0)
        return -1;
    if (config_has(config, "num_experts") && other != *experts)
        return error_set(err, ERROR_DATA,
                         "%s: `num_experts` is %u and `num_local_experts` %u",
                         config_path(config), *experts, other);
    *experts = other;
    return shape_read_experts_used(shape, config, standard->used, err);
}

static int read_blocks(struct shape *shape, const struct config *config,
                       struct error *err)
{
    static const char key[] = "mlp_only_layers";
    const struct config_range blocks = { 0, CONFIG_LARGEST, 0 };
    uint32_t step, block;
    char item[40];

    if (config_size_or(config, "decoder_sparse_step", 1, &step, err) < 0)
        return -1;
    shape->kind = memory_new(shape->blocks, sizeof *shape->kind);
    for (uint32_t b = 0; b < shape->blocks; b++)
        shape->kind[b] = (b + 1) % step != 0;
    for (size_t i = 0; i < config_count(config, key); i++) {
        snprintf(item, sizeof item, "%s.%zu", key, i);
        if (config_whole_or(config, item, &blocks, &block, err) < 0)
            return -1;
        if (block < shape->blocks)
            shape->kind[block] = 1;
    }
    return 0;
}

static int read_qwen(struct shape *shape, const struct config *config,
                     const struct experts_keys *standard, uint32_t feed,
                     struct error *err)
{
    if (config_all(config, "layer_types", "full_attention", err) < 0 ||
        llama_read(shape, config, err) < 0 ||
        config_size_or(config, "moe_intermediate_size", feed,
                       &shape->size[SIZE_EXPERT_FEED], err) < 0 ||
        config_bool_or(config, "norm_topk_prob", false, &shape->experts_normed,
                       err) < 0 ||
        experts_read(shape, config, standard, err) < 0)
        return -1;
    return read_blocks(shape, config, err);
}

static int read_qwen2(struct shape *shape, const struct config *config,
                      struct error *err)
{
    const struct experts_keys standard = { 60, 4 };

    if (config_size_or(config, "shared_expert_intermediate_size", 5632,
                       &shape->size[SIZE_SHARED_FEED], err) < 0)
        return -1;
    return read_qwen(shape, config, &standard, 1408, err);
}

static int read_qwen3(struct shape *shape, const struct config *config,
                      struct error *err)
{
    const struct experts_keys standard = { 128, 8 };

    return read_qwen(shape, config, &standard, 768, err);
}

const struct family family_qwen2_moe = {
    .type = "qwen2_moe",
    .about = "Qwen 2 with experts and one that every token takes in part",
    .prefixes = { "model.", "" },
    .blocks = "layers",
    .embedding = "embed_tokens.weight",
    .norm = "norm.weight",
    .head = "lm_head.weight",
    .tensors = llama_tensors,
    .tensor_count = LLAMA_ATTENTION_TENSORS,
    .more = qwen2_more,
    .more_count = sizeof qwen2_more / sizeof qwen2_more[0],
    .kinds = { &expert_block, &transformer_block },
    .demands = qwen2_demands,
    .demand_count = sizeof qwen2_demands / sizeof qwen2_demands[0],
    .read = read_qwen2,
};

const struct family family_qwen3_moe = {
    .type = "qwen3_moe",
    .about = "Qwen 3 with experts",
    .prefixes = { "model.", "" },
    .blocks = "layers",
    .embedding = "embed_tokens.weight",
    .norm = "norm.weight",
    .head = "lm_head.weight",
    .tensors = llama_tensors,
    .tensor_count = LLAMA_ATTENTION_TENSORS,
    .more = qwen3_more,
    .more_count = sizeof qwen3_more / sizeof qwen3_more[0],
    .kinds = { &expert_block, &transformer_block },
    .demands = qwen3_demands,
    .demand_count = sizeof qwen3_demands / sizeof qwen3_demands[0],
    .read = read_qwen3,
};
