/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/time.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "kernel/internal.h"

static const uint64_t femtoseconds[] = { [SIM_UNIT_FS] = 1,
                                         [SIM_UNIT_PS] = 1000,
                                         [SIM_UNIT_NS] = 1000000,
                                         [SIM_UNIT_US] = 1000000000,
                                         [SIM_UNIT_MS] = 1000000000000,
                                         [SIM_UNIT_S] = 1000000000000000 };

sim_time sim_time_of(struct sim *sim, double value, enum sim_unit unit)
{
    double count =
        round(value * (double)femtoseconds[unit] / (double)sim->resolution);

    sim->time_fixed = true;
    if (!(count >= 0 && count < 0x1p64)) {
        sim_report(sim, SIM_ERROR, SIM_E_TIME_OVERFLOW,
                   "%g is no time between 0 and the end of time", value);
        return 0;
    }
    return (sim_time)count;
}

void sim_set_resolution(struct sim *sim, unsigned value, enum sim_unit unit)
{
    assert(value == 1 || value == 10 || value == 100);
    if (sim->time_fixed || sim->elaborated) {
        sim_report(sim, SIM_ERROR, SIM_E_RESOLUTION,
                   "the time resolution is in use and cannot be changed");
        return;
    }
    sim->resolution = value * femtoseconds[unit];
    sim->time_fixed = true;
}

void sim_time_text(const struct sim *sim, sim_time time, char *text,
                   size_t size)
{
    static const char *const names[] = { "fs", "ps", "ns", "us", "ms", "s" };
    unsigned unit = SIM_UNIT_S;

    for (; unit > SIM_UNIT_FS && time > 0; unit--) {
        unsigned __int128 exact = (unsigned __int128)time * sim->resolution;

        if (exact % femtoseconds[unit] == 0)
            break;
    }
    snprintf(text, size, "%llu %s",
             (unsigned long long)((unsigned __int128)time * sim->resolution /
                                  femtoseconds[unit]),
             names[unit]);
}
