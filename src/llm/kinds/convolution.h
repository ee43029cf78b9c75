/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "llm/model_parts.h"

/*
 * The short causal convolution of the Mambas, with silu: each channel's own
 * filter (PART_CONV) over this token and the ones before it, tokens before the
 * first counting as 0.  x is f32 [tokens] of `stride`, out [tokens][channels].
 */
void convolution_run(const struct block_run *run, float *out, const float *x,
                     size_t stride, uint32_t channels);
