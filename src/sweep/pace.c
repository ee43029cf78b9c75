/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Seconds are a product of what each digit of a point makes of them and of a
 * power of its clocks:
 *
 *     log s = level + slope (log estimate - middle) + sum of effects
 *
 * which is fitted by least squares, one term after the other (backfitting).
 * Effects are held back towards 0 and the slope towards one half, by as much as
 * a fraction of a point weighs, so that what was never seen alone has no effect
 * of its own.  No power of the clocks is right from end to end, as each point
 * has work that does not grow with them; so the fit is then scaled by what
 * points of about as many clocks took beside it.
 *
 * Source: ridge regression (Hoerl and Kennard, Technometrics 12(1), 1970);
 * backfitting of additive models (Friedman and Stuetzle, JASA 76(376), 1981).
 */
#include "sweep/pace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"

/* Rounds of the fit, which goes on from the last one. */
enum { ROUNDS = 20 };
/* Points that are fitted: more tell nothing new of a sum. */
enum { MOST_FITTED = 4096 };
/* What holds effects and the slope back, in points. */
static const double held_effect = 0.3, held_slope = 1, usual_slope = 0.5;
/* On each side of a point: what is of about as many clocks. */
enum { NEIGHBOURS = 6 };
/* One in so many points comes first, within limits. */
enum { ONE_IN = 20, FEWEST = 8, MOST = 64 };

void pace_points_init(struct pace_points *points, size_t count, size_t digits)
{
    points->count = count;
    points->digits = digits;
    points->estimate = memory_new(count, sizeof *points->estimate);
    points->digit = memory_new(count * digits, sizeof *points->digit);
}

void pace_points_release(struct pace_points *points)
{
    free(points->estimate);
    free(points->digit);
    *points = (struct pace_points){ 0 };
}

void pace_begin(struct pace *pace, const struct pace_points *points)
{
    size_t *first = memory_new(points->digits + 1, sizeof *first);

    for (size_t d = 0; d < points->digits; d++) {
        uint64_t most = 0;

        for (size_t i = 0; i < points->count; i++)
            most = max(most, points->digit[i * points->digits + d]);
        first[d + 1] = first[d] + (size_t)most + 1;
    }
    *pace = (struct pace){
        .points = points,
        .seconds = memory_new(points->count, sizeof *pace->seconds),
        .is_done = memory_new(points->count, sizeof *pace->is_done),
        .known = memory_new(points->count, sizeof *pace->known),
        .slope = usual_slope,
        .effect = memory_new(first[points->digits], sizeof *pace->effect),
        .first = first,
        .near = memory_new(points->count, sizeof *pace->near),
    };
}

void pace_end(struct pace *pace)
{
    free(pace->seconds);
    free(pace->is_done);
    free(pace->known);
    free(pace->effect);
    free(pace->first);
    free(pace->near);
    *pace = (struct pace){ 0 };
}

void pace_add(struct pace *pace, size_t point, double seconds)
{
    pace->is_done[point] = true;
    if (seconds <= 0)
        return;
    pace->seconds[point] = seconds;
    pace->known[pace->done++] = point;
}

/* ---- the fit ------------------------------------------------------------- */

static size_t effect_at(const struct pace *pace, size_t point, size_t digit)
{
    return pace->first[digit] +
           pace->points->digit[point * pace->points->digits + digit];
}

static double past_middle(const struct pace *pace, size_t point)
{
    return log(pace->points->estimate[point]) - pace->middle;
}

/* Seconds by the fit alone. */
static double pace_fitted(const struct pace *pace, size_t point)
{
    double sum = pace->level + pace->slope * past_middle(pace, point);

    for (size_t d = 0; d < pace->points->digits; d++)
        sum += pace->effect[effect_at(pace, point, d)];
    return exp(sum);
}

/* What is fitted: points, and what the terms so far leave of log seconds. */
struct fit {
    size_t count;
    size_t *point;
    double *rest;
};

static void fit_begin(struct fit *fit, struct pace *pace)
{
    size_t step = (pace->done + MOST_FITTED - 1) / MOST_FITTED;
    double middle = 0;

    fit->count = (pace->done + step - 1) / step;
    fit->point = memory_new(fit->count, sizeof *fit->point);
    fit->rest = memory_new(fit->count, sizeof *fit->rest);
    for (size_t i = 0; i < fit->count; i++) {
        fit->point[i] = pace->known[i * step];
        middle += log(pace->points->estimate[fit->point[i]]);
    }
    pace->middle = middle / (double)fit->count;
    for (size_t i = 0; i < fit->count; i++)
        fit->rest[i] = log(pace->seconds[fit->point[i]] /
                           pace_fitted(pace, fit->point[i]));
}

static void fit_level(struct fit *fit, struct pace *pace)
{
    double mean = 0;

    for (size_t i = 0; i < fit->count; i++)
        mean += fit->rest[i] / (double)fit->count;
    pace->level += mean;
    for (size_t i = 0; i < fit->count; i++)
        fit->rest[i] -= mean;
}

