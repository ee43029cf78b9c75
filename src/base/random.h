/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

/*
 * Random numbers that do not depend on who asks first: a mix of a counter.
 * The finaliser and the increment are those of splitmix64 (Steele, Lea and
 * Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
 */
static inline uint64_t random_mix(uint64_t counter) /* a bijection on 64 bits */
{
    counter ^= counter >> 30;
    counter *= 0xBF58476D1CE4E5B9u;
    counter ^= counter >> 27;
    counter *= 0x94D049BB133111EBu;
    return counter ^ counter >> 31;
}

/* A stream: each call adds the golden ratio and mixes.  The state is the
 * caller's; any value is a good seed. */
uint64_t random_next(uint64_t *state);

/* 0 .. bound - 1, each equally likely (bound > 0). */
uint64_t random_below(uint64_t *state, uint64_t bound);
