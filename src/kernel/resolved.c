/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/resolved.h"

#include <string.h>

#include "kernel/internal.h"

static void resolved_update(struct sim_channel *channel)
{
    struct sim_resolved *resolved =
        CONTAINER(channel, struct sim_resolved, channel);
    struct sim_wires wires = { 0, 0 };

    for (uint32_t i = 0; i < resolved->count; i++) {
        wires.low |= resolved->drivers[i].wires.low;
        wires.high |= resolved->drivers[i].wires.high;
    }
    if (wires.low == resolved->wires.low && wires.high == resolved->wires.high)
        return;
    resolved->wires = wires;
    event_notify_update(&resolved->changed);
}

void sim_resolved_init(struct sim_resolved *resolved, struct sim *sim,
                       const char *name)
{
    memset(resolved, 0, sizeof *resolved);
    sim_channel_init(&resolved->channel, sim, resolved_update);
    sim_event_init(&resolved->changed, sim, name);
}

static struct sim_driver *driver_of(struct sim_resolved *resolved)
{
    struct sim *sim = resolved->channel.sim;
    uint32_t i = 0;

    while (i < resolved->count && resolved->drivers[i].process != sim->current)
        i++;
    if (i == resolved->size) {
        resolved->size = 2 * i + 4;
        resolved->drivers =
            kernel_grow(sim, resolved->drivers, i * sizeof *resolved->drivers,
                        resolved->size * sizeof *resolved->drivers);
    }
    if (i == resolved->count)
        resolved->drivers[resolved->count++].process = sim->current;
    return &resolved->drivers[i];
}

void sim_resolved_write(struct sim_resolved *resolved, struct sim_wires wires)
{
    driver_of(resolved)->wires = wires;
    sim_channel_request_update(&resolved->channel);
}
