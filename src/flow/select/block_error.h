/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/select/row_costs.h"

/*
 * What pruning one layer does to the output of its decoder block, the block
 * running alone on its dense inputs:
 *
 *     cost = mean over tokens of |pruned - dense|^2 / |dense|^2
 *
 * of the block's output after the residual add.  A token whose output is zero
 * counts 0.  One pass of what depends on the layer for every layer and pattern.
 */
extern const struct row_way block_error_way;

/* The same, of the first of a selection's rows: under a name of its own, so
 * that what is kept of all rows stays where it is. */
extern const struct row_way block_error_first_way;
