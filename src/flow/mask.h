/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef FLOW_MASK_H
#define FLOW_MASK_H

#include <stdint.h>

#include "flow/score.h"
#include "trace/pattern.h"

/*
 * Masks, 1: kept.  Groups of M are aligned along K, each output on its own; the
 * N largest scores of a group are kept, of equal ones those of lower k first;
 * the ragged last group of r keeps min(N, r).
 */
void mask_row(uint8_t *mask, const double *scores, uint32_t inputs,
              struct pattern pattern);

/* uint8 [O][K] of a whole layer.  `workers` as for parallel_for(). */
void mask_layer(uint8_t *mask, const struct scored *layer,
                struct pattern pattern, unsigned workers);

/* `weights` [O][K] with what the mask of `layer` does not keep set to 0; may be
 * the layer's own weights. */
void mask_apply(float *weights, const struct scored *layer,
                struct pattern pattern, unsigned workers);

/* The same with one mask for each aligned run of `agreement` outputs, that of
 * the sums of their scores in output order; 1: free masks. */
void mask_layer_shared(uint8_t *mask, const struct scored *layer,
                       struct pattern pattern, uint32_t agreement,
                       unsigned workers);
void mask_apply_shared(float *weights, const struct scored *layer,
                       struct pattern pattern, uint32_t agreement,
                       unsigned workers);

#endif
