/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What makes processes runnable: static sensitivity, dynamic waits, time-outs.
 */
#include "kernel/internal.h"

void process_reserve(struct sim *sim)
{
    uint64_t size = 64;
    struct sim_process **ring;

    if (sim->ring != NULL && sim->ring_mask >= sim->processes)
        return;
    while (size <= sim->processes)
        size *= 2;
    ring = sim_alloc(sim, size * sizeof *ring);
    for (uint64_t i = sim->ring_head; i != sim->ring_tail; i++)
        ring[i & (size - 1)] = sim->ring[i & sim->ring_mask];
    sim->ring = ring;
    sim->ring_mask = size - 1;
}

/* Its wait is over; a suspended process keeps that until it is resumed. */
static void make_runnable(struct sim_process *process, struct sim_event *cause)
{
    if (unlikely(process->state & PROCESS_SUSPENDED)) {
        process->cause = cause;
        process->state |= PROCESS_KEPT;
    } else {
        fire_push(process->sim, process, cause);
    }
}

/* Immediate notification does not reach the process that makes it. */
static bool is_self(struct sim_process *process)
{
    if (process->sim->current != process)
        return false;
    sim_report(process->sim, SIM_WARNING, SIM_E_SELF_NOTIFY,
               "a process cannot wake itself by an immediate notification");
    return true;
}

RARE void process_trigger(struct sim_process *process, struct sim_event *cause)
{
    if (process->state & (PROCESS_DYNAMIC | PROCESS_DISABLED | PROCESS_DEAD))
        return;
    if (process->state & PROCESS_RUNNABLE) {
        is_self(process);
        return;
    }
    if (process->state & PROCESS_COUNTING) {
        if (--process->wait_left > 0)
            return;
        process->state &= ~(uint32_t)PROCESS_COUNTING;
    }
    if ((process->state & PROCESS_KEPT) == 0)
        make_runnable(process, cause);
}

static void link_waiter(struct sim_waiter *waiter, struct sim_process *process,
                        struct sim_event *event)
{
    struct sim_waiter *oldest = event->waiters;

    waiter->process = process;
    waiter->event = event;
    if (oldest == NULL) {
        waiter->next = waiter;
        waiter->previous = waiter;
        event->waiters = waiter;
    } else {
        waiter->next = oldest;
        waiter->previous = oldest->previous;
        oldest->previous->next = waiter;
        oldest->previous = waiter;
    }
    if (event->flags & EVENT_EDGES)
        clock_arm(event);
}

static void unlink_waiter(struct sim_waiter *waiter)
{
    struct sim_event *event = waiter->event;

    waiter->event = NULL;
    if (waiter->next == waiter) {
        event->waiters = NULL;
        return;
    }
    waiter->next->previous = waiter->previous;
    waiter->previous->next = waiter->next;
    if (event->waiters == waiter)
        event->waiters = waiter->next;
}

void process_wait_none(struct sim_process *process)
{
    for (uint32_t i = 0; i < process->waiters_used; i++) {
        if (process->waiters[i].event != NULL)
            unlink_waiter(&process->waiters[i]);
    }
    process->waiters_used = 0;
    if (process->timeout.pending != PENDING_NONE)
        sim_cancel(&process->timeout);
    process->state &=
        ~(uint32_t)(PROCESS_DYNAMIC | PROCESS_LONE | PROCESS_COUNTING |
                    PROCESS_ALL | PROCESS_TIMED_OUT);
}

void process_wait_event(struct sim_process *process, struct sim_event *event)
{
    link_waiter(process->waiters, process, event);
    process->waiters_used = 1;
    process->state |= PROCESS_DYNAMIC | PROCESS_LONE;
}

static bool is_repeated(struct sim_event *const *events, unsigned i)
{
    for (unsigned j = 0; j < i; j++) {
        if (events[j] == events[i])
            return true;
    }
    return false;
}

void process_wait_events(struct sim_process *process,
                         struct sim_event *const *events, unsigned count,
                         bool all, sim_time delay)
{
    if (count > process->waiters_size) {
        process->waiters =
            sim_alloc(process->sim, 2 * count * sizeof *process->waiters);
        process->waiters_size = 2 * count;
    }
    for (unsigned i = 0; i < count; i++) {
        if (!is_repeated(events, i))
            link_waiter(&process->waiters[process->waiters_used++], process,
                        events[i]);
    }
    process->wait_left = process->waiters_used;
    process->state |= PROCESS_DYNAMIC | (all ? PROCESS_ALL : 0);
    if (delay != SIM_NEVER)
        sim_notify_after(&process->timeout, delay);
}

static void wake(struct sim_waiter *waiter, struct sim_event *event)
{
    struct sim_process *process = waiter->process;

    if ((process->state & PROCESS_DISABLED) || is_self(process))
        return;
    if (process->state & PROCESS_ALL) {
        unlink_waiter(waiter);
        if (--process->wait_left > 0)
            return;
    }
    process_wait_none(process);
    make_runnable(process, event);
}

/* Waking a process takes only its own one waiter from this event. */
void process_wake_all(struct sim_event *event)
{
    struct sim_waiter *waiter = event->waiters, *last = waiter->previous, *next;

    for (;;) {
        bool done = waiter == last;

        next = waiter->next;
        wake(waiter, event);
        if (done)
            break;
        waiter = next;
    }
}

void process_time_out(struct sim_process *process)
{
    process_wait_none(process);
    if (process->state & PROCESS_DISABLED)
        return;
    process->state |= PROCESS_TIMED_OUT;
    make_runnable(process, NULL);
}

/* Of the running method what wakes it; it waits for nothing yet. */
static struct sim_process *begin_trigger(struct sim *sim)
{
    struct sim_process *process = sim->current;

    if (process == NULL || process->thread != NULL) {
        sim_report(sim, SIM_ERROR, SIM_E_TRIGGER_IN_THREAD,
                   "next_trigger() is for a running method");
        return NULL;
    }
    if (process->state & PROCESS_DYNAMIC)
        process_wait_none(process);
    return process;
}

void sim_next_trigger(struct sim *sim)
{
    begin_trigger(sim);
}

void sim_next_trigger_after(struct sim *sim, sim_time delay)
{
    sim_next_trigger_any(sim, NULL, 0, delay);
}

void sim_next_trigger_event(struct sim *sim, struct sim_event *event)
{
    struct sim_process *process = begin_trigger(sim);

    if (process != NULL)
        process_wait_event(process, event);
}

void sim_next_trigger_any(struct sim *sim, struct sim_event *const *events,
                          unsigned count, sim_time delay)
{
    struct sim_process *process = begin_trigger(sim);

    if (process != NULL)
        process_wait_events(process, events, count, false, delay);
}

void sim_next_trigger_all(struct sim *sim, struct sim_event *const *events,
                          unsigned count, sim_time delay)
{
    struct sim_process *process = begin_trigger(sim);

    if (process != NULL)
        process_wait_events(process, events, count, true, delay);
}
