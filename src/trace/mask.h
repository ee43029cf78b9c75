/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "base/random.h"

/*
 * Random masks that are a pure function of (seed, counter), so that any part of
 * a layer can be drawn alone, in any order, by any worker.  A group's mask is
 * one of all C(size, kept) masks, each equally likely.
 */
struct mask_table {
    uint32_t count;       /* C(size, kept) */
    const uint16_t *mask; /* ascending; constant, the program's */
};

/* kept <= size <= 16 */
struct mask_table mask_table(unsigned kept, unsigned size);

/* The mask of number `counter` in the stream `seed` (splitmix64's, random.h).
 */
static inline uint16_t mask_draw(const struct mask_table *table, uint64_t seed,
                                 uint64_t counter)
{
    uint64_t drawn = random_mix(seed + (counter + 1) * 0x9E3779B97F4A7C15u);

    return table->mask[(
        uint32_t)((__extension__(unsigned __int128) drawn * table->count) >>
                  64)];
}
