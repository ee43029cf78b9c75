/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "models/layout/placement.h"

/*
 * One trip of a vector through a macro with one set of selects: what moves from
 * block to block.  Its values follow it in memory; each block's header says
 * which.  A bit-serial pass has several beats, one a clock.
 */
struct pass {
    uint32_t wave;
    uint32_t turn;   /* the wave counted over token blocks: schedule.h */
    uint32_t token;  /* of the layer */
    uint32_t number; /* of the vector's passes */
    uint32_t beat;
    uint32_t first; /* columns first .. first + columns - 1 hold those served */
    uint32_t columns;
    uint32_t served; /* with several teams, each a part of its columns */
    uint32_t sets;   /* whose selects are obeyed */
    uint64_t vector; /* counted over waves and token blocks */
    const struct column_tile *column; /* of the macro, borrowed */
    const struct tile *tile;          /* borrowed; slots past its span hold
                                         no weights */
};

enum { PASS_BYTES = 64 }; /* the values begin on a cache line */
_Static_assert(sizeof(struct pass) <= PASS_BYTES, "the values come after it");

static inline void *pass_values(struct pass *pass)
{
    return (unsigned char *)pass + PASS_BYTES;
}

static inline const void *pass_values_of(const struct pass *pass)
{
    return (const unsigned char *)pass + PASS_BYTES;
}
