/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * A point in time, exact: whole clocks above, and below them so many of the
 * `parts` of a clock that the channel's rate makes (its numerator), less than
 * `parts`.  Instants compare as the numbers they are.
 *
 * The machine acts at whole clocks, so what it sees of an instant is the clock
 * that is not before it, instant_clock().  Rounding up agrees with `later` and
 * with adding whole clocks, so times may be carried unrounded as far as one
 * likes; only what the channel is asked for is asked in a whole clock.
 */
typedef unsigned __int128 instant;

#define INSTANT_NEVER (~(instant)0)

static inline instant instant_make(uint64_t clock, uint64_t part)
{
    return (instant)clock << 64 | part;
}

static inline instant instant_at(uint64_t clock)
{
    return (instant)clock << 64;
}

static inline uint64_t instant_whole(instant at)
{
    return (uint64_t)(at >> 64);
}

static inline uint64_t instant_part(instant at)
{
    return (uint64_t)at;
}

static inline uint64_t instant_clock(instant at)
{
    return instant_whole(at) + (instant_part(at) > 0);
}

static inline instant instant_later(instant a, instant b)
{
    return a > b ? a : b;
}

static inline instant instant_after(instant at, uint64_t clocks)
{
    return at + instant_at(clocks);
}

/* at - from, or its complement if `at` is before: the same for equal
 * differences. */
static inline instant instant_since(instant at, instant from, uint64_t parts)
{
    uint64_t whole = instant_whole(at) - instant_whole(from);

    if (instant_part(at) >= instant_part(from))
        return instant_make(whole, instant_part(at) - instant_part(from));
    return instant_make(whole - 1,
                        instant_part(at) + parts - instant_part(from));
}

static inline instant instant_plus(instant at, instant more, uint64_t parts)
{
    uint64_t part = instant_part(at) + instant_part(more);
    uint64_t whole = instant_whole(at) + instant_whole(more);

    if (part >= parts)
        return instant_make(whole + 1, part - parts);
    return instant_make(whole, part);
}

static inline instant instant_times(instant span, uint64_t times,
                                    uint64_t parts)
{
    instant part = (instant)instant_part(span) * times;

    return instant_make(instant_whole(span) * times + (uint64_t)(part / parts),
                        (uint64_t)(part % parts));
}

/* A span as a number of parts. */
static inline instant instant_parts(instant span, uint64_t parts)
{
    return (instant)instant_whole(span) * parts + instant_part(span);
}
