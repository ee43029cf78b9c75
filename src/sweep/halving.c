/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/halving.h"

#include <stdlib.h>

#include "base/arithmetic.h"

/* Multiples of the golden ratio, modulo 1, are spread evenly however many of
 * them are taken. */
static uint64_t spread(uint32_t layer)
{
    return layer * 0x9e3779b97f4a7c15u;
}

static int by_spread(const void *a, const void *b)
{
    uint64_t one = spread(*(const uint32_t *)a);
    uint64_t other = spread(*(const uint32_t *)b);

    return one < other ? -1 : one > other;
}

void halving_order(uint32_t *order, size_t layers)
{
    for (uint32_t i = 0; i < layers; i++)
        order[i] = i;
    if (layers > 0)
        qsort(order, layers, sizeof *order, by_spread);
}

unsigned halving_rungs(uint32_t after[HALVING_RUNGS], size_t layers,
                       enum halving_how how)
{
    size_t part = 1;
    unsigned rungs = 0;

    for (unsigned i = 1; i < HALVING_RUNGS && how == HALVING_IN_RUNGS; i++)
        part *= HALVING_FEWER;
    for (; part > 0; part /= HALVING_FEWER) {
        uint32_t count = (uint32_t)(divide_up(layers, part));

        if (rungs == 0 || after[rungs - 1] < count)
            after[rungs++] = count;
    }
    return rungs;
}

size_t halving_points(uint64_t budget, const uint32_t after[HALVING_RUNGS],
                      unsigned rungs)
{
    double cost = 0, share = 1, points;

    for (unsigned i = 0; i < rungs; i++, share /= HALVING_FEWER)
        cost +=
            share * (after[i] - (i > 0 ? after[i - 1] : 0)) / after[rungs - 1];
    points = (double)budget / cost;
    return points < 1 ? 1 : (size_t)points;
}
