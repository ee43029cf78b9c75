/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "kernel/process.h"

/*
 * What each block of a whole inference has of the kernel: a process that does
 * what it can now.  What the others tell it wakes it at once; what it knows to
 * be due later wakes it then.
 *
 * A unit of the kernel's time is a clock of the array here.  A clock that is
 * not known yet is NEVER; one that is known may be to come.
 */
#define NEVER UINT64_MAX

struct whole;

struct station {
    struct whole *whole; /* borrowed: where the other blocks are */
    struct sim_event wake, timer;
    struct sim_process process;
};

/* `module` is the block, whose function runs. */
void station_init(struct station *station, struct whole *whole,
                  const char *name, sim_function function, void *module);

static inline void station_wake(struct station *station)
{
    sim_notify_delta(&station->wake);
}

static inline uint64_t station_now(const struct station *station)
{
    return sim_now(station->timer.sim);
}

/* Whether that clock has come; if it is to come, the block is woken then. */
bool station_has_come(struct station *station, uint64_t clock);
