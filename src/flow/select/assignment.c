/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/assignment.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"

/* Costs are -gain; thing and place 0 are none. */
struct assignment {
    const double *gain;
    size_t count;
    double *of_thing, *of_place; /* potentials */
    double *least;               /* of each place, the least reduced cost */
    size_t *thing;               /* that a place has */
    size_t *before;              /* the place before it on the path */
    bool *seen;
};

/* Reduced costs of the thing that `place` has, and the place that is nearest to
 * what was seen. */
static size_t assignment_reach(struct assignment *all, size_t place,
                               double *step)
{
    size_t thing = all->thing[place], next = 0;

    *step = INFINITY;
    all->seen[place] = true;
    for (size_t p = 1; p <= all->count; p++) {
        double cost;

        if (all->seen[p])
            continue;
        cost = -all->gain[(thing - 1) * all->count + p - 1] -
               all->of_thing[thing] - all->of_place[p];
        if (cost < all->least[p]) {
            all->least[p] = cost;
            all->before[p] = place;
        }
        if (all->least[p] < *step) {
            *step = all->least[p];
            next = p;
        }
    }
    return next;
}

static void assignment_move(struct assignment *all, double step)
{
    for (size_t p = 0; p <= all->count; p++) {
        if (all->seen[p]) {
            all->of_thing[all->thing[p]] += step;
            all->of_place[p] -= step;
        } else {
            all->least[p] -= step;
        }
    }
}

/* Gives one more thing a place, along the cheapest path of others that move. */
static void assignment_add(struct assignment *all, size_t thing)
{
    size_t place = 0;

    all->thing[0] = thing;
    for (size_t p = 0; p <= all->count; p++) {
        all->least[p] = INFINITY;
        all->seen[p] = false;
    }
    do {
        double step;
        size_t next = assignment_reach(all, place, &step);

        assignment_move(all, step);
        place = next;
    } while (all->thing[place] != 0);
    while (place != 0) {
        size_t before = all->before[place];

        all->thing[place] = all->thing[before];
        place = before;
    }
}

void assignment_best(uint32_t *to, const double *gain, uint32_t count)
{
    size_t size = (size_t)count + 1;
    struct assignment all = {
        .gain = gain,
        .count = count,
        .of_thing = memory_new(size, sizeof(double)),
        .of_place = memory_new(size, sizeof(double)),
        .least = memory_new(size, sizeof(double)),
        .thing = memory_new(size, sizeof(size_t)),
        .before = memory_new(size, sizeof(size_t)),
        .seen = memory_new(size, sizeof(bool)),
    };

    for (size_t i = 1; i <= count; i++)
        assignment_add(&all, i);
    for (size_t p = 1; p <= count; p++)
        to[all.thing[p] - 1] = (uint32_t)(p - 1);
    free(all.of_thing);
    free(all.of_place);
    free(all.least);
    free(all.thing);
    free(all.before);
    free(all.seen);
}
