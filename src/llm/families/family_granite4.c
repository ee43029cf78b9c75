/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Granite 4: Mamba-2 blocks and some of attention; behind each a feed-forward
 * part that every token takes, and experts beside it where there are any.
 * Multipliers of embedding, scores, sums and logits.  Source: transformers,
 * modeling_granitemoehybrid.py. */
#include <string.h>

#include "base/memory.h"
#include "llm/families/family_hybrid.h"

enum { DENSE = 1 << 0 | 1 << 1, EXPERTS = 1 << 2 | 1 << 3 };

/* Gate and up are stored one above the other. */
static const struct family_tensor feeds[] = {
    { .name = "post_attention_layernorm.weight",
      .part = PART_FEED_NORM,
      .size = { SIZE_MODEL } },
    { .name = "block_sparse_moe.router.layer.weight",
      .part = PART_ROUTER,
      .size = { SIZE_EXPERTS, SIZE_MODEL },
      .only = EXPERTS },
    { .name = "block_sparse_moe.input_linear.weight",
      .label = "gate_proj",
      .part = PART_GATE,
      .size = { SIZE_EXPERT_FEED, SIZE_MODEL },
      .whole = SIZE_EXPERT_GATE_UP,
      .expert = true,
      .stacked = true,
      .pruned = true,
      .input = 2,
      .only = EXPERTS },
    { .name = "block_sparse_moe.input_linear.weight",
      .label = "up_proj",
      .part = PART_UP,
      .size = { SIZE_EXPERT_FEED, SIZE_MODEL },
      .whole = SIZE_EXPERT_GATE_UP,
      .before = { SIZE_EXPERT_FEED },
      .expert = true,
      .stacked = true,
      .pruned = true,
      .input = 2,
      .only = EXPERTS },
    { .name = "block_sparse_moe.output_linear.weight",
      .part = PART_DOWN,
      .size = { SIZE_MODEL, SIZE_EXPERT_FEED },
      .whole = SIZE_MODEL,
      .expert = true,
      .stacked = true,
      .pruned = true,
      .input = 3,
      .only = EXPERTS },
    { .name = "shared_mlp.input_linear.weight",
      .label = "gate_proj",
      .part = PART_SHARED_GATE,
      .size = { SIZE_SHARED_FEED, SIZE_MODEL },
      .whole = SIZE_SHARED_GATE_UP,
      .pruned = true,
      .input = 2,
      .only = EXPERTS },
    { .name = "shared_mlp.input_linear.weight",
      .label = "up_proj",
      .part = PART_SHARED_UP,
      .size = { SIZE_SHARED_FEED, SIZE_MODEL },
      .whole = SIZE_SHARED_GATE_UP,
      .before = { SIZE_SHARED_FEED },
      .pruned = true,
      .input = 2,
      .only = EXPERTS },
    { .name = "shared_mlp.output_linear.weight",
      .part = PART_SHARED_DOWN,
      .size = { SIZE_MODEL, SIZE_SHARED_FEED },
      .pruned = true,
      .input = 3,
      .only = EXPERTS },
    { .name = "shared_mlp.input_linear.weight",
      .label = "gate_proj",
      .part = PART_GATE,
      .size = { SIZE_FEED, SIZE_MODEL },
      .whole = SIZE_GATE_UP,
      .pruned = true,
      .input = 2,
      .only = DENSE },
    { .name = "shared_mlp.input_linear.weight",
      .label = "up_proj",
      .part = PART_UP,
      .size = { SIZE_FEED, SIZE_MODEL },
      .whole = SIZE_GATE_UP,
      .before = { SIZE_FEED },
      .pruned = true,
      .input = 2,
      .only = DENSE },
    { .name = "shared_mlp.output_linear.weight",
      .part = PART_DOWN,
      .size = { SIZE_MODEL, SIZE_FEED },
      .pruned = true,
      .input = 3,
      .only = DENSE },
};

static const struct config_demand demands[] = {
    { "hidden_act", "\"silu\"" },
    { "attention_bias", "false" },
    { "mamba_proj_bias", "false" },
    { "mamba_conv_bias", "true" },
};

/* `position_embedding_type` is rope, or nope or null: then there are none. */
static int read_positions(struct shape *shape, const struct config *config,
                          struct error *err)
{
    static const char key[] = "position_embedding_type";
    const char *type = config_text(config, key);

