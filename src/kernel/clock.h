/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/event.h"

/*
 * A clock: a formula of time, not a process.  Its edges are events as of a
 * signal that toggles: at an edge's time, what waits for that time runs in the
 * first delta and what waits for the edge in the second.  An edge is scheduled
 * only while someone is sensitive to it or waits for it; otherwise the clock
 * costs nothing, whatever time passes (and makes no deltas).
 */
struct sim_clock {
    struct sim *sim;
    sim_time period;
    sim_time high; /* part of the period */
    sim_time first_rise, first_fall;
    uint32_t id;
    sim_time next[3]; /* of each of `edges`, if someone waits for it */
    struct sim_event tick;
    union {
        struct sim_event edges[3];
        struct { /* for who waits for an edge */
            struct sim_event posedge, negedge, changed;
        };
    };
};

/* Rises first, at time 0, half of the period high.  A period below 2 is error
 * 101. */
void sim_clock_init(struct sim_clock *clock, struct sim *sim, const char *name,
                    sim_time period);

/*
 * The first edge comes at `start` and is the `first` one; the clock is high for
 * `duty` (0..1, not included, else half) of a period.  Before its first edge it
 * shows the opposite value.  To be called right after sim_clock_init(). A shape
 * that is never high is error 102, never low 103; it changes nothing.
 */
enum sim_clock_first { SIM_FALLS_FIRST, SIM_RISES_FIRST };

void sim_clock_set_shape(struct sim_clock *clock, double duty, sim_time start,
                         enum sim_clock_first first);

bool sim_clock_read(const struct sim_clock *clock);

/* While processes run for which an edge has just come, waited for or not. */
bool sim_clock_changed(const struct sim_clock *clock);

/* Rising edges so far, the one of this instant included. */
uint64_t sim_clock_rises(const struct sim_clock *clock);
