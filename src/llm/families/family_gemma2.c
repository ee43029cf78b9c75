/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gemma 2: norms of 1 + w before and behind attention and feed-forward, an
 * embedding times root(width), a gelu gate, soft caps on scores and logits,
 * every second block local.  Source: transformers, modeling_gemma2.py. */
#include "llm/families/family_gemma.h"

static const struct config_demand demands[] = {
    { "hidden_activation", "\"gelu_pytorch_tanh\"" },
    { "attention_bias", "false" },
    { "use_bidirectional_attention", "false" },
};

static int gemma2_read_shape(struct shape *shape, const struct config *config,
                             struct error *err)
{
    if (gemma_read(shape, config, 2, err) < 0 ||
        rope_read(&shape->rope, config,
                  &(struct rope_place){ .theta = "rope_theta",
                                        .standard = 10000,
                                        .head = shape->size[SIZE_HEAD] },
                  err) < 0 ||
        gemma_read_cap(&shape->score_cap, config, "attn_logit_softcapping", 50,
                       err) < 0)
        return -1;
    return gemma_read_cap(&shape->logit_cap, config, "final_logit_softcapping",
                          30, err);
}

const struct family family_gemma2 = {
    .type = "gemma2",
    .about = "norms before and behind, gelu gate, soft caps, every second "
             "block local",
    .prefixes = { "model.", "" },
    .blocks = "layers",
    .embedding = "embed_tokens.weight",
    .norm = "norm.weight",
    .norm_plus_one = true,
    .head = "lm_head.weight",
    .tensors = gemma_tensors,
    .tensor_count = GEMMA_TENSORS,
    .kinds = { &transformer_block },
    .demands = demands,
    .demand_count = sizeof demands / sizeof demands[0],
    .read = gemma2_read_shape,
};
