/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * The arithmetic that every implementation of a workload shares (C and C++):
 * the same events in whatever order within a delta give the same check.
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define SEED   UINT64_C(0x243f6a8885a308d3)
#define STREAM UINT64_C(0xd1342543de82ef95)

/* The finaliser of splitmix64. */
static inline uint64_t mix(uint64_t z)
{
    z ^= z >> 30;
    z *= UINT64_C(0xbf58476d1ce4e5b9);
    z ^= z >> 27;
    z *= UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline uint64_t next_random(uint64_t *state)
{
    return mix(*state += UINT64_C(0x9e3779b97f4a7c15));
}

static inline uint64_t hash(uint64_t x)
{
    return mix(x + UINT64_C(0x9e3779b97f4a7c15));
}

static inline uint64_t rot5(uint64_t x)
{
    return x << 5 | x >> 59;
}

/* How long an instance of `hold` waits until its next event. */
enum distribution { UNI, EXP, HW, HW0, MIX, DISTRIBUTIONS };

static const char *const distribution_names[] = { "uni", "exp", "hw", "hw0",
                                                  "mix" };
static const uint64_t distribution_means[] = { 524288, 65536, 32, 32, 32768 };

static inline void fill_exponential(uint64_t table[1024])
{
    for (int k = 0; k < 1024; k++)
        table[k] = 1 + (uint64_t)floor(-65536.0 * log((k + 0.5) / 1024));
}

static inline uint64_t draw_delay(enum distribution distribution,
                                  const uint64_t exponential[1024], uint64_t r)
{
    switch (distribution) {
    case UNI:
        return 1 + (r >> 44);
    case EXP:
        return exponential[r >> 54];
    case HW:
        return 1 + (r >> 58);
    case HW0:
        return r >> 58;
    default:
        return r >> 60 ? 1 + (r >> 54 & 63) : 1 + (r & 0xfffff);
    }
}

static inline double user_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
}

static inline void print_row(const char *implementation, const char *work,
                             const char *parameters, uint64_t events,
                             uint64_t check, double seconds)
{
    printf("%s\t%s\t%s\t%" PRIu64 "\t%016" PRIx64 "\t%.3f\n", implementation,
           work, parameters, events, check, seconds);
    fflush(stdout);
}
