/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/pace.h"

#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"

/* On each side; points of one estimate differ, as their machines do. */
enum { NEIGHBOURS = 3 };
/* One in so many points comes first, within limits. */
enum { ONE_IN = 20, FEWEST = 8, MOST = 64 };

/* How many of the done ones have a smaller estimate. */
static size_t pace_place(const struct pace *pace, double estimate)
{
    size_t low = 0, high = pace->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (pace->done[middle].estimate < estimate)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void pace_add(struct pace *pace, double estimate, double seconds)
{
    size_t place = pace_place(pace, estimate);

    pace->done = memory_grow(pace->done, &pace->capacity, pace->count + 1,
                             sizeof *pace->done);
    memmove(pace->done + place + 1, pace->done + place,
            (pace->count - place) * sizeof *pace->done);
    pace->done[place] = (struct pace_done){ estimate, seconds };
    pace->count++;
}

void pace_release(struct pace *pace)
{
    free(pace->done);
    *pace = (struct pace){ 0 };
}

/* Mean of done [from, to); they are one at least. */
static struct pace_done pace_mean(const struct pace *pace, size_t from,
                                  size_t to)
{
    struct pace_done mean = { 0 };

    for (size_t i = from; i < to; i++) {
        mean.estimate += pace->done[i].estimate / (double)(to - from);
        mean.seconds += pace->done[i].seconds / (double)(to - from);
    }
    return mean;
}

double pace_of(const struct pace *pace, double estimate)
{
    size_t place = pace_place(pace, estimate);
    size_t from = place > NEIGHBOURS ? place - NEIGHBOURS : 0;
    size_t to = min(pace->count, place + NEIGHBOURS);
    struct pace_done below, above;

    if (pace->count == 0)
        return 0;
    if (from == place || to == place)
        return pace_mean(pace, from, to).seconds;
    below = pace_mean(pace, from, place);
    above = pace_mean(pace, place, to);
    if (above.estimate <= below.estimate)
        return (below.seconds + above.seconds) / 2;
    return below.seconds + (above.seconds - below.seconds) *
                               (estimate - below.estimate) /
                               (above.estimate - below.estimate);
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
