/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

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
uint16_t mask_draw(const struct mask_table *table, uint64_t seed,
                   uint64_t counter);
