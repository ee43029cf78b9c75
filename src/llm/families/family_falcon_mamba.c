/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Falcon-Mamba: a Mamba that norms step, B and C, without weights, before they
 * are used.  Its published `expand` is 16 beside the `intermediate_size` that
 * holds.  Source: transformers, modeling_falcon_mamba.py. */
#include <math.h>

#include "llm/families/family_mamba.h"

static const struct config_demand demands[] = {
    { "hidden_act", "\"silu\"" },
    { "use_bias", "false" },
    { "use_conv_bias", "true" },
};

static int falcon_mamba_read_shape(struct shape *shape,
                                   const struct config *config,
                                   struct error *err)
{
    if (mamba_read(shape, config, "intermediate_size", err) < 0 ||
        config_real_or(config, "mixer_rms_eps", 1e-6, &shape->select_epsilon,
                       err) < 0)
        return -1;
    if (!(shape->select_epsilon > 0) || !isfinite(shape->select_epsilon))
        return error_set(err, ERROR_DATA,
                         "%s: `mixer_rms_eps` must be a number above 0",
                         config_path(config));
    return 0;
}

const struct family family_falcon_mamba = {
    .type = "falcon_mamba",
    .about = "a Mamba whose step, B and C are normed",
    .prefixes = { "backbone.", "" },
    .blocks = "layers",
    .embedding = "embeddings.weight",
    .norm = "norm_f.weight",
    .head = "lm_head.weight",
    .tensors = mamba_tensors,
    .tensor_count = MAMBA_TENSORS,
    .kinds = { &mamba_block },
    .demands = demands,
    .demand_count = sizeof demands / sizeof demands[0],
    .read = falcon_mamba_read_shape,
};
