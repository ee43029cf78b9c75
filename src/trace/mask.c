/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/mask.h"

#include <assert.h>
#include <pthread.h>

#include "trace/pattern.h"

/* All masks of each size, by the number of bits set; 2^1 + ... + 2^16. */
static uint16_t masks[(2 << PATTERN_MAX_M) - 1];
static uint32_t begin[PATTERN_MAX_M + 1][PATTERN_MAX_M + 2];

static void sort_masks(void)
{
    uint32_t at = 0;

    for (unsigned size = 0; size <= PATTERN_MAX_M; size++) {
        for (unsigned kept = 0; kept <= size; kept++) {
            begin[size][kept] = at;
            for (uint32_t mask = 0; mask < 1u << size; mask++) {
                if ((unsigned)__builtin_popcount(mask) == kept)
                    masks[at++] = (uint16_t)mask;
            }
        }
        begin[size][size + 1] = at;
    }
}

struct mask_table mask_table(unsigned kept, unsigned size)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    assert(kept <= size && size <= PATTERN_MAX_M);
    pthread_once(&once, sort_masks);
    return (struct mask_table){
        .count = begin[size][kept + 1] - begin[size][kept],
        .mask = masks + begin[size][kept],
    };
}
