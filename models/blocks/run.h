/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "kernel/clock.h"
#include "models/counter.h"
#include "models/layout/schedule.h"
#include "models/layout/visit.h"
#include "models/watch.h"

/*
 * What all blocks of one layer's run share.  Clocks are numbered from 0; what
 * happens "in clock c" happens at time c * period, and what is ready "after
 * clock c" can be used in clock c + 1.
 */
struct run {
    struct sim *sim;                 /* borrowed */
    struct sim_clock clock;          /* nobody listens: it is arithmetic */
    const struct machine *machine;   /* borrowed */
    const struct schedule *schedule; /* borrowed */
    const struct layer *layer;       /* borrowed */
    bool values;                     /* int8 values flow, or timing only */
    const struct accelerator_watch *watch; /* borrowed; may be NULL */
    uint64_t counters[COUNTERS];
};

static inline uint64_t run_now(const struct run *run)
{
    return sim_now(run->sim) / run->clock.period;
}

static inline sim_time run_delay(const struct run *run, uint64_t clocks)
{
    return clocks * run->clock.period;
}

/* Tells the watcher, if there is one. */
static inline void run_span(const struct run *run,
                            const struct watch_span *span)
{
    if (run->watch && run->watch->span && span->end > span->start)
        run->watch->span(run->watch->context, span);
}

static inline const struct placement *run_placement(const struct run *run,
                                                    const struct pass *pass)
{
    return run->schedule->wave[pass->wave].placement;
}

/* What a pass (of a block after the cells: a beat of it) is to be counted as.
 */
static inline struct visit run_visit(const struct run *run,
                                     const struct pass *pass)
{
    return (struct visit){ .placement = run_placement(run, pass),
                           .column = pass->column,
                           .tile = pass->tile,
                           .vectors = pass->number == 0,
                           .passes = 1,
                           .beats = 1,
                           .served = pass->served,
                           .sets = pass->sets };
}
