/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mixtral: a Llama with experts in place of the feed-forward part; the shares
 * of the experts that see a token add up to 1.  Source: transformers,
 * modeling_mixtral.py. */
#include "llm/families/family_experts.h"
#include "llm/families/family_llama.h"

static const struct family_tensor experts[] = {
    { .name = "block_sparse_moe.gate.weight",
      .part = PART_ROUTER,
      .size = { SIZE_EXPERTS, SIZE_MODEL } },
    { .name = "block_sparse_moe.experts.#.w1.weight",
      .part = PART_GATE,
      .size = { SIZE_EXPERT_FEED, SIZE_MODEL },
      .expert = true,
      .pruned = true,
      .input = 2 },
    { .name = "block_sparse_moe.experts.#.w3.weight",
      .part = PART_UP,
      .size = { SIZE_EXPERT_FEED, SIZE_MODEL },
      .expert = true,
      .pruned = true,
      .input = 2 },
    { .name = "block_sparse_moe.experts.#.w2.weight",
      .part = PART_DOWN,
      .size = { SIZE_MODEL, SIZE_EXPERT_FEED },
      .expert = true,
      .pruned = true,
      .input = 3 },
};

static const struct config_demand demands[] = {
    { "hidden_act", "\"silu\"" },
};

static int mixtral_read_shape(struct shape *shape, const struct config *config,
                              struct error *err)
{
    const struct experts_keys standard = { 8, 2 };

    if (llama_read_base(shape, config, 1000000, err) < 0 ||
        config_real_or(config, "rms_norm_eps", 1e-5, &shape->epsilon, err) <
            0 ||
        shape_read_window(shape, config, err) < 0)
        return -1;
    shape->size[SIZE_EXPERT_FEED] = shape->size[SIZE_FEED];
    shape->experts_normed = true;
    return experts_read(shape, config, &standard, err);
}

const struct family family_mixtral = {
    .type = "mixtral",
    .about = "a Llama with experts, whose shares add up to 1",
    .prefixes = { "model.", "" },
    .blocks = "layers",
    .embedding = "embed_tokens.weight",
    .norm = "norm.weight",
    .head = "lm_head.weight",
    .tensors = llama_tensors,
    .tensor_count = LLAMA_ATTENTION_TENSORS,
    .more = experts,
    .more_count = sizeof experts / sizeof experts[0],
    .kinds = { &expert_block },
    .demands = demands,
    .demand_count = sizeof demands / sizeof demands[0],
    .read = mixtral_read_shape,
};
