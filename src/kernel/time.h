/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef KERNEL_TIME_H
#define KERNEL_TIME_H

#include <stddef.h>
#include <stdint.h>

/*
 * Simulated time: a count of the resolution, which is 1 ps unless
 * sim_set_resolution() said otherwise, so that the units below hold as they
 * stand.  The end of time is 2^64 - 1 (213 days of picoseconds); a notification
 * beyond it is error 506.
 */
typedef uint64_t sim_time;

#define SIM_PS       ((sim_time)1)
#define SIM_NS       ((sim_time)1000)
#define SIM_US       ((sim_time)1000000)
#define SIM_MS       ((sim_time)1000000000)
#define SIM_TIME_MAX UINT64_MAX

struct sim;

enum sim_unit {
    SIM_UNIT_FS,
    SIM_UNIT_PS,
    SIM_UNIT_NS,
    SIM_UNIT_US,
    SIM_UNIT_MS,
    SIM_UNIT_S
};

/* `value` units as a count of the resolution, rounded to the nearest. */
sim_time sim_time_of(struct sim *sim, double value, enum sim_unit unit);

/*
 * Makes the resolution 1, 10 or 100 of a unit.  Before any sim_time_of() and
 * before the first run; error 514 later or the second time.
 */
void sim_set_resolution(struct sim *sim, unsigned value, enum sim_unit unit);

/* Writes "1500 ps", "2 ns", "0 s": the coarsest unit that is exact. */
void sim_time_text(const struct sim *sim, sim_time time, char *text,
                   size_t size);

#endif
