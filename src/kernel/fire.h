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

static inline void fire_trigger(struct sim *sim, struct sim_process *process,
                                struct sim_event *cause)
{
    if (likely((process->state & PROCESS_WAITS) == 0))
        fire_push(sim, process, cause);
    else
        process_trigger(process, cause);
}

static inline void fire(struct sim *sim, struct sim_event *event)
{
    event->fired_time = sim->now;
    event->fired_delta = sim->delta;
    if (unlikely(event->flags != 0 || event->waiters != NULL))
        event_fire_special(sim, event);
    else if (event->listeners != NULL)
        fire_trigger(sim, event->listeners, event);
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
