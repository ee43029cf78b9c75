/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/counter.h"
#include "models/layout/schedule.h"

/*
 * The clocks and counters of a schedule without events: the same machine as the
 * blocks, written as a recurrence from pass to pass (the latest of what a pass
 * waits for is when it enters).
 *
 * Inside a wave nothing but the issue loop changes: when the port, the latches
 * and the output buffer are free, relative to now.  Loads and transfers touch
 * it only at the start of a wave.  So when that state repeats, compared field
 * by field, whole periods of vectors are gone forward at once, and the rest is
 * stepped.  Token blocks of equal size are equal, because each starts cold.
 */
struct recurrence {
    uint64_t cycles;
    uint64_t clocks[CLOCK_CATEGORIES];
    uint64_t counters[COUNTERS];
};

void recurrence_run(struct recurrence *recurrence,
                    const struct schedule *schedule);
