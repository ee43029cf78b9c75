/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/event.h"

#include <string.h>

#include "kernel/fire.h"
#include "kernel/internal.h"

void event_init(struct sim_event *event, struct sim *sim,
                enum event_flags flags)
{
    memset(event, 0, sizeof *event);
    event->sim = sim;
    event->flags = (uint16_t)flags;
    event->fired_delta = UINT64_MAX;
    sim->events++;
    if (sim->elaborated)
        event_reserve(sim);
}

void sim_event_init(struct sim_event *event, struct sim *sim, const char *name)
{
    event_init(event, sim, EVENT_PLAIN);
    event->id = object_new(sim, SIM_KIND_EVENT, name, event);
}

struct sim_event *event_made(struct sim_event **event, struct sim *sim,
                             uint32_t id)
{
    if (*event == NULL) {
        *event = sim_alloc(sim, sizeof **event);
        event_init(*event, sim, EVENT_PLAIN);
        (*event)->id = id;
    }
    return *event;
}

static void set_deltas_size(struct sim *sim, uint32_t size)
{
    sim->deltas =
        kernel_grow(sim, sim->deltas, sim->deltas_count * sizeof *sim->deltas,
                    size * sizeof *sim->deltas);
    sim->deltas_size = size;
}

/*
 * With twice the places there are events, squeezing out what was cancelled
 * always leaves room for as many again.
 */
void event_reserve(struct sim *sim)
{
    if (sim->deltas_size < 2 * sim->events + 16)
        set_deltas_size(sim, 3 * sim->events + 16);
    wheel_reserve(&sim->wheel, sim, sim->events);
}

/* Closes the gaps from place `from` on; what follows moves down to it. */
static void squeeze_deltas(struct sim *sim, uint32_t from)
{
    uint32_t kept = 0;

    for (uint32_t i = from; i < sim->deltas_count; i++) {
        struct sim_event *event = sim->deltas[i];

        if (event != NULL) {
            event->slot = kept;
            sim->deltas[kept++] = event;
        }
    }
    sim->deltas_count = kept;
    sim->deltas_dead = 0;
}

static RARE void make_room(struct sim *sim)
{
    if (sim->deltas_dead > 0 && 2 * sim->deltas_dead >= sim->deltas_size)
        squeeze_deltas(sim, 0);
    else
        set_deltas_size(sim, 2 * sim->deltas_size + 16);
}

/* What fires here may notify a clock's edges for the delta after. */
__attribute__((noinline)) void event_fire_deltas(struct sim *sim, uint32_t from)
{
    uint32_t count;

    if (from > 0 || sim->deltas_dead > 0)
        squeeze_deltas(sim, from);
    count = sim->deltas_count;
    for (uint32_t i = 0; i < count; i++) {
        struct sim_event *event = sim->deltas[i];

        if (event == NULL)
            sim->deltas_dead--;
        else
            fire(sim, event);
    }
    if (sim->deltas_count == count)
        sim->deltas_count = 0;
    else
        squeeze_deltas(sim, count);
}

void sim_cancel(struct sim_event *event)
{
    struct sim *sim = event->sim;

    if (event->pending == PENDING_TIMED) {
        wheel_cancel(&sim->wheel, event);
    } else if (event->pending == PENDING_DELTA) {
        sim->deltas[event->slot] = NULL;
        sim->deltas_dead++;
    }
    event->pending = PENDING_NONE;
}

static RARE void report_immediate(struct sim *sim)
{
    sim_report(sim, SIM_ERROR, SIM_E_NOTIFY_OUTSIDE,
               "immediate notification outside of a process");
}

void sim_notify(struct sim_event *event)
{
    struct sim *sim = event->sim;

    if (unlikely(sim->phase == PHASE_ELABORATE || sim->phase == PHASE_UPDATE)) {
        report_immediate(sim);
        return;
    }
    if (unlikely(event->pending != PENDING_NONE))
        sim_cancel(event);
    fire(sim, event);
}

