/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "models/inference/instant.h"

/*
 * When each token of a task's result may be read (OVERLAP_PIPELINE): after the
 * last output of the last of its `per_token` vectors.
 */
struct token_times {
    instant *at; /* [vectors] */
    size_t capacity;
    uint32_t vectors; /* 0: known as a whole only */
    uint32_t per_token;
};

void token_times_begin(struct token_times *times, uint32_t vectors,
                       uint32_t per_token);
void token_times_release(struct token_times *times);

/* Tokens that are known one by one. */
static inline uint32_t token_times_tokens(const struct token_times *times)
{
    return times->vectors ? times->vectors / times->per_token : 0;
}

static inline instant token_times_of(const struct token_times *times,
                                     uint32_t token)
{
    return times->at[(token + 1) * times->per_token - 1];
}

/* Vectors first .. first + count - 1 are each what the one `period` before it
 * is, `span` later for each period. */
void token_times_repeat(struct token_times *times, uint32_t first,
                        uint32_t count, uint32_t period, instant span,
                        uint64_t parts);
