/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "flow/prune/mask.h"
#include "trace/update.h"

/*
 * Updates the layers of one input.  What they share, such as the factor or the
 * eigensystem of the input's Hessian, is made when it is first needed.
 */
struct updater;

/* gram [K][K], the sum of x x^T over `tokens` tokens, is borrowed and may be
 * used up. */
struct updater *updater_new(enum update update, double *gram, uint32_t inputs,
                            uint64_t tokens);
void updater_free(struct updater *updater); /* NULL is harmless */

/*
 * Prunes a layer and updates what is kept.  A mask that is not given is chosen
 * by the update.  The pattern is not dense.  -1 and `err` (ERROR_DATA) if the
 * input's Hessian cannot be worked with.
 */
int updater_run(struct updater *updater, const struct pruned_layer *layer,
                struct error *err);

/* By which power of ten more than its 1 % of dampening the Hessian needed. */
unsigned updater_dampened(const struct updater *updater);
