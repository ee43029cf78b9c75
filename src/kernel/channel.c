/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The update phase: channels that ask for it, and signals without a call. */
#include <string.h>

#include "kernel/internal.h"

void sim_channel_init(struct sim_channel *channel, struct sim *sim,
                      void (*update)(struct sim_channel *channel))
{
    channel->sim = sim;
    channel->update = update;
    channel->requested = false;
    channel->writer = NULL;
    ROOM(sim, sim->updates, 2 * sim->channels++, sim->updates_size);
}

void sim_channel_request_update(struct sim_channel *channel)
{
    struct sim *sim = channel->sim;

    if (channel->requested)
        return;
    channel->requested = true;
    sim->updates[sim->updates_count++] = channel;
}

void sim_channel_release(struct sim_channel *channel)
{
    struct sim *sim = channel->sim;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < sim->updates_count && channel->requested; i++) {
        if (sim->updates[i] != channel)
            sim->updates[kept++] = sim->updates[i];
    }
    if (channel->requested)
        sim->updates_count = kept;
    channel->requested = false;
    sim->channels--;
}

const struct sim_process channel_writer_gone;

void channel_set_writer(struct sim_channel *channel, unsigned kinds)
{
    struct sim_process *writer = channel->sim->current;

    channel->writer = writer;
    if ((kinds & SIM_MANY_WRITERS) == 0)
        writer->state |= PROCESS_OWNS;
}

void channel_report_writer(const struct sim_channel *channel, uint32_t id)
{
    sim_report(channel->sim, SIM_ERROR, SIM_E_TWO_WRITERS,
               "signal %s has a writer already: %s",
               sim_object_name(channel->sim, id),
               channel->writer == &channel_writer_gone
                   ? "one that has been released"
                   : sim_object_name(channel->sim, channel->writer->id));
}

static inline struct sim_signal *channel_signal(struct sim_channel *channel)
{
    return CONTAINER(channel, struct sim_signal, channel);
}

void channels_mark_changed(struct sim *sim, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct sim_channel *channel = sim->updates[i];

        if (channel != NULL && channel->update == signal_update)
            channel_signal(channel)->changed_delta = sim->delta;
    }
}

ALWAYS_INLINE uint32_t channels_update(struct sim *sim)
{
    struct sim_channel **updates = sim->updates; /* stays if another is made */
    uint32_t count = sim->updates_count;

    sim->phase = PHASE_UPDATE;
    for (uint32_t i = 0; i < count; i++) {
        struct sim_channel *channel = updates[i];

        channel->requested = false;
        if (unlikely(channel->update != signal_update))
            channel->update(channel);
        else if (unlikely(!signal_show(channel_signal(channel))))
            sim->updates[i] = NULL; /* channels_mark_changed() passes it by */
    }
    sim->phase = PHASE_EVALUATE;
    sim->updates_count -= count;
    if (likely(sim->updates_count == 0))
        return count;
    channels_mark_changed(sim, count); /* their places are taken */
    memmove(sim->updates, sim->updates + count,
            sim->updates_count * sizeof *updates);
    return 0;
}
