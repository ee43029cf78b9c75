/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "llm/model_parts.h"

/*
 * The feed-forward part, of a block or of an expert:
 *
 *     out = down(activation(gate x) * up x)
 *
 * or, where there is no gate, down(activation(up x)).
 */
struct feed {
    unsigned gate, up, down; /* numbers of parts of the block */
    uint32_t width;          /* inside */
};

size_t feed_scratch(uint32_t width, uint32_t tokens);
void feed_run(const struct block_run *run, const struct feed *feed,
              const float *x, float *out);
