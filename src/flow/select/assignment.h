/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

/*
 * The assignment of `count` things to as many places, one each, whose gains add
 * up to the most: to[thing] = place.  gain [thing][place].  Exact, in count^3
 * steps: Kuhn's Hungarian method with potentials and shortest augmenting paths
 * (Jonker and Volgenant, "A shortest augmenting path algorithm for dense and
 * sparse linear assignment problems", 1987).
 */
void assignment_best(uint32_t *to, const double *gain, uint32_t count);
