/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "trace/layer.h"

/*
 * What the bits of a layer's inputs and kept weights do, counted over all of
 * them; shares 0..1.  In a single token nothing changes, so it has what was
 * counted over all tokens that were recorded with it.  Without that, or without
 * values, the usual is assumed: half of the bits change, half of the weights'
 * bits are 1, nothing is 0.
 */
struct activity {
    double input_toggle; /* bits that differ from those of the token before */
    double input_zeros;  /* inputs that are 0 */
    double weight_ones; /* bits of kept weights, two's complement, that are 1 */
    double weight_zeros; /* kept weights that are 0 */
    bool assumed;
};

/* of[0] is input_toggle, of[1] input_zeros; int8 [tokens][inputs], at least two
 * tokens. */
void activity_of_inputs(double of[2], const int8_t *input, uint32_t tokens,
                        uint32_t inputs);

void activity_count(struct activity *activity, const struct layer *layer);
