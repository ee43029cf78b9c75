/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/machine.h"
#include "trace/layer.h"

/*
 * The linear maps of a model on a machine, value by value: each is laid out as
 * in a replay (models/accelerator.h) and its sums of 8-bit products are those
 * that the array makes.  Clocks are those of replays: each map from a cold
 * start, with the tokens that it was asked for.
 */
struct machine_products {
    const struct machine *machine; /* borrowed */
    struct layer *layer;           /* [layers]; zeroed: not taken yet */
    size_t layers;
    bool slow;         /* every pass as events through every block */
    uint64_t cycles;   /* of all that was asked for so far */
    uint64_t products; /* of weights that are kept, likewise */
};

void machine_products_init(struct machine_products *products,
                           const struct machine *machine, size_t layers);
void machine_products_release(struct machine_products *products);

/* Takes a map: weights int8 [O][K], and if it is pruned a mask uint8 [O][K], as
 * `as` says of shape, pattern and agreement.  -1 and `err` if it is no layer.
 */
int machine_products_take(struct machine_products *products, size_t number,
                          const struct layer *as, const int8_t *weights,
                          const uint8_t *mask, struct error *err);

/* sums int32 [tokens][O] of x int8 [tokens][K].  -1 and `err` if the machine
 * cannot run it. */
int machine_products_multiply(struct machine_products *products, size_t number,
                              const int8_t *x, uint32_t tokens, int32_t *sums,
                              struct error *err);
