/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "llm/kinds/feed.h"
#include "llm/tape.h"

/* The feed-forward part (feed.h), forward and back; `kept` is filled in on the
 * way forward. */
struct feed_kept {
    float *up;   /* [tokens][width] */
    float *gate; /* [tokens][width]; NULL: no gate */
    float *act;
};

size_t feed_gradient_scratch(uint32_t width, uint32_t tokens);
void feed_forward(struct tape *tape, const struct feed *feed,
                  struct feed_kept *kept, const float *x, float *out);
void feed_back(struct tape *tape, const struct feed *feed,
               const struct feed_kept *kept, const float *slope,
               float *x_slope);
