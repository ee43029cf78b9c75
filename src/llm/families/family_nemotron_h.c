/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nemotron-H: blocks of one part each, a Mamba-2 state space, attention without
 * positions, a feed-forward part of relu squared, or experts of such.  Experts
 * have no gate; they are chosen by a sigmoid and a bias, and one of their own
 * width sees every token.  Its gated norm is each group's own.  Time steps are
 * bounded by `time_step_limit`, as NVIDIA's modeling_nemotron_h.py does;
 * transformers 5.17 takes `time_step_min` for the lower bound. */
#include <string.h>

#include "base/memory.h"
#include "llm/families/family.h"

enum { STATE = 1 << 0, ATTENTION = 1 << 1, FEED = 1 << 2, EXPERTS = 1 << 3 };

static const struct family_tensor tensors[] = {
    { .name = "norm.weight",
      .part = PART_NORM,
      .size = { SIZE_MODEL },
      .only = STATE | ATTENTION },
    { .name = "norm.weight",
      .part = PART_FEED_NORM,
      .size = { SIZE_MODEL },
      .only = FEED | EXPERTS },
    { .name = "mixer.in_proj.weight",
      .part = PART_IN,
      .size = { SIZE_PROJECTED, SIZE_MODEL },
      .pruned = true,
      .input = 0,
      .only = STATE },
    { .name = "mixer.conv1d.weight",
      .part = PART_CONV,
      .size = { SIZE_CHANNELS, SIZE_ONE, SIZE_KERNEL },
      .transposed = true,
      .only = STATE },
    { .name = "mixer.conv1d.bias",
      .part = PART_CONV_BIAS,
      .size = { SIZE_CHANNELS },
      .only = STATE },
    { .name = "mixer.dt_bias",
      .part = PART_STEP_BIAS,
      .size = { SIZE_STATE_HEADS },
      .only = STATE },
    { .name = "mixer.A_log",
      .part = PART_DECAY,
      .size = { SIZE_STATE_HEADS },
      .only = STATE },
    { .name = "mixer.D",
      .part = PART_SKIP,
      .size = { SIZE_STATE_HEADS },
      .only = STATE },
    { .name = "mixer.norm.weight",
      .part = PART_GATED_NORM,
      .size = { SIZE_INNER },
      .only = STATE },
    { .name = "mixer.out_proj.weight",
      .part = PART_OUT,
      .size = { SIZE_MODEL, SIZE_INNER },
      .pruned = true,
      .input = 1,
      .only = STATE },
    { .name = "mixer.q_proj.weight",
      .part = PART_Q,
      .size = { SIZE_QUERIES, SIZE_MODEL },
      .pruned = true,
      .input = 0,
      .only = ATTENTION },
    { .name = "mixer.k_proj.weight",
      .part = PART_K,
      .size = { SIZE_KEYS, SIZE_MODEL },
      .pruned = true,
      .input = 0,
      .only = ATTENTION },
    { .name = "mixer.v_proj.weight",
      .part = PART_V,
      .size = { SIZE_KEYS, SIZE_MODEL },
      .pruned = true,
      .input = 0,
      .only = ATTENTION },
    { .name = "mixer.o_proj.weight",
      .part = PART_O,
      .size = { SIZE_MODEL, SIZE_QUERIES },
      .pruned = true,
      .input = 1,
      .only = ATTENTION },
    { .name = "mixer.up_proj.weight",
      .part = PART_UP,
      .size = { SIZE_FEED, SIZE_MODEL },
      .pruned = true,
      .input = 0,
      .only = FEED },
    { .name = "mixer.down_proj.weight",
      .part = PART_DOWN,
      .size = { SIZE_MODEL, SIZE_FEED },
      .pruned = true,
      .input = 1,
      .only = FEED },
    { .name = "mixer.gate.weight",
      .part = PART_ROUTER,
      .size = { SIZE_EXPERTS, SIZE_MODEL },
      .only = EXPERTS },
    { .name = "mixer.gate.e_score_correction_bias",
      .part = PART_ROUTER_BIAS,
      .size = { SIZE_EXPERTS },
      .only = EXPERTS },
    { .name = "mixer.experts.#.up_proj.weight",
      .part = PART_UP,
      .size = { SIZE_EXPERT_FEED, SIZE_MODEL },
      .expert = true,
      .pruned = true,
      .input = 0,
      .only = EXPERTS },
    { .name = "mixer.experts.#.down_proj.weight",
      .part = PART_DOWN,
      .size = { SIZE_MODEL, SIZE_EXPERT_FEED },
      .expert = true,
      .pruned = true,
      .input = 1,
      .only = EXPERTS },
    { .name = "mixer.shared_experts.up_proj.weight",
      .part = PART_SHARED_UP,
      .size = { SIZE_SHARED_FEED, SIZE_MODEL },
      .pruned = true,
      .input = 0,
      .only = EXPERTS },
    { .name = "mixer.shared_experts.down_proj.weight",
      .part = PART_SHARED_DOWN,
      .size = { SIZE_MODEL, SIZE_SHARED_FEED },
      .pruned = true,
      .input = 1,
      .only = EXPERTS },
};

