/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mistral: a Llama whose attention may look back over a window only.  Source:
 * transformers, modeling_mistral.py. */
#include "llm/families/family_llama.h"

static const struct config_demand demands[] = {
    { "hidden_act", "\"silu\"" },
};

static int mistral_read_shape(struct shape *shape, const struct config *config,
                              struct error *err)
{
    if (llama_read(shape, config, err) < 0)
        return -1;
    return shape_read_window(shape, config, err);
}

const struct family family_mistral = {
    .type = "mistral",
    .about = "a Llama whose attention looks back over a window",
    .prefixes = { "model.", "" },
    .blocks = "layers",
    .embedding = "embed_tokens.weight",
    .norm = "norm.weight",
    .head = "lm_head.weight",
    .tensors = llama_tensors,
    .tensor_count = LLAMA_TENSORS,
    .kinds = { &transformer_block },
    .demands = demands,
    .demand_count = sizeof demands / sizeof demands[0],
    .read = mistral_read_shape,
};
