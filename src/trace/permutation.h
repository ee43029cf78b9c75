/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A model's channels in another order, so that groups of M need not be made of
 * neighbours.  order[i] is the channel, as the checkpoint counts them, that is
 * at place i.
 *
 *   stream  [width]   of the residual stream; NULL: as it is
 *   inside  [layers]  of each layer's inputs where they are channels inside a
 *                     block (of a feed-forward part, of values, of a state
 *                     space): [inputs], or NULL: as they are
 *
 * What the model computes stays what it was, since every matrix and vector
 * along a channel is ordered alike (llm/fold.h).
 */
struct permutation {
    uint32_t width;
    uint32_t *stream;
    size_t layers;
    uint32_t **inside;
};

struct permutation *permutation_new(size_t layers);
void permutation_free(struct permutation *permutation); /* NULL is harmless */

/* Whether each of 0 .. count - 1 is there once. */
bool permutation_is_order(const uint32_t *order, uint32_t count);
