/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "trace/pattern.h"

/*
 * The published linear cost of FLOW, its errors repaired, of N:M in a scope:
 *
 *     |N - N^ o| + 4 |M - M^ d|       times the scope's share of the weights,
 *                                     relative to an equal share
 *
 * (the source says which of several best plans is taken), with o and
 * d the min-max scaled presence and distribution [scopes], N^ and M^ the
 * largest of the list, and dense as M^:M^.  cost is [scopes][patterns], size
 * [scopes] in weights.
 */
void linear_costs(double *cost, const double *presence,
                  const double *distribution, const double *size, size_t scopes,
                  const struct pattern_list *patterns);
