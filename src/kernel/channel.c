/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/channel.h"

#include "kernel/internal.h"

/* Each asks at most once before the updates, and once more in them. */
void channel_reserve(struct sim *sim)
{
    uint32_t size = 2 * sim->channels + 16;

    if (sim->updates_size >= sim->channels)
        return;
    sim->updates = kernel_grow(sim, sim->updates,
                               sim->updates_count * sizeof *sim->updates,
                               size * sizeof *sim->updates);
    sim->updated = sim_alloc(sim, size * sizeof *sim->updated);
    sim->updates_size = size;
}

void sim_channel_init(struct sim_channel *channel, struct sim *sim,
                      void (*update)(struct sim_channel *channel))
{
    channel->sim = sim;
    channel->update = update;
    channel->requested = false;
    sim->channels++;
    channel_reserve(sim);
}

void sim_channel_request_update(struct sim_channel *channel)
{
    struct sim *sim = channel->sim;

    if (channel->requested)
        return;
    channel->requested = true;
    sim->updates[sim->updates_count++] = channel;
}