static inline void add_delta(struct sim *sim, struct sim_event *event)
{
    uint32_t slot = sim->deltas_count;

    event->pending = PENDING_DELTA;
    event->slot = slot;
    sim->deltas[slot] = event;
    sim->deltas_count = slot + 1;
}

/* The rarer cases: a timed notification is replaced, or room is wanting. */
static RARE void notify_delta(struct sim_event *event)
{
    if (event->pending == PENDING_DELTA)
        return;
    if (event->pending == PENDING_TIMED)
        wheel_cancel(&event->sim->wheel, event);
    if (event->sim->deltas_count == event->sim->deltas_size)
        make_room(event->sim);
    add_delta(event->sim, event);
}

void sim_notify_delta(struct sim_event *event)
{
    struct sim *sim = event->sim;

    if (unlikely(event->pending != PENDING_NONE ||
                 sim->deltas_count == sim->deltas_size))
        notify_delta(event);
    else
        add_delta(sim, event);
}

/* The rarer cases again; false if what is pending stays. */
static RARE bool may_notify(struct sim_event *event, sim_time time)
{
    struct sim *sim = event->sim;

    if (time < sim->now) {
        sim_report(sim, SIM_ERROR, SIM_E_TIME_OVERFLOW,
                   "a notification after the end of time");
        return false;
    }
    if (event->pending == PENDING_NONE)
        return true;
    if (event->pending == PENDING_DELTA || event->time <= time)
        return false;
    wheel_cancel(&sim->wheel, event);
    return true;
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

static inline void trigger(struct sim *sim, struct sim_process *process,
                           struct sim_event *cause)
{
    if (likely((process->state & PROCESS_WAITS) == 0))
        fire_push(sim, process, cause);
    else
        process_trigger(process, cause);
}

static void trigger_all(struct sim_event *event)
{
    struct sim *sim = event->sim;
    const struct listeners *listeners = event->listeners;

    for (uint32_t i = 0; i < listeners->count; i++)
        trigger(sim, listeners->list[i], event);
}

void event_fire(struct sim *sim, struct sim_event *event)
{
    event->pending = PENDING_NONE;
    event->fired_time = sim->now;
    event->fired_delta = sim->delta;
    if (event->flags & EVENT_TIMEOUT)
        process_time_out(CONTAINER(event, struct sim_process, timeout));
    else if (event->flags & EVENT_TICK)
        clock_tick(event);
    else if (event->flags & EVENT_MANY)
        trigger_all(event);
    else if (event->listeners != NULL)
        trigger(sim, event->listeners, event);
    if (event->waiters != NULL)
        process_wake_all(event);
    if (event->flags & EVENT_EDGES)
        clock_arm(event);
}

static void add_listener(struct sim_event *event, struct sim_process *process)
{
    struct listeners *listeners = event->listeners;
    uint32_t size = listeners->size;

    if (listeners->count == size) {
        size_t bytes = sizeof *listeners + size * sizeof *listeners->list;

        listeners = kernel_grow(event->sim, listeners, bytes,
                                bytes + size * sizeof *listeners->list);
        listeners->size = 2 * size;
        event->listeners = listeners;
    }
    listeners->list[listeners->count++] = process;
}

void event_listen(struct sim_event *event, struct sim_process *process)
{
    if (event->listeners == NULL) {
        event->listeners = process;
    } else {
        if ((event->flags & EVENT_MANY) == 0) {
            struct listeners *listeners =
                kernel_alloc(event->sim,
                             sizeof *listeners + 4 * sizeof *listeners->list,
                             64);

            listeners->size = 4;
            listeners->count = 1;
            listeners->list[0] = event->listeners;
            event->listeners = listeners;
            event->flags |= EVENT_MANY;
        }
        add_listener(event, process);
    }
    if (event->flags & EVENT_EDGES)
        clock_arm(event);
}
