/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/front.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct place {
    size_t point;
    unsigned rank;
    double room;
    double value; /* of the objective that is looked at */
};

static bool beats(const double *a, const double *b, size_t objectives)
{
    bool better = false;

    for (size_t i = 0; i < objectives; i++) {
        if (a[i] > b[i])
            return false;
        better = better || a[i] < b[i];
    }
    return better;
}

/* Every round takes away the points that no remaining one beats. */
static void set_ranks(struct place *place, const double *values, size_t points,
                      size_t objectives)
{
    const unsigned not_yet = ~0u;
    size_t left = points;

    for (size_t i = 0; i < points; i++)
        place[i] = (struct place){ .point = i, .rank = not_yet };
    for (unsigned rank = 0; left > 0; rank++) {
        for (size_t i = 0; i < points; i++) {
            bool beaten = false;

            if (place[i].rank < rank)
                continue;
            for (size_t j = 0; j < points && !beaten; j++)
                beaten = place[j].rank >= rank &&
                         beats(values + j * objectives, values + i * objectives,
                               objectives);
            if (!beaten) {
                place[i].rank = rank;
                left--;
            }
        }
    }
}

static int by_first(const struct place *a, const struct place *b)
{
    return a->point < b->point ? -1 : a->point > b->point;
}

static int by_value(const void *a, const void *b)
{
    const struct place *one = a, *other = b;

    if (one->rank != other->rank)
        return one->rank < other->rank ? -1 : 1;
    if (one->value < other->value || one->value > other->value)
        return one->value < other->value ? -1 : 1;
    return by_first(one, other);
}

static int by_worth(const void *a, const void *b)
{
    const struct place *one = a, *other = b;

    if (one->rank != other->rank)
        return one->rank < other->rank ? -1 : 1;
    if (one->room < other->room || one->room > other->room)
        return one->room > other->room ? -1 : 1;
    return by_first(one, other);
}

/* The points from..to - 1 are a front in the order of one objective. */
static void add_room(struct place *place, size_t from, size_t to)
{
    double range = place[to - 1].value - place[from].value;

    place[from].room = place[to - 1].room = INFINITY;
    for (size_t i = from + 1; i + 1 < to && range > 0; i++)
        place[i].room += (place[i + 1].value - place[i - 1].value) / range;
}

static void set_room(struct place *place, const double *values, size_t points,
                     size_t objectives)
{
    for (size_t o = 0; o < objectives; o++) {
        size_t from = 0;

        for (size_t i = 0; i < points; i++)
            place[i].value = values[place[i].point * objectives + o];
        qsort(place, points, sizeof *place, by_value);
        for (size_t to = 1; to <= points; to++) {
            if (to < points && place[to].rank == place[from].rank)
                continue;
            add_room(place, from, to);
            from = to;
        }
    }
}

void front_order(size_t *order, unsigned *rank, const double *values,
                 size_t points, size_t objectives)
{
    struct place *place;

    if (points == 0)
        return;
    place = memory_new(points, sizeof *place);
    set_ranks(place, values, points, objectives);
    set_room(place, values, points, objectives);
    qsort(place, points, sizeof *place, by_worth);
    for (size_t i = 0; i < points; i++) {
        order[i] = place[i].point;
        if (rank)
            rank[place[i].point] = place[i].rank;
    }
    free(place);
}
