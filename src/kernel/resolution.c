/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The unit of time. */
#include <assert.h>
#include <math.h>

#include "kernel/internal.h"

uint64_t sim_resolution(const struct sim *sim)
{
    return sim->resolution;
}

sim_time sim_time_of(struct sim *sim, double value, uint64_t unit)
{
    double count = round(value * (double)unit / (double)sim->resolution);

    sim->time_fixed = true;
    if (!(count >= 0 && count < 0x1p64)) {
        sim_report(sim, SIM_ERROR, SIM_E_TIME_OVERFLOW,
                   "%g is no time between 0 and the end of time", value);
        return 0;
    }
    return (sim_time)count;
}

void sim_set_resolution(struct sim *sim, unsigned value, uint64_t unit)
{
    assert(value == 1 || value == 10 || value == 100);
    if (sim->time_fixed || sim->elaborated) {
        sim_report(sim, SIM_ERROR, SIM_E_RESOLUTION,
                   "the time resolution is in use and cannot be changed");
        return;
    }
    sim->resolution = value * unit;
    sim->time_fixed = true;
}
