/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A signal has a value and a next value: writes go to the next one, and the
 * update phase makes it the value, so that all processes of a delta read the
 * same.  A signal that nobody watches and one process writes needs no event at
 * all and is updated in a short loop; everything else - edges, several writers,
 * buffers, resolved signals - takes the long way of update_watched().
 */
#include "kernel/signal.h"

#include "kernel/internal.h"

/*
 * A change of a signal that someone watches, or that many write.  To a buffer
 * each write is a change, so each write of non-zero is a rising edge.
 */
static NOINLINE bool update_watched(struct sim_signal *signal, uint64_t old)
{
    bool buffer = (signal->kinds & SIM_BUFFER) != 0, one = signal->value != 0;
    bool edge = buffer || (old != 0) != one;
    const bool fires[] = { [SIM_CHANGED] = true,
                           [SIM_POSEDGE] = edge && one,
                           [SIM_NEGEDGE] = edge && !one };

    if (signal->kinds & SIM_MANY_WRITERS)
        signal->channel.writer = NULL;
    if (signal->next == old && !buffer)
        return false;
    signal->changed_time = signal->channel.sim->now;
    if (unlikely(signal->resets))
        signal->channel.sim->reset_changed(signal, old != 0);
    for (int kind = SIM_CHANGED; kind <= SIM_NEGEDGE; kind++) {
        if (signal->events[kind] != NULL && fires[kind])
            event_notify_update(signal->events[kind]);
    }
    return true;
}

ALWAYS_INLINE bool signal_show(struct sim_signal *signal)
{
    uint64_t old = signal->value;

    signal->value = signal->next;
    if (unlikely(signal->watched)) /* the others are many and cheap */
        return update_watched(signal, old);
    if (unlikely(signal->value == old))
        return false;
    signal->changed_time = signal->channel.sim->now;
    return true;
}

/* The scheduler knows it by this and does without the call. */
void signal_update(struct sim_channel *channel)
{
    signal_show(CONTAINER(channel, struct sim_signal, channel));
}

void sim_signal_init(struct sim_signal *signal, struct sim *sim,
                     const char *name, uint64_t initial)
{
    *signal = (struct sim_signal){
        .value = initial,
        .next = initial,
        .changed_time = SIM_TIME_MAX,
        .changed_delta = UINT64_MAX,
        .id = object_new(sim, SIM_KIND_SIGNAL, name, signal),
    };
    sim_channel_init(&signal->channel, sim, signal_update);
}

void sim_signal_set_kinds(struct sim_signal *signal, unsigned kinds)
{
    signal->kinds = (uint8_t)kinds;
    signal->watched = true;
}

/* Called by another process than the last writer, or by none. */
static bool may_write(struct sim_signal *signal)
{
    struct sim *sim = signal->channel.sim;

    if (sim->current == NULL || (signal->kinds & SIM_UNCHECKED) != 0)
        return true;
    if (signal->channel.writer != NULL)
        channel_report_writer(&signal->channel, signal->id);
    else
        channel_set_writer(&signal->channel, signal->kinds);
    return signal->channel.writer == sim->current;
}

static ALWAYS_INLINE void signal_set_next(struct sim_signal *signal,
                                          uint64_t value)
{
    signal->next = value;
    if (value != signal->value || signal->kinds != 0)
        sim_channel_request_update(&signal->channel);
}

/* Apart, so that a write by the last writer needs nothing of the stack. */
static RARE void write_checked(struct sim_signal *signal, uint64_t value)
{
    if (may_write(signal))
        signal_set_next(signal, value);
}

void sim_signal_write(struct sim_signal *signal, uint64_t value)
{
    if (likely(signal->channel.sim->current == signal->channel.writer))
        signal_set_next(signal, value);
    else
        write_checked(signal, value);
}

struct sim_event *sim_signal_event(struct sim_signal *signal,
                                   enum sim_edge edge)
{
    signal->watched = true;
    return event_made(&signal->events[edge], signal->channel.sim, signal->id);
}

void sim_signal_release(struct sim_signal *signal)
{
    struct sim *sim = signal->channel.sim;

    if (signal->resets)
        sim->reset_release(NULL, signal);
    sim_channel_release(&signal->channel);
    for (int edge = SIM_CHANGED; edge <= SIM_NEGEDGE; edge++) {
        if (signal->events[edge] == NULL)
            continue;
        event_release(signal->events[edge]);
        kernel_give_back(sim, signal->events[edge],
                         sizeof *signal->events[edge]);
    }
    object_release(sim, signal->id);
}
