/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a thread waits for, or a method in place of its static sensitivity. */
#include "kernel/fifo.h"
#include "kernel/internal.h"

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
    struct sim *sim = process->sim;

    if (sim->current != process)
        return false;
    if (!sim->self_notified)
        sim_report(sim, SIM_WARNING, SIM_E_SELF_NOTIFY,
                   "a process cannot wake itself by an immediate notification");
    sim->self_notified = true;
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
        if (--process->wait_left > 0 && (process->state & PROCESS_TELL) == 0)
            return; /* in reset one is enough */
        process->state &= ~(uint32_t)PROCESS_COUNTING;
    }
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
    if (event->flags & EVENT_EDGE)
        clock_arm(event);
}

void wait_unlink(struct sim_waiter *waiter)
{
    struct sim_event *event = waiter->event;

    waiter->event = NULL;
    if (waiter->next == waiter) {
        event->waiters = NULL;
        if (event->flags & EVENT_EDGE)
            clock_arm(event);
        return;
    }
    waiter->next->previous = waiter->previous;
    waiter->previous->next = waiter->next;
    if (event->waiters == waiter)
        event->waiters = waiter->next;
}

void process_wait_none(struct sim_process *process)
{
    uint32_t i = 0;

    do {
        if (process->waiters[i].event != NULL)
            wait_unlink(&process->waiters[i]);
    } while (++i < process->waiters_used);
    process->waiters_used = 0;
    if (process->timeout.pending != PENDING_NONE)
        sim_cancel(&process->timeout);
    process->state &=
        ~(uint32_t)(PROCESS_DYNAMIC | PROCESS_LONE | PROCESS_COUNTING |
                    PROCESS_ALL | PROCESS_TIMED_OUT);
}

static void wake(struct sim_waiter *waiter, struct sim_event *event)
{
    struct sim_process *process = waiter->process;

    if ((process->state & PROCESS_DISABLED) || is_self(process))
        return;
    if (process->state & PROCESS_RUNNABLE) { /* a method that was enabled */
        wait_unlink(waiter);
        return;
    }
    if (process->state & PROCESS_ALL) {
        wait_unlink(waiter);
        if (--process->wait_left > 0)
            return;
    }
    process_wait_none(process);
    make_runnable(process, event);
}

/* Waking a process takes only its own one waiter from this event. */
void process_wake_all(struct sim_event *event)
{
    struct sim_waiter *waiter, *next = event->waiters;
    const struct sim_waiter *last = next->previous;

    do {
        waiter = next;
        next = waiter->next;
        wake(waiter, event);
    } while (waiter != last);
}

void process_time_out(struct sim_process *process)
{
    if (process->state & PROCESS_RUNNABLE)
        return; /* a method that was enabled */
    process_wait_none(process);
    if (process->state & PROCESS_DISABLED)
        return;
    process->state |= PROCESS_TIMED_OUT;
    make_runnable(process, NULL);
}

void wait_give_back(struct sim_process *process)
{
    if (process->waiters != &process->waiter)
        kernel_give_back(process->sim, process->waiters,
                         process->waiters_size * sizeof *process->waiters);
}

static void wait_many(struct sim_process *process,
                      struct sim_event *const *events, unsigned count, bool all,
                      sim_time delay)
{
    if (count > process->waiters_size) {
        wait_give_back(process);
        process->waiters_size = 2 * count;
        process->waiters =
            sim_alloc(process->sim, 2 * count * sizeof *process->waiters);
    }
    for (unsigned i = 0; i < count; i++) {
        const struct sim_waiter *oldest = events[i]->waiters;

        /* An event that is in the list twice has this process as its latest. */
        if (oldest == NULL || oldest->previous->process != process)
            link_waiter(&process->waiters[process->waiters_used++], process,
                        events[i]);
    }
    process->wait_left = process->waiters_used;
    process->state |= PROCESS_DYNAMIC | (all ? PROCESS_ALL : 0);
    if (delay != SIM_NEVER)
        sim_notify_after(&process->timeout, delay);
}

/* The running process if it is of this kind, and waits for nothing; or NULL. */
static inline struct sim_process *running(struct sim *sim, bool thread)
{
    struct sim_process *process = sim->current;

    if (unlikely(process == NULL || (process->thread != NULL) != thread)) {
        sim_report(sim, SIM_ERROR,
                   thread ? SIM_E_WAIT_IN_METHOD : SIM_E_TRIGGER_IN_THREAD,
                   thread ? "only a thread can wait"
                          : "next_trigger() is for a running method");
        return NULL;
    }
    if (!thread && (process->state & PROCESS_DYNAMIC))
        process_wait_none(process);
    return process;
}

/* Nothing to wait for: an error, whatever the delay, as in SystemC. */
static bool is_empty(struct sim *sim, unsigned count)
{
    if (likely(count > 0))
        return false;
    sim_report(sim, SIM_ERROR, SIM_E_EMPTY_LIST, "an empty list of events");
    return true;
}

/*
 * Says what the running process waits for; a thread then does.  False if it is
 * not of this kind, or if the delay was over before any events.
 *
 * Inline, as are the functions down to the switch: a return to another function
 * than the last thread's is mispredicted, so there should be few of them.
 */
static ALWAYS_INLINE bool await(struct sim *sim, bool thread,
                                struct sim_event *const *events, unsigned count,
                                bool all, sim_time delay)
{
    struct sim_process *process = running(sim, thread);

    if (process == NULL)
        return false;
    if (count == 1 && delay == SIM_NEVER) {
        link_waiter(process->waiters, process, events[0]);
        process->state |= PROCESS_DYNAMIC | PROCESS_LONE;
    } else {
        wait_many(process, events, count, all, delay);
    }
    if (thread && (events == NULL || delay == SIM_NEVER))
        return thread_wait(process);
    if (thread && !thread_wait(process))
        return false;
    return events == NULL || delay == SIM_NEVER ||
           (process->state & PROCESS_TIMED_OUT) == 0;
}

void sim_next_trigger(struct sim *sim)
{
    running(sim, false);
}

void sim_next_trigger_after(struct sim *sim, sim_time delay)
{
    await(sim, false, NULL, 0, false, delay);
}

void sim_next_trigger_event(struct sim *sim, struct sim_event *event)
{
    await(sim, false, &event, 1, false, SIM_NEVER);
}

void sim_next_trigger_list(struct sim *sim, enum sim_list list,
                           struct sim_event *const *events, unsigned count,
                           sim_time delay)
{
    if (!is_empty(sim, count))
        await(sim, false, events, count, list == SIM_ALL, delay);
}

bool sim_wait_count(struct sim *sim, unsigned n)
{
    struct sim_process *process = running(sim, true);

    if (process == NULL)
        return false;
    if (n == 0) {
        sim_report(sim, SIM_ERROR, SIM_E_WAIT_COUNT,
                   "a wait for 0 triggers never begins");
        return false;
    }
    if (n > 1) {
        process->wait_left = n;
        process->state |= PROCESS_COUNTING;
    }
    return thread_wait(process);
}

bool sim_wait_for(struct sim *sim, sim_time delay)
{
    return await(sim, true, NULL, 0, false, delay);
}

bool sim_wait_event(struct sim *sim, struct sim_event *event)
{
    return await(sim, true, &event, 1, false, SIM_NEVER);
}

bool sim_wait_list(struct sim *sim, enum sim_list list,
                   struct sim_event *const *events, unsigned count,
                   sim_time delay)
{
    return !is_empty(sim, count) &&
           await(sim, true, events, count, list == SIM_ALL, delay);
}
