/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bamba: Mamba-2 blocks, some of attention among them, all with a gated
 * feed-forward part.  Its gated norm is over the whole width, whatever the
 * groups, and half of a head is turned by its position.  Source: transformers,
 * modeling_bamba.py. */
#include <stdio.h>

#include "base/memory.h"
#include "llm/families/family_hybrid.h"

static const struct family_tensor feed[] = {
    { .name = "pre_ff_layernorm.weight",
      .part = PART_FEED_NORM,
      .size = { SIZE_MODEL } },
    { .name = "feed_forward.gate_proj.weight",
      .part = PART_GATE,
      .size = { SIZE_FEED, SIZE_MODEL },
      .pruned = true,
      .input = 2 },
    { .name = "feed_forward.up_proj.weight",
      .part = PART_UP,
      .size = { SIZE_FEED, SIZE_MODEL },
      .pruned = true,
      .input = 2 },
    { .name = "feed_forward.down_proj.weight",
      .part = PART_DOWN,
      .size = { SIZE_MODEL, SIZE_FEED },
      .pruned = true,
      .input = 3 },
};

static const struct config_demand demands[] = {
    { "hidden_act", "\"silu\"" },  { "attention_bias", "false" },
    { "mlp_bias", "false" },       { "mamba_proj_bias", "false" },
    { "mamba_conv_bias", "true" },
};

/* `attn_layer_indices` are the blocks with attention. */
static int bamba_read_kinds(struct shape *shape, const struct config *config,
                            struct error *err)
{
    static const char key[] = "attn_layer_indices";
    const struct config_range blocks = { 0, shape->blocks - 1, 0 };
    char item[40];

    if (config_has(config, key) && config_count(config, key) == 0)
        return 0;
    shape->kind = memory_new(shape->blocks, sizeof *shape->kind);
    for (size_t i = 0; i < config_count(config, key); i++) {
        uint32_t block;

        snprintf(item, sizeof item, "%s.%zu", key, i);
        if (config_whole_or(config, item, &blocks, &block, err) < 0)
            return -1;
        shape->kind[block] = 1;
    }
    return 0;
}

/* Published configs have the count that vLLM reads, `attn_rotary_emb`, beside
 * which transformers always takes half of a head. */
static int bamba_read_rope(struct shape *shape, const struct config *config,
                           struct error *err)
{
    const struct rope_place place = { .theta = "rope_theta",
                                      .standard = 10000,
                                      .head = shape->size[SIZE_HEAD],
                                      .part = 0.5 };
    uint32_t turned;

    if (rope_read(&shape->rope, config, &place, err) < 0 ||
        config_size_or(config, "attn_rotary_emb", shape->rope.dims, &turned,
                       err) < 0)
        return -1;
    if (turned != shape->rope.dims)
        return error_set(err, ERROR_DATA,
                         "%s: `attn_rotary_emb` is %u; %u of a head are turned",
                         config_path(config), turned, shape->rope.dims);
    return 0;
}

static int bamba_read_shape(struct shape *shape, const struct config *config,
                            struct error *err)
{
    if (hybrid_read(shape, config, err) < 0 ||
        bamba_read_rope(shape, config, err) < 0 ||
        config_real_or(config, "rms_norm_eps", 1e-5, &shape->epsilon, err) < 0)
        return -1;
    return bamba_read_kinds(shape, config, err);
}

const struct family family_bamba = {
    .type = "bamba",
    .about = "Mamba-2 blocks and some of attention, with a feed-forward part "
             "each",
    .prefixes = { "model.", "" },
    .blocks = "layers",
    .embedding = "embed_tokens.weight",
    .norm = "final_layernorm.weight",
    .head = "lm_head.weight",
    .tensors = hybrid_tensors,
    .tensor_count = HYBRID_TENSORS,
    .more = feed,
    .more_count = sizeof feed / sizeof feed[0],
    .kinds = { &mamba2_feed_block, &transformer_block },
    .demands = demands,
    .demand_count = sizeof demands / sizeof demands[0],
    .read = bamba_read_shape,
};
