/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

/*
 * How long points take, learnt from those that are done: seconds of a processor
 * by a point's estimate (point_estimate()), which is in clocks.  Small points
 * take longer than their clocks say, as each has work that does not grow with
 * them; so no fixed ratio is assumed.
 */
struct pace {
    struct pace_done {
        double estimate, seconds;
    } * done; /* in the order of estimates */
    size_t count, capacity;
};

void pace_add(struct pace *pace, double estimate, double seconds);
void pace_release(struct pace *pace); /* harmless on a zeroed struct */

/* Seconds that a point of that estimate will take, the mean of its nearest
 * neighbours on both sides; 0 while nothing is done. */
double pace_of(const struct pace *pace, double estimate);

/*
 * Which of `count` points, sorted by their estimates, comes in which place:
 * first some from all over the list, so that little is known of all soon, then
 * the others as they were.  `order` [count] gets each number once.  Returns how
 * many come first; 0 where there are too few points to be worth it.
 */
size_t pace_order(size_t *order, size_t count);
