/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/process.h"

#include <string.h>

#include "kernel/internal.h"

void process_init(struct sim_process *process, struct sim *sim,
                  enum sim_kind kind, const char *name, sim_function function,
                  void *module)
{
    memset(process, 0, sizeof *process);
    process->sim = sim;
    process->function = function;
    process->module = module;
    process->waiters = &process->waiter;
    process->waiters_size = 1;
    process->id = object_new(sim, kind, name, process);
    event_init(&process->timeout, sim, EVENT_TIMEOUT, process->id);
    if (kind == SIM_KIND_THREAD)
        thread_make(process);
    sim->processes++;
    if (sim->elaborated) {
        process_reserve(sim);
        fire_push(process->sim, process, NULL);
    }
}

void sim_method_init(struct sim_process *process, struct sim *sim,
                     const char *name, sim_function function, void *module)
{
    process_init(process, sim, SIM_KIND_METHOD, name, function, module);
}

void sim_sensitive(struct sim_process *process, struct sim_event *event)
{
    event_listen(event, process);
}

void sim_dont_initialize(struct sim_process *process)
{
    process->state |= PROCESS_NO_INIT;
}

struct sim_process *sim_current(const struct sim *sim)
{
    return sim->current;
}

const struct sim_event *sim_process_cause(const struct sim_process *process)
{
    return process->cause;
}

bool sim_timed_out(const struct sim *sim)
{
    return sim->current != NULL && sim->current->cause == NULL &&
           (sim->current->state & PROCESS_TIMED_OUT) != 0;
}

static bool is_running_thread(const struct sim_process *process)
{
    return process->thread != NULL && process->sim->current == process;
}

void sim_suspend(struct sim_process *process)
{
    process->state |= PROCESS_SUSPENDED;
    if (is_running_thread(process)) {
        process->state |= PROCESS_KEPT;
        thread_wait(process);
    }
}

void sim_resume(struct sim_process *process)
{
    bool kept = (process->state & PROCESS_KEPT) != 0;

    process->state &= ~(uint32_t)(PROCESS_SUSPENDED | PROCESS_KEPT);
    if (kept && (process->state & (PROCESS_RUNNABLE | PROCESS_DEAD)) == 0)
        fire_push(process->sim, process, process->cause);
}

void sim_disable(struct sim_process *process)
{
    process->state |= PROCESS_DISABLED;
}

void sim_enable(struct sim_process *process)
{
    process->state &= ~(uint32_t)PROCESS_DISABLED;
}

/* What it waited for or kept is no more, nor what its stack holds. */
static void drop_activity(struct sim_process *process)
{
    process_wait_none(process);
    process->state &= ~(uint32_t)PROCESS_KEPT;
    if (process->thread != NULL && process->cleanup != NULL)
        process->cleanup(process->module);
}

void process_end(struct sim_process *process)
{
    process->state |= PROCESS_DEAD;
    if (process->terminated != NULL)
        sim_notify_delta(process->terminated);
}

void sim_kill(struct sim_process *process)
{
    struct sim_thread *thread = process->thread;
    bool running = is_running_thread(process);

    if (sim_has_ended(process))
        return;
    drop_activity(process);
    process_end(process);
    if (thread != NULL)
        thread_drop(thread, running);
}

void sim_reset(struct sim_process *process)
{
    struct sim_thread *thread = process->thread;
    bool running = is_running_thread(process);

    if (sim_has_ended(process))
        return;
    drop_activity(process);
    if (thread != NULL) {
        process->state &= ~(uint32_t)PROCESS_RUNNABLE;
        thread_make(process);
    }
    if (process->state & PROCESS_SUSPENDED)
        process->state |= PROCESS_KEPT;
    else if ((process->state & PROCESS_RUNNABLE) == 0)
        fire_push(process->sim, process, NULL);
    if (thread != NULL)
        thread_drop(thread, running);
}

void sim_set_cleanup(struct sim_process *process, void (*cleanup)(void *module))
{
    process->cleanup = cleanup;
}

bool sim_has_ended(const struct sim_process *process)
{
    return (process->state & PROCESS_DEAD) != 0;
}

struct sim_event *sim_terminated(struct sim_process *process)
{
    return event_made(&process->terminated, process->sim, process->id);
}

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

void sim_next_trigger_event(struct sim *sim, struct sim_event *event)
{
    struct sim_process *process = begin_trigger(sim);

    if (process != NULL)
        process_wait_event(process, event);
}

static void next_trigger(struct sim *sim, struct sim_event *const *events,
                         unsigned count, bool all, sim_time delay)
{
    struct sim_process *process = begin_trigger(sim);

    if (process != NULL)
        process_wait_events(process, events, count, all, delay);
}

void sim_next_trigger_after(struct sim *sim, sim_time delay)
{
    next_trigger(sim, NULL, 0, false, delay);
}

void sim_next_trigger_any(struct sim *sim, struct sim_event *const *events,
                          unsigned count, sim_time delay)
{
    next_trigger(sim, events, count, false, delay);
}

void sim_next_trigger_all(struct sim *sim, struct sim_event *const *events,
                          unsigned count, sim_time delay)
{
    next_trigger(sim, events, count, true, delay);
}
