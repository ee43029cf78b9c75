/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "flow/select/method.h"

/*
 * Measured costs [layers][patterns], kept beside the recorded trace
 * (model.trace.costs) so that a second selection does not measure again.  JSON:
 * the SHA-256 of everything a cost depends on, and the cost.  Nothing rests on
 * the file: one that cannot be read counts as empty, and one that cannot be
 * written is left alone.
 */
struct costs;

/* `measure` names what is measured, and how ("block-error 1"); borrowed. */
struct costs *costs_open(const char *measure,
                         const struct selection *selection);
void costs_save(struct costs *costs);  /* if there is something new */
void costs_close(struct costs *costs); /* saves first */

/*
 * Fills known[] and, where it is true, cost[]: of dense, and of patterns whose
 * M is over the layer's K, 0.  Returns how many are not known.
 */
size_t costs_look_up(const struct costs *costs, double *cost, bool *known);

/* The cost of that pattern at that layer, dense or not; false if it is not
 * there. */
bool costs_find(const struct costs *costs, size_t layer, size_t pattern,
                double *cost);

/* Notes the cost of that pattern at that layer. */
void costs_note(struct costs *costs, size_t layer, size_t pattern, double cost);
