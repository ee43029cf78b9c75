/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/event.h"

#include <string.h>

#include "kernel/internal.h"

void event_init(struct sim_event *event, struct sim *sim,
                enum event_flags flags, uint32_t id)
{
    memset(event, 0, sizeof *event);
    event->sim = sim;
    event->id = id;
    event->flags = (uint16_t)flags;
    event->fired_delta = UINT64_MAX;
    sim->events++;
    if (sim->elaborated)
        event_reserve(sim);
}

void sim_event_init(struct sim_event *event, struct sim *sim, const char *name)
{
    event_init(event, sim, EVENT_PLAIN,
               object_new(sim, SIM_KIND_EVENT, name, event));
}

struct sim_event *event_made(struct sim_event **event, struct sim *sim,
                             uint32_t id)
{
    if (*event == NULL) {
        *event = sim_alloc(sim, sizeof **event);
        event_init(*event, sim, EVENT_PLAIN, id);
    }
    return *event;
}

/*
 * With twice the places there are events, squeezing out what was cancelled
 * always leaves room for as many again.
 */
void event_reserve(struct sim *sim)
{
    uint32_t size = 3 * sim->events + 16;

    wheel_reserve(&sim->wheel, sim, sim->events);
    if (sim->deltas_size >= 2 * sim->events + 16)
        return;
    sim->deltas =
        kernel_grow(sim, sim->deltas, sim->deltas_count * sizeof *sim->deltas,
                    size * sizeof *sim->deltas);
    sim->fired = sim_alloc(sim, size * sizeof *sim->fired);
    sim->deltas_size = size;
}

/* Closes the gaps that cancelled notifications left. */
static RARE void squeeze_deltas(struct sim *sim)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < sim->deltas_count; i++) {
        if (sim->deltas[i] != NULL) {
            sim->deltas[i]->slot = kept;
            sim->deltas[kept++] = sim->deltas[i];
        }
    }
    sim->deltas_count = kept;
    sim->deltas_dead = 0;
}

void sim_cancel(struct sim_event *event)
{
    struct sim *sim = event->sim;

    if (event->pending == PENDING_TIMED) {
        wheel_cancel(&sim->wheel, event);
    } else if (event->pending == PENDING_DELTA) {
        /* It may be on the list that is firing now. */
        if (event->slot < sim->deltas_count &&
            sim->deltas[event->slot] == event) {
            sim->deltas[event->slot] = NULL;
            sim->deltas_dead++;
        } else {
            sim->fired[event->slot] = NULL;
        }
    }
    event->pending = PENDING_NONE;
}

void sim_notify(struct sim_event *event)
{
    struct sim *sim = event->sim;

    if (unlikely(sim->phase == PHASE_ELABORATE || sim->phase == PHASE_UPDATE)) {
        sim_report(sim, SIM_ERROR, SIM_E_NOTIFY_OUTSIDE,
                   "immediate notification outside of a process");
        return;
    }
    if (unlikely(event->pending != PENDING_NONE))
        sim_cancel(event);
    fire(sim, event);
}

/* An event has no pending notification, or one that this may go before. */
static RARE bool may_notify(struct sim_event *event, sim_time time)
{
    struct sim *sim = event->sim;

    if (time < sim->now) {
        sim_report(sim, SIM_ERROR, SIM_E_TIME_OVERFLOW,
                   "a notification after the end of time");
        return false;
    }
    if (event->pending == PENDING_DELTA ||
        (event->pending == PENDING_TIMED && event->time <= time))
        return false;
    if (event->pending == PENDING_TIMED)
        wheel_cancel(&sim->wheel, event);
    return true;
}

void sim_notify_delta(struct sim_event *event)
{
    struct sim *sim = event->sim;

    if (unlikely(event->pending != PENDING_NONE) &&
        !may_notify(event, sim->now))
        return;
    if (unlikely(sim->deltas_count == sim->deltas_size)) {
        squeeze_deltas(sim);
        if (sim->deltas_count == sim->deltas_size)
            event_reserve(sim); /* before elaboration has ended */
    }
    event->pending = PENDING_DELTA;
    event->slot = sim->deltas_count;
    sim->deltas[sim->deltas_count++] = event;
}

void sim_notify_after(struct sim_event *event, sim_time delay)
{
    struct sim *sim = event->sim;
    sim_time time = sim->now + delay;

    if (delay == 0) {
        sim_notify_delta(event);
        return;
    }
    if (unlikely(time < delay || event->pending != PENDING_NONE) &&
        !may_notify(event, time))
        return;
    event->pending = PENDING_TIMED;
    event->time = time;
    wheel_insert(&sim->wheel, event);
}

/*
 * A delta notification made in the update phase fires right after it, and if
 * nobody listens only the record of it is to be kept.
 */
void event_notify_update(struct sim_event *event)
{
    if (event->listeners == NULL && event->waiters == NULL &&
        event->pending == PENDING_NONE) {
        event->fired_time = event->sim->now;
        event->fired_delta = event->sim->delta;
    } else {
        sim_notify_delta(event);
    }
}

bool sim_event_is_pending(const struct sim_event *event)
{
    return event->pending != PENDING_NONE;
}

bool sim_event_triggered(const struct sim_event *event)
{
    return event->fired_delta == event->sim->delta;
}

bool sim_event_last_fired(const struct sim_event *event, sim_time *time,
                          uint64_t *delta)
{
    if (event->fired_delta == UINT64_MAX)
        return false;
    if (time != NULL)
        *time = event->fired_time;
    if (delta != NULL)
        *delta = event->fired_delta;
    return true;
}

__attribute__((noinline)) void event_fire(struct sim *sim,
                                          struct sim_event *event)
{
    event->pending = PENDING_NONE;
    event->fired_time = sim->now;
    event->fired_delta = sim->delta;
    if (event->flags & EVENT_TIMEOUT) {
        process_time_out(CONTAINER(event, struct sim_process, timeout));
    } else if (event->flags & EVENT_TICK) {
        clock_tick(event);
    } else if (event->flags & EVENT_MANY) {
        const struct listeners *listeners = event->listeners;

        for (uint32_t i = 0; i < listeners->count; i++)
            fire_at(sim, listeners->list[i], event);
    } else if (event->listeners != NULL) {
        fire_at(sim, event->listeners, event);
    }
    if (event->waiters != NULL)
        process_wake_all(event);
    if (event->flags & EVENT_EDGES)
        clock_arm(event);
}

/* A list of listeners with room for one more. */
static struct listeners *roomy(struct sim_event *event)
{
    struct listeners *old = event->listeners, *list;
    bool many = (event->flags & EVENT_MANY) != 0;
    uint32_t count = many ? old->count : 1;
    size_t bytes = sizeof *old + count * sizeof *old->list;

    if (many && count < old->size)
        return old;
    list =
        kernel_alloc(event->sim, bytes + (count + 2) * sizeof *old->list, 64);
    if (many)
        memcpy(list, old, bytes);
    else
        list->list[0] = event->listeners;
    list->count = count;
    list->size = 2 * count + 2;
    return list;
}

void event_listen(struct sim_event *event, struct sim_process *process)
{
    if (event->listeners == NULL) {
        event->listeners = process;
    } else {
        struct listeners *listeners = roomy(event);

        listeners->list[listeners->count++] = process;
        event->listeners = listeners;
        event->flags |= EVENT_MANY;
    }
    if (event->flags & EVENT_EDGES)
        clock_arm(event);
}