/* The last six are names that transformers reads in place of others. */
static const struct config_demand demands[] = {
    { "mlp_hidden_act", "\"relu2\"" },
    { "mamba_hidden_act", "\"silu\"" },
    { "attention_bias", "false" },
    { "mlp_bias", "false" },
    { "use_bias", "false" },
    { "mamba_proj_bias", "false" },
    { "use_conv_bias", "true" },
    { "sliding_window", "null" },
    { "num_nextn_predict_layers", "0" },
    { "n_shared_experts", "1" },
    { "n_group", "1" },
    { "topk_group", "1" },
    { "moe_latent_size", "null" },
    { "mamba_n_groups", "null" },
    { "mamba_d_conv", "null" },
    { "mamba_dt_limit", "null" },
    { "mamba_conv_bias", "true" },
    { "mamba_chunk_size", "null" },
    { "mamba_expand", "null" },
};

/* M, *, - and E, one sign a block. */
static int read_pattern(struct shape *shape, const struct config *config,
                        struct error *err)
{
    static const char key[] = "hybrid_override_pattern", signs[] = "M*-E";
    const char *pattern = config_text(config, key);
    size_t count = pattern ? strlen(pattern) : 0, good;

    if (!pattern)
        return error_set(err, ERROR_DATA,
                         "%s: `layers_block_type` or `%s` must say what each "
                         "block is",
                         config_path(config), key);
    good = strspn(pattern, signs);
    if (good < count)
        return error_set(err, ERROR_DATA,
                         "%s: `%s`: block %zu is `%c`; only M (state space), * "
                         "(attention), - (feed-forward) and E (experts) are "
                         "supported",
                         config_path(config), key, good, pattern[good]);
    if (count == 0 || count > CONFIG_LARGEST)
        return error_set(err, ERROR_DATA, "%s: `%s` must name blocks",
                         config_path(config), key);
    shape->blocks = (uint32_t)count;
    shape->kind = memory_new(count, sizeof *shape->kind);
    for (size_t b = 0; b < count; b++)
        shape->kind[b] = (uint8_t)(strchr(signs, pattern[b]) - signs);
    return 0;
}

static int nemotron_h_read_kinds(struct shape *shape,
                                 const struct config *config, struct error *err)
{
    static const struct kind_word words[] = {
        { "linear_attention", 0 },
        { "full_attention", 1 },
        { "mlp", 2 },
        { "moe", 3 },
        { "mamba", 0 },
        { "attention", 1 },
        { NULL, 0 },
    };
    const char *key = config_has(config, "layers_block_type")
                          ? "layers_block_type"
                          : "layer_types";
    uint32_t blocks;

    if (config_has(config, key)
            ? shape_read_kinds(shape, config, key, words, err) < 0
            : read_pattern(shape, config, err) < 0)
        return -1;
    if (config_size_or(config, "num_hidden_layers", shape->blocks, &blocks,
                       err) < 0)
        return -1;
    if (blocks != shape->blocks)
        return error_set(err, ERROR_DATA,
                         "%s: `num_hidden_layers` is %u, but there are kinds "
                         "of %u blocks",
                         config_path(config), blocks, shape->blocks);
    return 0;
}

