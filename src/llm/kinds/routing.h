/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "llm/model_parts.h"

/*
 * Which experts see a token: the `experts_used` with the largest scores of the
 * router, the first of equal ones, and each one's share in the result.  A share
 * is the softmax over all scores, or, where shares add up to 1
 * (experts_normed), over those of the chosen.  Where shares are sigmoids
 * (DeepSeek-V3's routing, arXiv 2412.19437), experts are chosen by the sigmoid
 * and a bias of their own; shares are the sigmoids, divided by the sum of the
 * chosen if experts_normed, and times experts_scale.
 */
struct routing {
    uint32_t experts, used;
    float *share;    /* [tokens][experts]; below 0: it does not see the token */
    uint32_t *place; /* [tokens]: room for the tokens of one expert */
};

size_t routing_scratch(const struct shape *shape, uint32_t tokens);

/* x is f32 [tokens][width]; the arrays are taken from the scratch memory. */
void routing_find(struct routing *routing, const struct block_run *run,
                  const float *x);

/* Fills in `place` with the tokens of an expert, ascending; returns how many.
 */
uint32_t routing_tokens(const struct routing *routing, uint32_t tokens,
                        uint32_t expert);
