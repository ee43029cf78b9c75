/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/signal.h"

#include <assert.h>
#include <string.h>

#include "kernel/internal.h"

/*
 * A change of a signal that someone watches, or that many write.  To a buffer
 * each write is a change, so each write of non-zero is a rising edge.
 */
static NOINLINE void update_watched(struct sim_signal *signal, uint64_t old)
{
    bool buffer = (signal->kinds & SIM_BUFFER) != 0, one = signal->value != 0;
    bool edge = buffer || (old != 0) != one;
    const bool fires[] = { [SIM_CHANGED] = true,
                           [SIM_POSEDGE] = edge && one,
                           [SIM_NEGEDGE] = edge && !one };

    if (signal->kinds & SIM_MANY_WRITERS)
        signal->writer = NULL;
    if (signal->next == old && !buffer)
        return;
    signal->changed = true;
    signal->changed_time = signal->channel.sim->now;
    if (unlikely(signal->resets))
        reset_changed(signal, old != 0);
    for (int kind = SIM_CHANGED; kind <= SIM_NEGEDGE; kind++) {
        if (signal->events[kind] != NULL && fires[kind])
            event_notify_update(signal->events[kind]);
    }
}

static void signal_update(struct sim_channel *channel)
{
    struct sim_signal *signal = CONTAINER(channel, struct sim_signal, channel);
    uint64_t old = signal->value;

    signal->value = signal->next;
    signal->changed = signal->value != old;
    if (signal->watched)
        update_watched(signal, old);
    else if (signal->changed)
        signal->changed_time = channel->sim->now;
}

void signal_mark_changed(struct sim *sim, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct sim_channel *channel = sim->updates[i];
        struct sim_signal *signal =
            CONTAINER(channel, struct sim_signal, channel);

        if (channel->update == signal_update && signal->changed)
            signal->changed_delta = sim->delta;
    }
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
static RARE bool may_write(struct sim_signal *signal)
{
    struct sim *sim = signal->channel.sim;

    if (sim->current == NULL)
        return true;
    if (signal->writer != NULL)
        sim_report(sim, SIM_ERROR, SIM_E_TWO_WRITERS,
                   "signal %s has a writer already: %s",
                   sim_object_name(sim, signal->id),
                   sim_object_name(sim, signal->writer->id));
    else
        signal->writer = sim->current;
    return signal->writer == sim->current;
}

void sim_signal_write(struct sim_signal *signal, uint64_t value)
{
    if (unlikely(signal->channel.sim->current != signal->writer) &&
        !may_write(signal))
        return;
    signal->next = value;
    if (value != signal->value || signal->kinds != 0)
        sim_channel_request_update(&signal->channel);
}

struct sim_event *sim_signal_event(struct sim_signal *signal,
                                   enum sim_edge edge)
{
    signal->watched = true;
    return event_made(&signal->events[edge], signal->channel.sim, signal->id);
}

uint64_t sim_port_read(const struct sim_port *port)
{
    assert(port->kind == SIM_KIND_SIGNAL && port->channel != NULL);
    return port->bound == SIM_KIND_CLOCK ? sim_clock_read(port->channel)
                                         : sim_signal_read(port->channel);
}

struct sim_event *sim_port_event(const struct sim_port *port,
                                 enum sim_edge edge)
{
    struct sim_clock *clock = port->channel;

    assert(port->kind == SIM_KIND_SIGNAL && clock != NULL);
    if (port->bound != SIM_KIND_CLOCK)
        return sim_signal_event(port->channel, edge);
    return edge == SIM_CHANGED   ? &clock->changed
           : edge == SIM_POSEDGE ? &clock->posedge
                                 : &clock->negedge;
}

void sim_signal_release(struct sim_signal *signal)
{
    struct sim *sim = signal->channel.sim;

    reset_release(NULL, signal);
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
