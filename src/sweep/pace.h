/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How long points take, learnt from those that are done, in seconds of a
 * processor.  A point is known by its estimate (point_estimate()), which is in
 * clocks, and by its digits (point_digits()): which model, tokens, machine and
 * value of each parameter it has.  For as many clocks points differ several
 * times over by their digits: half as many columns take twice as long, and 64
 * tokens hardly longer than one.
 */
struct pace_points {
    size_t count, digits;
    double *estimate; /* [count] over 0 */
    uint32_t *digit;  /* [count][digits] */
};

void pace_points_init(struct pace_points *points, size_t count, size_t digits);
void pace_points_release(struct pace_points *points);

/* What is known of them. */
struct pace {
    const struct pace_points *points; /* borrowed */
    double
        *seconds;  /* [count] that a point took; 0: nothing was learnt of it */
    bool *is_done; /* [count] */
    size_t *known, done;         /* [done] of whom something was learnt */
    double level, slope, middle; /* log seconds at the middle log estimate */
    double *effect; /* what a digit adds to them: of digit d from first[d] on */
    size_t *first;  /* [digits + 1] */
    struct pace_near {
        double estimate, seconds, told; /* of this point and those before it */
    } * near;                           /* [nears] in the order of estimates */
    size_t nears;
};

void pace_begin(struct pace *pace, const struct pace_points *points);
void pace_end(struct pace *pace); /* harmless on a zeroed struct */

/* The point is done and took that long; 0: it was lost, which tells nothing. */
void pace_add(struct pace *pace, size_t point, double seconds);

/* Seconds of a point, and of all that are not done, as was last learnt; 0
 * before anything was. */
void pace_learn(struct pace *pace);
double pace_of(const struct pace *pace, size_t point);
double pace_left(const struct pace *pace);

/*
 * Which of `count` points, sorted by their estimates, comes in which place:
 * first some from all over the list, so that little is known of all soon, then
 * the others as they were.  `order` [count] gets each number once.  Returns how
 * many come first; 0 where there are too few points to be worth it.
 */
size_t pace_order(size_t *order, size_t count);
