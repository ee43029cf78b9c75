/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/random.h"

uint64_t random_next(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15u;
    return random_mix(*state);
}

uint64_t random_below(uint64_t *state, uint64_t bound)
{
    /* The values under `reject` would make the low remainders likelier. */
    uint64_t reject = (0 - bound) % bound, drawn;

    do
        drawn = random_next(state);
    while (drawn < reject);
    return drawn % bound;
}
