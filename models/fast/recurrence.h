/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/counter.h"
#include "models/layout/schedule.h"

/*
 * The clocks and counters of a schedule without events: the same machine as the
 * blocks, as a recurrence from pass to pass, transfer to transfer (the latest
 * of what each waits for).  It is that of a whole inference, given one task
 * (inference/programme_time.h), so it stands once.
 */
struct recurrence {
    uint64_t cycles;
    uint64_t clocks[CLOCK_CATEGORIES];
    uint64_t counters[COUNTERS];
};

/* `waves` are the schedule's as tasks have them (inference/task_wave.h); the
 * schedule is cut. */
struct task_wave;
void recurrence_run(struct recurrence *recurrence,
                    const struct schedule *schedule,
                    const struct task_wave *waves);