static bool has_experts(const struct shape *shape)
{
    for (uint32_t b = 0; b < shape->blocks; b++)
        if (shape->kind[b] == 3)
            return true;
    return false;
}

/* A model without experts has their keys as well. */
static int nemotron_h_read_experts(struct shape *shape,
                                   const struct config *config,
                                   struct error *err)
{
    const struct config_range experts = { 1, SHAPE_MOST_EXPERTS, 8 };
    uint32_t *size = shape->size;

    if (!has_experts(shape))
        return 0;
    if (config_whole_or(config, "n_routed_experts", &experts,
                        &size[SIZE_EXPERTS], err) < 0 ||
        config_size_or(config, "moe_intermediate_size", 7688,
                       &size[SIZE_EXPERT_FEED], err) < 0 ||
        config_size_or(config, "moe_shared_expert_intermediate_size", 7688,
                       &size[SIZE_SHARED_FEED], err) < 0 ||
        config_bool_or(config, "norm_topk_prob", true, &shape->experts_normed,
                       err) < 0 ||
        shape_read_multiplier(&shape->experts_scale, config,
                              "routed_scaling_factor", err) < 0)
        return -1;
    shape->experts_sigmoid = true;
    return shape_read_experts_used(shape, config, 2, err);
}

static int nemotron_h_read_shape(struct shape *shape,
                                 const struct config *config, struct error *err)
{
    uint32_t *size = shape->size;

    if (shape_read_heads(shape, config, err) < 0 ||
        config_size(config, "intermediate_size", &size[SIZE_FEED], err) < 0 ||
        config_size_or(config, "mamba_num_heads", 128, &size[SIZE_STATE_HEADS],
                       err) < 0 ||
        config_size_or(config, "mamba_head_dim", 64, &size[SIZE_STATE_HEAD],
                       err) < 0 ||
        config_size_or(config, "ssm_state_size", 128, &size[SIZE_STATE], err) <
            0 ||
        config_size_or(config, "n_groups", 8, &shape->groups, err) < 0 ||
        config_size_or(config, "conv_kernel", 4, &size[SIZE_KERNEL], err) < 0 ||
        config_size_or(config, "chunk_size", 128, &shape->chunk, err) < 0 ||
        shape_read_step_limit(shape, config, err) < 0 ||
        config_real_or(config, "layer_norm_epsilon", 1e-5, &shape->epsilon,
                       err) < 0 ||
        config_bool_or(config, "tie_word_embeddings", false, &shape->tied,
                       err) < 0)
        return -1;
    shape->activation = ACTIVATION_RELU_SQUARED;
    shape->norm_groups = shape->groups;
    if (shape_derive_state(shape, config, err) < 0)
        return -1;
    if (nemotron_h_read_kinds(shape, config, err) < 0)
        return -1;
    return nemotron_h_read_experts(shape, config, err);
}

const struct family family_nemotron_h = {
    .type = "nemotron_h",
    .about = "blocks of one part each: state space, attention, feed-forward "
             "or experts",
    .prefixes = { "backbone.", "model.", "" },
    .blocks = "layers",
    .embedding = "embeddings.weight",
    .norm = "norm_f.weight",
    .head = "lm_head.weight",
    .tensors = tensors,
    .tensor_count = sizeof tensors / sizeof tensors[0],
    .kinds = { &mamba2_block, &attention_block, &feed_block, &experts_block },
    .demands = demands,
    .demand_count = sizeof demands / sizeof demands[0],
    .read = nemotron_h_read_shape,
};
