/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACE_ACTIVITY_H
#define TRACE_ACTIVITY_H

#include <stdbool.h>

#include "trace/layer.h"

/*
 * What the bits of a layer's inputs and kept weights do, counted over all of
 * them; shares 0..1.  A layer without values, or of a single token (nothing can
 * change), has the usual assumption instead: half of the bits change, half of
 * the weights' bits are 1, nothing is 0.
 */
struct activity {
    double input_toggle; /* bits that differ from those of the token before */
    double input_zeros;  /* inputs that are 0 */
    double weight_ones; /* bits of kept weights, two's complement, that are 1 */
    double weight_zeros; /* kept weights that are 0 */
    bool assumed;
};

void activity_count(struct activity *activity, const struct layer *layer);

#endif
