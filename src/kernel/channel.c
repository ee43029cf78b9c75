/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/channel.h"

#include "kernel/internal.h"

void sim_channel_init(struct sim_channel *channel, struct sim *sim,
                      void (*update)(struct sim_channel *channel))
{
    channel->sim = sim;
    channel->update = update;
    channel->requested = false;
    if (sim->channels++ == sim->updates_size) {
        uint32_t size = sim->updates_size;

        sim->updates = kernel_room(sim, sim->updates, size, &sim->updates_size,
                                   sizeof *sim->updates);
        sim->updated =
            kernel_room(sim, sim->updated, size, &size, sizeof *sim->updated);
    }
}

void sim_channel_request_update(struct sim_channel *channel)
{
    struct sim *sim = channel->sim;

    if (channel->requested)
        return;
    channel->requested = true;
    sim->updates[sim->updates_count++] = channel;
}
