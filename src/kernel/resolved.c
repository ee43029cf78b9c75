/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <assert.h>
#include <string.h>

#include "kernel/internal.h"
#include "kernel/signal.h"

struct sim_driver {
    const struct sim_process *process;
    struct sim_wires wires;
};

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
    sim_resolved_set_shape(resolved, 1, (struct sim_wires){ 1, 1 });
}

void sim_resolved_set_shape(struct sim_resolved *resolved, unsigned width,
                            struct sim_wires first)
{
    assert(width >= 1 && width <= 64);
    resolved->mask = UINT64_MAX >> (64 - width);
    resolved->wires.low = first.low & resolved->mask;
    resolved->wires.high = first.high & resolved->mask;
}

void sim_resolved_write(struct sim_resolved *resolved, struct sim_wires wires)
{
    struct sim *sim = resolved->channel.sim;
    uint32_t i = 0;

    while (i < resolved->count && resolved->drivers[i].process != sim->current)
        i++;
    ROOM(sim, resolved->drivers, i, resolved->size);
    if (i == resolved->count)
        resolved->count++;
    wires.low &= resolved->mask;
    wires.high &= resolved->mask;
    resolved->drivers[i] = (struct sim_driver){ sim->current, wires };
    sim_channel_request_update(&resolved->channel);
}

void sim_resolved_release(struct sim_resolved *resolved)
{
    sim_channel_release(&resolved->channel);
    kernel_give_back(resolved->channel.sim, resolved->drivers,
                     resolved->size * sizeof *resolved->drivers);
    sim_event_release(&resolved->changed);
}
