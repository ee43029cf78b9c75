/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mamba-2: a norm and a state space mixer a block, nothing else.  Source:
 * transformers, modeling_mamba2.py; Dao and Gu, "Transformers are SSMs",
 * 2024. */
#include "llm/families/family.h"

static const struct family_tensor tensors[] = {
    { .name = "norm.weight", .part = PART_NORM, .size = { SIZE_MODEL } },
    { .name = "mixer.in_proj.weight",
      .part = PART_IN,
      .size = { SIZE_PROJECTED, SIZE_MODEL },
      .pruned = true,
      .input = 0 },
    { .name = "mixer.conv1d.weight",
      .part = PART_CONV,
      .size = { SIZE_CHANNELS, SIZE_ONE, SIZE_KERNEL },
      .transposed = true },
    { .name = "mixer.conv1d.bias",
      .part = PART_CONV_BIAS,
      .size = { SIZE_CHANNELS } },
    { .name = "mixer.dt_bias",
      .part = PART_STEP_BIAS,
      .size = { SIZE_STATE_HEADS } },
    { .name = "mixer.A_log", .part = PART_DECAY, .size = { SIZE_STATE_HEADS } },
    { .name = "mixer.D", .part = PART_SKIP, .size = { SIZE_STATE_HEADS } },
    { .name = "mixer.norm.weight",
      .part = PART_GATED_NORM,
      .size = { SIZE_INNER } },
    { .name = "mixer.out_proj.weight",
      .part = PART_OUT,
      .size = { SIZE_MODEL, SIZE_INNER },
      .pruned = true,
      .input = 1 },
};

static const struct config_demand demands[] = {
    { "hidden_act", "\"silu\"" },    { "use_bias", "false" },
    { "use_conv_bias", "true" },     { "rms_norm", "true" },
    { "norm_before_gate", "false" },
};

static int mamba2_derive(struct shape *shape, const struct config *config,
                         uint32_t expand, struct error *err)
{
    uint64_t inner = (uint64_t)shape->size[SIZE_MODEL] * expand;

    if (inner !=
        (uint64_t)shape->size[SIZE_STATE_HEADS] * shape->size[SIZE_STATE_HEAD])
        return error_set(err, ERROR_DATA,
                         "%s: `num_heads` * `head_dim` must be `expand` * "
                         "`hidden_size`",
                         config_path(config));
    shape->norm_groups = shape->groups;
    return shape_derive_state(shape, config, err);
}

static int mamba2_read_shape(struct shape *shape, const struct config *config,
                             struct error *err)
{
    uint32_t *size = shape->size, expand;

    if (config_size(config, "hidden_size", &size[SIZE_MODEL], err) < 0 ||
        config_size(config, "vocab_size", &size[SIZE_VOCABULARY], err) < 0 ||
        config_size(config, "num_hidden_layers", &shape->blocks, err) < 0 ||
        config_size(config, "num_heads", &size[SIZE_STATE_HEADS], err) < 0 ||
        config_size(config, "head_dim", &size[SIZE_STATE_HEAD], err) < 0 ||
        config_size(config, "state_size", &size[SIZE_STATE], err) < 0 ||
        config_size_or(config, "conv_kernel", 4, &size[SIZE_KERNEL], err) < 0 ||
        config_size_or(config, "expand", 2, &expand, err) < 0 ||
        config_size_or(config, "n_groups", 8, &shape->groups, err) < 0 ||
        config_size_or(config, "chunk_size", 256, &shape->chunk, err) < 0 ||
        config_real_or(config, "layer_norm_epsilon", 1e-5, &shape->epsilon,
                       err) < 0 ||
        shape_read_step_limit(shape, config, err) < 0 ||
        config_bool_or(config, "tie_word_embeddings", false, &shape->tied,
                       err) < 0)
        return -1;
    return mamba2_derive(shape, config, expand, err);
}

const struct family family_mamba2 = {
    .type = "mamba2",
    .about = "state space with heads; its gated norm is each group's own",
    .prefixes = { "backbone.", "" },
    .blocks = "layers",
    .embedding = "embeddings.weight",
    .embedding_before = "embedding.weight",
    .norm = "norm_f.weight",
    .head = "lm_head.weight",
    .tensors = tensors,
    .tensor_count = sizeof tensors / sizeof tensors[0],
    .kinds = { &mamba2_block },
    .demands = demands,
    .demand_count = sizeof demands / sizeof demands[0],
    .read = mamba2_read_shape,
};
