/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef KERNEL_FIRE_H
#define KERNEL_FIRE_H

/*
 * Internal: the shortest way from an event to the ring of runnable processes,
 * inline where events fire.
 */
#include "kernel/internal.h"

static inline void fire_push(struct sim *sim, struct sim_process *process,
                             struct sim_event *cause)
{
    process->state |= PROCESS_RUNNABLE;
    process->cause = cause;
    sim->ring[sim->ring_tail++ & sim->ring_mask] = process;
}

/* Whether nothing but this event, which nobody else waits for, is awaited. */
static inline bool fire_is_lone(const struct sim_waiter *waiter)
{
    return waiter->next == waiter &&
           (waiter->process->state & (PROCESS_WAITS | PROCESS_LONE)) ==
               (PROCESS_DYNAMIC | PROCESS_LONE);
}

/*
 * The commonest events: with at most one listener, or one waiter, that is ready
 * to be woken.  False if it is another kind, and nothing is done.
 */
static inline bool fire_simple(struct sim *sim, struct sim_event *event)
{
    struct sim_process *process = event->listeners;
    struct sim_waiter *waiter = event->waiters;

    if (event->flags != 0)
        return false;
    if (waiter != NULL) {
        if (process != NULL || !fire_is_lone(waiter))
            return false;
        process = waiter->process;
        process->state ^= PROCESS_DYNAMIC | PROCESS_LONE;
        process->waiters_used = 0;
        waiter->event = NULL;
        event->waiters = NULL;
    }
    event->pending = PENDING_NONE;
    event->fired_time = sim->now;
    event->fired_delta = sim->delta;
    if (process != NULL) {
        if (unlikely((process->state & PROCESS_WAITS) != 0))
            process_trigger(process, event);
        else
            fire_push(sim, process, event);
    }
    return true;
}

static inline void fire(struct sim *sim, struct sim_event *event)
{
    if (!fire_simple(sim, event))
        event_fire(sim, event);
}

/* The process that the event is most likely to wake, to be fetched early. */
static inline const struct sim_process *
fire_target(const struct sim_event *event)
{
    if (event->flags == EVENT_TIMEOUT)
        return CONTAINER(event, struct sim_process, timeout);
    return event->listeners;
}

#endif
