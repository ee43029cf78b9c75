/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/select/method.h"

/*
 * What pruning one layer does to the output of its decoder block, the block
 * running alone on its dense inputs:
 *
 *     cost = mean over tokens of |pruned - dense|^2 / |dense|^2
 *
 * of the block's output after the residual add.  A token whose output is zero
 * counts 0.  One forward pass of the block for every layer and pattern; what
 * the costs file has is not measured again.
 *   cost  [layers][patterns of the selection]; 0 for dense and for patterns
 *         whose M is over the layer's K
 * -1 and `err` if a weight is not finite, or on a stop.
 */
int block_error_measure(double *cost, const struct selection *selection,
                        struct error *err);
