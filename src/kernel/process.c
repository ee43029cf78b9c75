/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/process.h"

#include <assert.h>

#include "kernel/internal.h"

/* The ring has room for all processes. */
static void reserve(struct sim *sim)
{
    uint64_t size = 64;
    struct sim_process **ring;

    if (sim->ring != NULL && sim->ring_mask >= sim->processes)
        return;
    while (size <= sim->processes)
        size *= 2;
    ring = sim_alloc(sim, size * sizeof *ring);
    for (uint64_t i = sim->ring_head; i != sim->ring_tail; i++)
        ring[i & (size - 1)] = RING(sim, i);
    sim->ring = ring;
    sim->ring_mask = size - 1;
}

static void init(struct sim_process *process, struct sim *sim,
                 enum sim_kind kind, const char *name, sim_function function,
                 void *module)
{
    *process = (struct sim_process){
        .function = function,
        .module = module,
        .id = object_new(sim, kind, name, process),
        .sim = sim,
        .waiters = &process->waiter,
        .waiters_size = 1,
    };
    event_init(&process->timeout, sim, EVENT_TIMEOUT, process->id);
    if (kind == SIM_KIND_THREAD)
        thread_make(process);
    sim->processes++;
    reserve(sim);
    if (sim->phase != PHASE_ELABORATE)
        fire_push(sim, process, NULL);
}

/* Takes a process out of the ring, if it is there. */
static void ring_remove(struct sim *sim, struct sim_process *process)
{
    uint64_t from = sim->ring_head;

    while (from != sim->ring_tail && RING(sim, from) != process)
        from++;
    if (from == sim->ring_tail)
        return;
    for (; from + 1 != sim->ring_tail; from++)
        RING(sim, from) = RING(sim, from + 1);
    sim->ring_tail--;
    process->state &= ~(uint32_t)PROCESS_RUNNABLE;
}

void sim_method_init(struct sim_process *process, struct sim *sim,
                     const char *name, sim_function function, void *module)
{
    init(process, sim, SIM_KIND_METHOD, name, function, module);
}

void sim_thread_init(struct sim_process *process, struct sim *sim,
                     const char *name, sim_function function, void *module)
{
    init(process, sim, SIM_KIND_THREAD, name, function, module);
}

void sim_dont_initialize(struct sim_process *process)
{
    process->state |= PROCESS_NO_INIT;
    if (process->sim->phase != PHASE_ELABORATE)
        ring_remove(process->sim, process);
}

static bool is_running_thread(const struct sim_process *process)
{
    return process->thread != NULL && process->sim->current == process;
}

/* What SystemC does not allow, since it could mean several things. */
static void report_corner(struct sim_process *process, const char *what)
{
    sim_report(process->sim, SIM_ERROR, SIM_E_CONTROL_CORNER, "%s: %s",
               sim_object_name(process->sim, process->id), what);
}

void sim_suspend(struct sim_process *process)
{
    struct sim *sim = process->sim;

    process->state |= PROCESS_SUSPENDED;
    if (sim->current == process) {
        process->state |= PROCESS_KEPT;
        if (process->thread != NULL)
            thread_wait(process);
    } else if (process->state & PROCESS_RUNNABLE) {
        ring_remove(sim, process);
        process->state |= PROCESS_KEPT;
    }
}

/* What was kept for it, if anything, is for it now. */
static void process_release_kept(struct sim_process *process)
{
    bool kept = (process->state & PROCESS_KEPT) != 0;

    process->state &= ~(uint32_t)PROCESS_KEPT;
    if (!kept || (process->state & (PROCESS_RUNNABLE | PROCESS_DEAD)) != 0)
        return;
    fire_push(process->sim, process, process->cause);
}

void sim_resume(struct sim_process *process)
{
    if ((process->state & PROCESS_SUSPENDED) &&
        (process->state & PROCESS_DISABLED)) {
        process->state &= ~(uint32_t)PROCESS_SUSPENDED;
        report_corner(process, "it is disabled, too, and cannot be resumed");
        return;
    }
    process->state &= ~(uint32_t)PROCESS_SUSPENDED;
    if ((process->state & PROCESS_KEPT) && (process->state & PROCESS_DYNAMIC))
        process_wait_none(process); /* it waited, but need not */
    process_release_kept(process);
}

void sim_disable(struct sim_process *process)
{
    if (process->timeout.pending != PENDING_NONE)
        report_corner(process, "it waits for a time and cannot be disabled");
    else
        process->state |= PROCESS_DISABLED;
}

void sim_enable(struct sim_process *process)
{
    process->state &= ~(uint32_t)PROCESS_DISABLED;
    if (process->thread == NULL && (process->state & PROCESS_SUSPENDED) == 0)
        process_release_kept(process); /* of a thread it stays kept */
}

void process_end(struct sim_process *process)
{
    process->state |= PROCESS_DEAD;
    if (process->terminated != NULL)
        sim_notify_delta(process->terminated);
}