static void fit_slope(struct fit *fit, struct pace *pace)
{
    double along = held_slope * (usual_slope - pace->slope);
    double square = held_slope;

    for (size_t i = 0; i < fit->count; i++) {
        double at = past_middle(pace, fit->point[i]);

        along += at * fit->rest[i];
        square += at * at;
    }
    pace->slope += along / square;
    for (size_t i = 0; i < fit->count; i++)
        fit->rest[i] -= along / square * past_middle(pace, fit->point[i]);
}

/* Each value of a digit; `sum` and `count` are as large as `effect`, zeroed and
 * left so. */
static void fit_digit(struct fit *fit, struct pace *pace, size_t digit,
                      double *sum, double *count)
{
    for (size_t i = 0; i < fit->count; i++) {
        sum[effect_at(pace, fit->point[i], digit)] += fit->rest[i];
        count[effect_at(pace, fit->point[i], digit)]++;
    }
    for (size_t v = pace->first[digit]; v < pace->first[digit + 1]; v++) {
        sum[v] =
            (sum[v] - held_effect * pace->effect[v]) / (count[v] + held_effect);
        pace->effect[v] += sum[v];
    }
    for (size_t i = 0; i < fit->count; i++)
        fit->rest[i] -= sum[effect_at(pace, fit->point[i], digit)];
    for (size_t v = pace->first[digit]; v < pace->first[digit + 1]; v++)
        sum[v] = count[v] = 0;
}

static int by_near_estimate(const void *a, const void *b)
{
    const struct pace_near *one = a, *other = b;

    return (one->estimate > other->estimate) -
           (one->estimate < other->estimate);
}

/* What points took, and what the fit says they did. */
static void pace_look_near(struct pace *pace, const struct fit *fit)
{
    pace->nears = fit->count;
    for (size_t i = 0; i < fit->count; i++) {
        size_t point = fit->point[i];

        pace->near[i] = (struct pace_near){ pace->points->estimate[point],
                                            pace->seconds[point],
                                            pace_fitted(pace, point) };
    }
    qsort(pace->near, pace->nears, sizeof *pace->near, by_near_estimate);
    for (size_t i = 1; i < pace->nears; i++) {
        pace->near[i].seconds += pace->near[i - 1].seconds;
        pace->near[i].told += pace->near[i - 1].told;
    }
}

void pace_learn(struct pace *pace)
{
    size_t effects = pace->first[pace->points->digits];
    double *sum, *count;
    struct fit fit;

    if (pace->done == 0)
        return;
    sum = memory_new(effects, sizeof *sum);
    count = memory_new(effects, sizeof *count);
    fit_begin(&fit, pace);
    for (unsigned round = 0; round < ROUNDS; round++) {
        fit_level(&fit, pace);
        fit_slope(&fit, pace);
        for (size_t d = 0; d < pace->points->digits; d++)
            fit_digit(&fit, pace, d, sum, count);
    }
    pace_look_near(pace, &fit);
    free(fit.point);
    free(fit.rest);
    free(sum);
    free(count);
}

/* ---- what is told -------------------------------------------------------- */

/* How many of the known ones have an estimate below that, or up to it. */
static size_t pace_place(const struct pace *pace, double estimate, bool up_to)
{
    size_t low = 0, high = pace->nears;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        double known = pace->near[middle].estimate;

        if (known < estimate || (up_to && known <= estimate))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

double pace_of(const struct pace *pace, size_t point)
{
    double estimate = pace->points->estimate[point], seconds, told;
    size_t from = pace_place(pace, estimate, false);
    size_t to = min(pace->nears, pace_place(pace, estimate, true) + NEIGHBOURS);

    if (pace->nears == 0)
        return 0;
    from = from > NEIGHBOURS ? from - NEIGHBOURS : 0;
    seconds = pace->near[to - 1].seconds;
    told = pace->near[to - 1].told;
    if (from > 0) {
        seconds -= pace->near[from - 1].seconds;
        told -= pace->near[from - 1].told;
    }
    return pace_fitted(pace, point) * seconds / told;
}

double pace_left(const struct pace *pace)
{
    double left = 0;

    for (size_t i = 0; i < pace->points->count; i++)
        left += pace->is_done[i] ? 0 : pace_of(pace, i);
    return left;
}

size_t pace_order(size_t *order, size_t count)
{
    size_t first = count / ONE_IN, place = 0;

    first = first < FEWEST ? FEWEST : min(first, (size_t)MOST);
    if (count < 2 * FEWEST)
        first = 0;
    for (size_t i = 0; i < first; i++)
        order[place++] = i * (count - 1) / (first - 1);
    for (size_t i = 0, next = 0; i < count; i++) {
        if (next < first && order[next] == i)
            next++;
        else
            order[place++] = i;
    }
    return first;
}