    if (!config_has(config, key) || (type && strcmp(type, "nope") == 0))
        return 0;
    if (!type || strcmp(type, "rope") != 0)
        return error_set(err, ERROR_DATA,
                         "%s: `%s` is %.60s; only rope, nope and null are "
                         "supported",
                         config_path(config), key, type ? type : "no text");
    return rope_read(&shape->rope, config,
                     &(struct rope_place){ .theta = "rope_theta",
                                           .standard = 10000,
                                           .head = shape->size[SIZE_HEAD] },
                     err);
}

/* Without experts `intermediate_size` is not used. */
static int read_feeds(struct shape *shape, const struct config *config,
                      struct error *err)
{
    const struct config_range experts = { 0, SHAPE_MOST_EXPERTS, 8 };
    uint32_t *size = shape->size, shared;

    if (config_whole_or(config, "num_local_experts", &experts,
                        &size[SIZE_EXPERTS], err) < 0 ||
        config_size_or(config, "shared_intermediate_size", 1024, &shared, err) <
            0)
        return -1;
    if (size[SIZE_EXPERTS] == 0) {
        size[SIZE_FEED] = shared;
        size[SIZE_GATE_UP] = 2 * shared;
        return 0;
    }
    size[SIZE_SHARED_FEED] = shared;
    size[SIZE_SHARED_GATE_UP] = 2 * shared;
    size[SIZE_EXPERT_FEED] = size[SIZE_FEED];
    size[SIZE_EXPERT_GATE_UP] = 2 * size[SIZE_FEED];
    shape->experts_normed = true;
    return shape_read_experts_used(shape, config, 2, err);
}

static int granite4_read_kinds(struct shape *shape, const struct config *config,
                               struct error *err)
{
    static const struct kind_word words[] = {
        { "linear_attention", 0 },
        { "full_attention", 1 },
        { "mamba", 0 },
        { "attention", 1 },
        { NULL, 0 },
    };
    const char *key =
        config_has(config, "layer_types") ? "layer_types" : "layers_block_type";

    if (!config_has(config, key))
        shape->kind = memory_new(shape->blocks, sizeof *shape->kind);
    else if (shape_read_kinds(shape, config, key, words, err) < 0)
        return -1;
    for (uint32_t b = 0; shape->size[SIZE_EXPERTS] > 0 && b < shape->blocks;
         b++)
        shape->kind[b] = (uint8_t)(shape->kind[b] + 2);
    return 0;
}

static int granite4_read_shape(struct shape *shape, const struct config *config,
                               struct error *err)
{
    double divisor;

    if (hybrid_read(shape, config, err) < 0 ||
        config_real_or(config, "rms_norm_eps", 1e-6, &shape->epsilon, err) <
            0 ||
        shape_read_multiplier(&shape->embedding_scale, config,
                              "embedding_multiplier", err) < 0 ||
        shape_read_multiplier(&shape->score_scale, config,
                              "attention_multiplier", err) < 0 ||
        shape_read_multiplier(&shape->residual_scale, config,
                              "residual_multiplier", err) < 0 ||
        shape_read_multiplier(&divisor, config, "logits_scaling", err) < 0 ||
        read_positions(shape, config, err) < 0 ||
        read_feeds(shape, config, err) < 0)
        return -1;
    shape->logit_scale = 1 / divisor;
    return granite4_read_kinds(shape, config, err);
}

const struct family family_granite4 = {
    .type = "granitemoehybrid",
    .about = "Granite 4: Mamba-2 blocks and some of attention, with experts "
             "or without",
    .prefixes = { "model.", "" },
    .blocks = "layers",
    .embedding = "embed_tokens.weight",
    .norm = "norm.weight",
    .head = "lm_head.weight",
    .tensors = hybrid_tensors,
    .tensor_count = HYBRID_TENSORS,
    .more = feeds,
    .more_count = sizeof feeds / sizeof feeds[0],
    .kinds = { &mamba2_feed_block, &transformer_block, &mamba2_expert_block,
               &expert_block },
    .demands = demands,
    .demand_count = sizeof demands / sizeof demands[0],
    .read = granite4_read_shape,
};