/* What it waited for or kept is no more, nor what its stack holds. */
static void process_forget(struct sim_process *process)
{
    process_wait_none(process);
    if (process->thread != NULL)
        process->state &= ~(uint32_t)PROCESS_KEPT;
    if (process->thread != NULL && process->cleanup != NULL)
        process->cleanup(process->module);
}

/* Whether the process waits inside a call of sim_reset(). */
static bool is_nesting(const struct sim_process *process)
{
    const struct nesting *nesting = process->sim->nesting;

    while (nesting != NULL && nesting->caller != process)
        nesting = nesting->outer;
    return nesting != NULL;
}

/* Calls that wait on a stack which goes are never come back to, nor is a method
 * that runs there goes on. */
static void nesting_drop(struct sim *sim, const struct sim_thread *stack)
{
    struct nesting **link = &sim->nesting;

    while (*link != NULL) {
        if ((*link)->stack != stack) {
            link = &(*link)->outer;
            continue;
        }
        if ((*link)->caller->thread == NULL)
            (*link)->caller->state &= ~(uint32_t)PROCESS_RUNNABLE;
        *link = (*link)->outer;
    }
    if (sim->nesting == NULL)
        sim->halt &= ~(unsigned)HALT_NESTED;
}

/* It never runs again, nor goes on. */
static void process_kill(struct sim_process *process)
{
    struct sim *sim = process->sim;
    struct sim_thread *thread = process->thread;

    if (sim_has_ended(process))
        return;
    if (sim->current != process)
        ring_remove(sim, process);
    process_forget(process);
    if (is_running_thread(process) || (thread != NULL && is_nesting(process)))
        process->state &= ~(uint32_t)PROCESS_RUNNABLE;
    process_end(process);
    process->state &= ~(uint32_t)PROCESS_AGAIN; /* though it was reset before */
    if (thread == NULL)
        return;
    nesting_drop(sim, thread);
    thread_drop(thread,
                is_running_thread(process) ? THREAD_ENDS : THREAD_WAITED);
}

void sim_kill(struct sim_process *process)
{
    if (process->sim->elaborated)
        process_kill(process);
    else
        sim_report(process->sim, SIM_ERROR, SIM_E_KILL_TOO_EARLY,
                   "a process cannot be killed before the simulation starts");
}

/* The stack on which the running process, or nobody, calls. */
static struct sim_thread *stack_here(const struct sim *sim)
{
    if (sim->current != NULL && sim->current->thread != NULL)
        return sim->current->thread;
    return sim->nesting != NULL ? sim->nesting->stack : sim->main;
}

/* Runs a process now, inside the call of the one that runs. */
static void process_run_nested(struct sim_process *process)
{
    struct sim *sim = process->sim;
    struct nesting here = { sim->nesting, sim->current, stack_here(sim) };

    sim->nesting = &here;
    sim->halt |= HALT_NESTED;
    sim->in_groups++;
    sim->hash = (sim->hash ^ process->id) * HASH_FACTOR;
    sim->current = process;
    process->state |= PROCESS_RUNNABLE;
    process->cause = NULL;
    if (process->thread != NULL)
        thread_enter(here.stack, process);
    else
        process_run_method(process);
    sim->nesting = here.outer;
    if (sim->nesting == NULL)
        sim->halt &= ~(unsigned)HALT_NESTED;
    sim->current = here.caller;
}

void sim_reset(struct sim_process *process)
{
    struct sim *sim = process->sim;
    struct sim_thread *thread = process->thread;
    bool runs = sim->current == process;

    if (sim_has_ended(process))
        return;
    if (sim->current == NULL) {
        sim_report(sim, SIM_ERROR, SIM_E_RESET_OUTSIDE,
                   "a process can be reset only by a process");
        return;
    }
    process_forget(process);
    if (thread == NULL && (runs || is_nesting(process))) {
        process->state |= PROCESS_AGAIN; /* once it has come to its end */
        return;
    }
    ring_remove(sim, process);
    if (thread != NULL) {
        nesting_drop(sim, thread);
        thread_make(process);
        thread_drop(thread, runs ? THREAD_RESTARTS : THREAD_WAITED);
    }
    process_run_nested(process);
}

struct sim_process *sim_current(const struct sim *sim)
{
    return sim->current;
}

bool sim_has_ended(const struct sim_process *process)
{
    return (process->state & PROCESS_DEAD) != 0;
}

struct sim_event *sim_terminated(struct sim_process *process)
{
    return event_made(&process->terminated, process->sim, process->id);
}

void sim_process_release(struct sim_process *process)
{
    struct sim *sim = process->sim;

    assert(sim->current != process && !is_nesting(process));
    process_kill(process);
    listening_end(process, NULL);
    wait_give_back(process);
    event_release(&process->timeout);
    if (process->terminated != NULL) {
        event_release(process->terminated);
        kernel_give_back(sim, process->terminated, sizeof *process->terminated);
    }
    object_release(sim, process->id);
    sim->processes--;
}
