/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mamba: a norm and a selective state space mixer a block, nothing else.
 * Source: transformers, modeling_mamba.py; Gu and Dao, "Mamba", 2023. */
#include <string.h>

#include "llm/families/family_mamba.h"

#include "base/arithmetic.h"
const struct family_tensor mamba_tensors[MAMBA_TENSORS] = {
    { .name = "norm.weight", .part = PART_NORM, .size = { SIZE_MODEL } },
    { .name = "mixer.conv1d.weight",
      .part = PART_CONV,
      .size = { SIZE_INNER, SIZE_ONE, SIZE_KERNEL },
      .transposed = true },
    { .name = "mixer.conv1d.bias",
      .part = PART_CONV_BIAS,
      .size = { SIZE_INNER } },
    { .name = "mixer.in_proj.weight",
      .part = PART_IN,
      .size = { SIZE_PROJECTED, SIZE_MODEL },
      .pruned = true,
      .input = 0 },
    { .name = "mixer.x_proj.weight",
      .part = PART_SELECT,
      .size = { SIZE_SELECTION, SIZE_INNER },
      .pruned = true,
      .input = 1 },
    { .name = "mixer.dt_proj.weight",
      .part = PART_STEP,
      .size = { SIZE_INNER, SIZE_STEP_RANK },
      .pruned = true,
      .input = 2 },
    { .name = "mixer.dt_proj.bias",
      .part = PART_STEP_BIAS,
      .size = { SIZE_INNER } },
    { .name = "mixer.A_log",
      .part = PART_DECAY,
      .size = { SIZE_INNER, SIZE_STATE },
      .transposed = true },
    { .name = "mixer.D", .part = PART_SKIP, .size = { SIZE_INNER } },
    { .name = "mixer.out_proj.weight",
      .part = PART_OUT,
      .size = { SIZE_MODEL, SIZE_INNER },
      .pruned = true,
      .input = 3 },
};

static const struct config_demand demands[] = {
    { "hidden_act", "\"silu\"" },
    { "use_bias", "false" },
    { "use_conv_bias", "true" },
};

/* A number, or "auto": a sixteenth of the width, rounded up. */
static int read_rank(uint32_t *rank, const struct config *config,
                     uint32_t width, struct error *err)
{
    const char *word = config_text(config, "time_step_rank");

    if (word && strcmp(word, "auto") == 0) {
        *rank = (uint32_t)divide_up(width, 16);
        return 0;
    }
    return config_size(config, "time_step_rank", rank, err);
}

int mamba_read(struct shape *shape, const struct config *config,
               const char *inner, struct error *err)
{
    uint32_t *size = shape->size, expand;

    if (config_size(config, "hidden_size", &size[SIZE_MODEL], err) < 0 ||
        config_size(config, "vocab_size", &size[SIZE_VOCABULARY], err) < 0 ||
        config_size(config, "num_hidden_layers", &shape->blocks, err) < 0 ||
        config_size(config, "state_size", &size[SIZE_STATE], err) < 0 ||
        config_size_or(config, "conv_kernel", 4, &size[SIZE_KERNEL], err) < 0 ||
        config_size_or(config, "expand", 2, &expand, err) < 0 ||
        read_rank(&size[SIZE_STEP_RANK], config, size[SIZE_MODEL], err) < 0 ||
        config_real_or(config, "layer_norm_epsilon", 1e-5, &shape->epsilon,
                       err) < 0 ||
        config_bool_or(config, "tie_word_embeddings", true, &shape->tied, err) <
            0)
        return -1;
    if ((uint64_t)size[SIZE_MODEL] * expand > CONFIG_LARGEST)
        return error_set(err, ERROR_DATA,
                         "%s: `expand` * `hidden_size` is over %d",
                         config_path(config), CONFIG_LARGEST);
    if (inner && config_has(config, inner)) {
        if (config_size(config, inner, &size[SIZE_INNER], err) < 0)
            return -1;
    } else {
        size[SIZE_INNER] = size[SIZE_MODEL] * expand;
    }
    size[SIZE_PROJECTED] = 2 * size[SIZE_INNER];
    size[SIZE_SELECTION] = size[SIZE_STEP_RANK] + 2 * size[SIZE_STATE];
    return 0;
}

static int mamba_read_shape(struct shape *shape, const struct config *config,
                            struct error *err)
{
    return mamba_read(shape, config, NULL, err);
}

const struct family family_mamba = {
    .type = "mamba",
    .about = "selective state space, a low-rank step of each channel",
    .prefixes = { "backbone.", "" },
    .blocks = "layers",
    .embedding = "embeddings.weight",
    .embedding_before = "embedding.weight",
    .norm = "norm_f.weight",
    .head = "lm_head.weight",
    .tensors = mamba_tensors,
    .tensor_count = MAMBA_TENSORS,
    .kinds = { &mamba_block },
    .demands = demands,
    .demand_count = sizeof demands / sizeof demands[0],
    .read = mamba_read_shape,
};
