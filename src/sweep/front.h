/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

/*
 * The order of points that are judged by several numbers at once, less being
 * better in each: first those that no other point beats (is as good in all and
 * better in one), then those beaten only by them, and so on; within one such
 * front those with the most room around them first, then the first.
 *
 * Source: non-dominated sorting and crowding distance of NSGA-II (Deb, Pratap,
 * Agarwal and Meyarivan, IEEE Transactions on Evolutionary Computation 6(2),
 * 2002).
 */

/* `values` is [points][objectives], finite; `order` gets 0 .. points - 1, best
 * first, and `rank` (may be NULL) the front of each point, from 0. */
void front_order(size_t *order, unsigned *rank, const double *values,
                 size_t points, size_t objectives);
