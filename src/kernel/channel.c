/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/channel.h"

#include <string.h>

#include "kernel/internal.h"

static void set_updates_size(struct sim *sim, uint32_t size)
{
    sim->updates = kernel_grow(sim, sim->updates,
                               sim->updates_count * sizeof *sim->updates,
                               size * sizeof *sim->updates);
    sim->updates_size = size;
}

/* Twice: each may ask again while the others still update. */
void channel_reserve(struct sim *sim)
{
    if (sim->updates_size < 2 * sim->channels)
        set_updates_size(sim, 3 * sim->channels);
}

void sim_channel_init(struct sim_channel *channel, struct sim *sim,
                      void (*update)(struct sim_channel *channel))
{
    channel->sim = sim;
    channel->update = update;
    channel->requested = false;
    sim->channels++;
    if (sim->elaborated)
        channel_reserve(sim);
}

static RARE void make_updates_room(struct sim *sim)
{
    set_updates_size(sim, 2 * sim->updates_size + 16);
}

void sim_channel_request_update(struct sim_channel *channel)
{
    struct sim *sim = channel->sim;

    if (channel->requested)
        return;
    if (unlikely(sim->updates_count == sim->updates_size))
        make_updates_room(sim);
    channel->requested = true;
    sim->updates[sim->updates_count++] = channel;
}

void channel_update_all(struct sim *sim)
{
    uint32_t count = sim->updates_count;

    if (count == 0)
        return;
    for (uint32_t i = 0; i < count; i++) {
        struct sim_channel *channel = sim->updates[i];

        channel->requested = false;
        channel->update(channel);
    }
    sim->updates_count -= count;
    if (sim->updates_count > 0)
        memmove(sim->updates, sim->updates + count,
                sim->updates_count * sizeof *sim->updates);
}
