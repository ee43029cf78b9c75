/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/signal.h"

#include <string.h>

#include "kernel/internal.h"

/* A change of a signal that someone watches, or that many write. */
static void update_watched(struct sim_signal *signal, uint64_t old)
{
    if (signal->writers == SIM_MANY_WRITERS)
        signal->writer = NULL;
    if (signal->next == old && !signal->always)
        return;
    signal->changed_delta = signal->channel.sim->delta;
    if (signal->changed != NULL)
        event_notify_update(signal->changed);
    if (signal->posedge != NULL && old == 0 && signal->value != 0)
        event_notify_update(signal->posedge);
    if (signal->negedge != NULL && old != 0 && signal->value == 0)
        event_notify_update(signal->negedge);
    if (signal->trace != NULL)
        trace_mark(signal->trace);
}

static void signal_update(struct sim_channel *channel)
{
    struct sim_signal *signal = CONTAINER(channel, struct sim_signal, channel);
    uint64_t old = signal->value;

    signal->value = signal->next;
    if (signal->watched)
        update_watched(signal, old);
    else if (signal->value != old)
        signal->changed_delta = channel->sim->delta;
}

void sim_signal_init(struct sim_signal *signal, struct sim *sim,
                     const char *name, uint64_t initial)
{
    memset(signal, 0, sizeof *signal);
    sim_channel_init(&signal->channel, sim, signal_update);
    signal->value = initial;
    signal->next = initial;
    signal->changed_delta = UINT64_MAX;
    signal->id = object_new(sim, SIM_KIND_SIGNAL, name, signal);
}

void sim_signal_set_writers(struct sim_signal *signal, enum sim_writers writers)
{
    signal->writers = (uint8_t)writers;
    signal->watched = true;
}

void sim_buffer_init(struct sim_signal *buffer, struct sim *sim,
                     const char *name, uint64_t initial)
{
    sim_signal_init(buffer, sim, name, initial);
    buffer->always = true;
    buffer->watched = true;
}

static RARE bool report_writers(const struct sim_signal *signal)
{
    struct sim *sim = signal->channel.sim;

    sim_report(sim, SIM_ERROR, SIM_E_TWO_WRITERS,
               "signal %s has a writer already: %s",
               sim_object_name(sim, signal->id),
               sim_object_name(sim, signal->writer->id));
    return false;
}

static bool may_write(struct sim_signal *signal)
{
    const struct sim_process *process = signal->channel.sim->current;

    if (likely(process == signal->writer) || process == NULL)
        return true;
    if (signal->writer != NULL)
        return report_writers(signal);
    signal->writer = process;
    return true;
}

void sim_signal_write(struct sim_signal *signal, uint64_t value)
{
    if (!may_write(signal))
        return;
    signal->next = value;
    if (value != signal->value || signal->always ||
        signal->writers == SIM_MANY_WRITERS)
        sim_channel_request_update(&signal->channel);
}

bool sim_signal_event(const struct sim_signal *signal)
{
    return signal->changed_delta == signal->channel.sim->delta;
}

struct sim_event *sim_signal_changed(struct sim_signal *signal)
{
    signal->watched = true;
    return event_made(&signal->changed, signal->channel.sim, signal->id);
}

struct sim_event *sim_signal_posedge(struct sim_signal *signal)
{
    signal->watched = true;
    return event_made(&signal->posedge, signal->channel.sim, signal->id);
}

struct sim_event *sim_signal_negedge(struct sim_signal *signal)
{
    signal->watched = true;
    return event_made(&signal->negedge, signal->channel.sim, signal->id);
}
