/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Processes: made, suspended and resumed, disabled and enabled, reset, killed.
 * What a process may still do is kept as bits of its state, so that the common
 * question - may it run now - is one comparison.  The rules are SystemC's (IEEE
 * 1666-2011, section 5.6), and where those leave a case open, what its
 * reference library does; tests/kernel asks both the same questions.
 */
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

void process_unqueue(struct sim_process *process)
{
    struct sim *sim = process->sim;
    uint64_t from = sim->ring_head;

    while (from != sim->ring_tail && RING(sim, from) != process)
        from++;
    if (from == sim->ring_tail)
        return;
    for (; from + 1 != sim->ring_tail; from++)
        RING(sim, from) = RING(sim, from + 1);
    sim->ring_sure = sim->ring_head; /* to be looked at again */
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

RARE void process_report_never_woken(struct sim_process *process)
{
    sim_report(process->sim, SIM_WARNING, SIM_E_NEVER_WOKEN,
               "%s does not run at the start, and is sensitive to nothing",
               sim_object_name(process->sim, process->id));
}

void sim_dont_initialize(struct sim_process *process)
{
    process->state |= PROCESS_NO_INIT;
    if (process->sim->phase == PHASE_ELABORATE)
        return;
    process_unqueue(process);
    if (process->listening == NULL)
        process_report_never_woken(process);
}

/* What SystemC does not allow, since it could mean several things. */
RARE void process_report_corner(struct sim_process *process, const char *what)
{
    sim_report(process->sim, SIM_ERROR, SIM_E_CONTROL_CORNER, "%s: %s",
               sim_object_name(process->sim, process->id), what);
}

bool sim_suspend(struct sim_process *process)
{
    struct sim *sim = process->sim;

    if (process->resets != NULL &&
        (process->resets->bound || process->resets->held)) {
        process_report_corner(process,
                              "it has a reset and cannot be suspended");
        return true;
    }
    process->state |= PROCESS_SUSPENDED;
    if (sim->current == process || (process->state & PROCESS_RUNNABLE))
        process->state |= PROCESS_KEPT;
    if (sim->current == process && process->thread != NULL)
        return thread_wait(process);
    process_unqueue(process);
    if (sim->current != process && process->thread != NULL)
        process_detach(process);
    return true;
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

bool sim_resume(struct sim_process *process)
{
    if ((process->state & PROCESS_SUSPENDED) &&
        (process->state & PROCESS_DISABLED)) {
        process->state &= ~(uint32_t)PROCESS_SUSPENDED;
        process_report_corner(process,
                              "it is disabled, too, and cannot be resumed");
        return true;
    }
    process->state &= ~(uint32_t)PROCESS_SUSPENDED;
    if ((process->state & PROCESS_KEPT) && (process->state & PROCESS_DYNAMIC))
        process_wait_none(process); /* it waited, but need not */
    process_release_kept(process);
    return true;
}

bool sim_disable(struct sim_process *process)
{
    if (process->timeout.pending != PENDING_NONE)
        process_report_corner(process,
                              "it waits for a time and cannot be disabled");
    else
        process->state |= PROCESS_DISABLED;
    return true;
}

bool sim_enable(struct sim_process *process)
{
    process->state &= ~(uint32_t)PROCESS_DISABLED;
    if (process->thread == NULL && (process->state & PROCESS_SUSPENDED) == 0)
        process_release_kept(process); /* of a thread it stays kept */
    return true;
}

/* Before all others that are runnable, in the phase that comes next. */
void process_run_first(struct sim_process *process)
{
    struct sim *sim = process->sim;

    process_unqueue(process);
    process->state |= PROCESS_RUNNABLE;
    process->cause = NULL;
    sim->delta_head--; /* it has not run */
    sim->in_groups++;
    RING(sim, --sim->ring_head) = process;
    sim->ring_sure = sim->ring_head;
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

    assert(sim->current != process && !process_is_nesting(process));
    process_kill(process);
    listening_end(process, NULL);
    if (process->resets != NULL)
        sim->reset_release(process, NULL);
    wait_give_back(process);
    event_release(&process->timeout);
    if (process->terminated != NULL) {
        event_release(process->terminated);
        kernel_give_back(sim, process->terminated, sizeof *process->terminated);
    }
    if (process->state & PROCESS_PARENT)
        object_orphan(sim, process->id);
    object_release(sim, process->id);
    sim->processes--;
}
