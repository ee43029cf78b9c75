/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/families/family_hybrid.h"

#include <string.h>

const struct family_tensor hybrid_tensors[HYBRID_TENSORS] = {
    { .name = "input_layernorm.weight",
      .part = PART_NORM,
      .size = { SIZE_MODEL } },
    { .name = "mamba.in_proj.weight",
      .part = PART_IN,
      .size = { SIZE_PROJECTED, SIZE_MODEL },
      .pruned = true,
      .input = 0,
      .only = HYBRID_STATE },
    { .name = "mamba.conv1d.weight",
      .part = PART_CONV,
      .size = { SIZE_CHANNELS, SIZE_ONE, SIZE_KERNEL },
      .transposed = true,
      .only = HYBRID_STATE },
    { .name = "mamba.conv1d.bias",
      .part = PART_CONV_BIAS,
      .size = { SIZE_CHANNELS },
      .only = HYBRID_STATE },
    { .name = "mamba.dt_bias",
      .part = PART_STEP_BIAS,
      .size = { SIZE_STATE_HEADS },
      .only = HYBRID_STATE },
    { .name = "mamba.A_log",
      .part = PART_DECAY,
      .size = { SIZE_STATE_HEADS },
      .only = HYBRID_STATE },
    { .name = "mamba.D",
      .part = PART_SKIP,
      .size = { SIZE_STATE_HEADS },
      .only = HYBRID_STATE },
    { .name = "mamba.norm.weight",
      .part = PART_GATED_NORM,
      .size = { SIZE_INNER },
      .only = HYBRID_STATE },
    { .name = "mamba.out_proj.weight",
      .part = PART_OUT,
      .size = { SIZE_MODEL, SIZE_INNER },
      .pruned = true,
      .input = 1,
      .only = HYBRID_STATE },
    { .name = "self_attn.q_proj.weight",
      .part = PART_Q,
      .size = { SIZE_QUERIES, SIZE_MODEL },
      .pruned = true,
      .input = 0,
      .only = HYBRID_ATTENTION },
    { .name = "self_attn.k_proj.weight",
      .part = PART_K,
      .size = { SIZE_KEYS, SIZE_MODEL },
      .pruned = true,
      .input = 0,
      .only = HYBRID_ATTENTION },
    { .name = "self_attn.v_proj.weight",
      .part = PART_V,
      .size = { SIZE_KEYS, SIZE_MODEL },
      .pruned = true,
      .input = 0,
      .only = HYBRID_ATTENTION },
    { .name = "self_attn.o_proj.weight",
      .part = PART_O,
      .size = { SIZE_MODEL, SIZE_QUERIES },
      .pruned = true,
      .input = 1,
      .only = HYBRID_ATTENTION },
};

/* The size of a head is a number or "auto". */
static int hybrid_read_head(struct shape *shape, const struct config *config,
                            struct error *err)
{
    static const char key[] = "mamba_d_head";
    const char *text = config_text(config, key);
    uint32_t heads = shape->size[SIZE_STATE_HEADS], expand, head;
    uint64_t inner;

    if (config_size_or(config, "mamba_expand", 2, &expand, err) < 0)
        return -1;
    inner = (uint64_t)expand * shape->size[SIZE_MODEL];
    head = (uint32_t)(inner / heads);
    if (!(text && strcmp(text, "auto") == 0) &&
        config_size_or(config, key, head, &head, err) < 0)
        return -1;
    if (inner != (uint64_t)heads * head)
        return error_set(err, ERROR_DATA,
                         "%s: `mamba_n_heads` * `%s` must be `mamba_expand` * "
                         "`hidden_size`",
                         config_path(config), key);
    shape->size[SIZE_STATE_HEAD] = head;
    return 0;
}

int hybrid_read(struct shape *shape, const struct config *config,
                struct error *err)
{
    uint32_t *size = shape->size;

    if (shape_read_attention(shape, config, err) < 0 ||
        config_size_or(config, "mamba_n_heads", 128, &size[SIZE_STATE_HEADS],
                       err) < 0 ||
        config_size_or(config, "mamba_n_groups", 1, &shape->groups, err) < 0 ||
        config_size_or(config, "mamba_d_state", 256, &size[SIZE_STATE], err) <
            0 ||
        config_size_or(config, "mamba_d_conv", 4, &size[SIZE_KERNEL], err) <
            0 ||
        config_size_or(config, "mamba_chunk_size", 256, &shape->chunk, err) <
            0 ||
        hybrid_read_head(shape, config, err) < 0 ||
        shape_read_step_limit(shape, config, err) < 0 ||
        config_bool_or(config, "tie_word_embeddings", false, &shape->tied,
                       err) < 0)
        return -1;
    shape->norm_groups = 1;
    return shape_derive_state(shape, config, err);
}
