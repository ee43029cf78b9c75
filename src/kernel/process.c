/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Processes: made, suspended and resumed, disabled and enabled, reset, killed.
 * What a process may still do is kept as bits of its state, so that the common
 * question - may it run now - is one comparison.  The rules are SystemC's (IEEE
 * 1666-2011, section 5.6), and where those leave a case open, what its
 * reference library does; tests/kernel asks both the same questions.
 * A reset or a kill of another process takes effect inside the call, so that
 * such calls nest.
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
    ring_remove(process->sim, process);
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
    if (sim->current == process) {
        process->state |= PROCESS_KEPT;
        if (process->thread != NULL)
            return thread_wait(process);
    } else if (process->state & PROCESS_RUNNABLE) {
        ring_remove(sim, process);
        process->state |= PROCESS_KEPT;
    }
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

void process_end(struct sim_process *process)
{
    process->state |= PROCESS_DEAD;
    if (process->terminated == NULL)
        return;
    if (process->sim->phase == PHASE_EVALUATE)
        sim_notify(process->terminated);
    else
        sim_notify_delta(process->terminated); /* killed by a hook */
}

/* What it waited for or kept is no more. */
static void process_forget(struct sim_process *process)
{
    process_wait_none(process);
    if (process->thread != NULL)
        process->state &= ~(uint32_t)PROCESS_KEPT;
}

/* Whether the process waits inside a call of sim_reset() or the like. */
static bool is_nesting(const struct sim_process *process)
{
    const struct nesting *nesting = process->sim->nesting;

    while (nesting != NULL && nesting->caller != process)
        nesting = nesting->outer;
    return nesting != NULL;
}

/* Calls that wait on a stack are not come back to by whom they let run: those
 * who made them leave, or if the stack goes are never come back to at all. */
static void nesting_drop(struct sim *sim, const struct sim_thread *stack,
                         bool goes)
{
    struct nesting **link = &sim->nesting;

    while (*link != NULL) {
        struct nesting *nesting = *link;

        if (nesting->stack != stack) {
            link = &nesting->outer;
            continue;
        }
        if (goes && nesting->caller->thread == NULL)
            nesting->caller->state &=
                ~(uint32_t)(PROCESS_RUNNABLE | PROCESS_NESTED);
        nesting->dropped = true;
        *link = nesting->outer;
    }
    if (sim->nesting == NULL)
        sim->halt &= ~(unsigned)HALT_NESTED;
}

/* The stack on which the running process, or nobody, calls. */
static struct sim_thread *stack_here(const struct sim *sim)
{
    const struct sim_process *current = sim->current;

    if (current == NULL)
        return sim->main;
    if (current->thread != NULL)
        return current->thread;
    return current->state & PROCESS_NESTED ? sim->method_stack : sim->main;
}

bool process_run_nested(struct sim_process *process)
{
    struct sim *sim = process->sim;
    struct nesting here = { sim->nesting, sim->current, stack_here(sim),
                            false };

    sim->nesting = &here;
    sim->halt |= HALT_NESTED;
    sim->in_groups++;
    sim->hash = (sim->hash ^ process->id) * HASH_FACTOR;
    sim->current = process;
    process->state |= PROCESS_RUNNABLE;
    process->cause = NULL;
    if (process->thread != NULL) {
        thread_enter(here.stack, process);
    } else {
        process->state |= PROCESS_NESTED;
        sim->method_stack = here.stack;
        process_run_method(process);
        process->state &= ~(uint32_t)PROCESS_NESTED;
    }
    sim->current = here.caller;
    sim->method_stack = here.stack; /* if the caller is a nested method */
    if (here.dropped) {
        if (here.caller->thread == here.stack && here.caller->cleanup != NULL &&
            (here.caller->state & PROCESS_LEAVES) != 0)
            process_stays(here.caller); /* its stack goes */
        return false;
    }
    sim->nesting = here.outer;
    if (sim->nesting == NULL)
        sim->halt &= ~(unsigned)HALT_NESTED;
    return true;
}

/* By a signal, or held in it. */
static bool is_in_reset(const struct sim_process *process)
{
    return process->resets != NULL && process->resets->active > 0;
}

RARE void process_notify_reset(struct sim_process *process)
{
    struct sim_resets *resets = process->resets;

    if (resets == NULL || resets->event == NULL ||
        (process->thread == NULL && resets->active == 0 && !resets->once))
        return;
    resets->once = false;
    sim_notify(resets->event);
}

void process_begin(struct sim_process *process)
{
    process->state &= ~(uint32_t)(PROCESS_LEAVES | PROCESS_THROWN |
                                  PROCESS_HEARD | PROCESS_DEAF | PROCESS_TELL);
    process->state |=
        PROCESS_STARTED | (is_in_reset(process) ? PROCESS_TELL : 0);
}

/* Its stack goes, and nothing on it is told: `cleanup` may know of it. */
static void process_drop(struct sim_process *process)
{
    struct sim *sim = process->sim;
    struct sim_thread *thread = process->thread;
    bool runs = sim->current == process && process->state & PROCESS_RUNNABLE,
         resets = (process->state & PROCESS_KILLED) == 0;

    if (process->cleanup != NULL)
        process->cleanup(process->module);
    nesting_drop(sim, thread, true);
    if (resets) {
        process_begin(process);
        thread_make(process);
        thread_drop(thread, runs ? THREAD_RESTARTS : THREAD_WAITED);
        return;
    }
    process->state &= ~(uint32_t)PROCESS_RUNNABLE;
    process_end(process);
    thread_drop(thread, runs ? THREAD_ENDS : THREAD_WAITED);
}

RARE bool process_stays(struct sim_process *process)
{
    process_wait_none(process);
    if (process->cleanup == NULL && (process->state & PROCESS_HEARD) == 0) {
        process->state |= PROCESS_HEARD;
        return false;
    }
    if (process->cleanup == NULL) {
        sim_report(process->sim, SIM_ERROR, SIM_E_WAIT_LEAVING,
                   "a thread that is to leave cannot wait");
        if ((process->state & PROCESS_DEAF) == 0) {
            process->state |= PROCESS_DEAF;
            return false;
        }
    }
    process_drop(process);
    return false;
}

RARE void process_leave(struct sim_process *process)
{
    if ((process->state & (PROCESS_LEAVES | PROCESS_THROWN)) == 0)
        process->state |= PROCESS_RESET; /* it is in reset */
    if (process->state & PROCESS_RESET)
        process_notify_reset(process);
    if (process->state & PROCESS_LEAVES)
        process->state |= PROCESS_HEARD;
    else if (!is_in_reset(process))
        process->state &= ~(uint32_t)PROCESS_TELL;
    if ((process->state & PROCESS_LEAVES) && process->cleanup != NULL) {
        process->state &= ~(uint32_t)PROCESS_RUNNABLE; /* here it waited */
        process_drop(process);
        process->state |= PROCESS_RUNNABLE;
    }
}

bool process_tell(struct sim_process *process, enum process_state why)
{
    struct sim *sim = process->sim;
    bool here = process->thread == stack_here(sim);

    process->state |= why;
    if (sim->current == process && process->cleanup != NULL &&
        why != PROCESS_THROWN)
        process_drop(process);
    if (sim->current == process)
        return false;
    nesting_drop(sim, process->thread,
                 process->cleanup != NULL && why != PROCESS_THROWN);
    if (here)
        return true; /* a method on its stack calls: it knows after that */
    process->state |= PROCESS_TELL;
    return process_run_nested(process);
}

/* What is done to it comes too late. */
static RARE bool leaves_already(struct sim_process *process)
{
    if ((process->state & PROCESS_LEAVES) == 0)
        return false;
    sim_report(process->sim, SIM_WARNING, SIM_E_LEAVES_ALREADY,
               "%s leaves already", sim_object_name(process->sim, process->id));
    return true;
}

/* It never runs again, nor goes on. */
static bool process_kill(struct sim_process *process)
{
    struct sim *sim = process->sim;

    if (sim_has_ended(process) || leaves_already(process))
        return true;
    if (sim->current != process)
        ring_remove(sim, process);
    process_forget(process);
    process->state &= ~(uint32_t)PROCESS_AGAIN; /* though it was reset before */
    if (process->thread == NULL) {
        process_end(process);
        return sim->current != process;
    }
    if ((process->state & PROCESS_STARTED) && process->cleanup == NULL)
        return process_tell(process, PROCESS_KILLED);
    if (process->thread == stack_here(sim))
        return process_tell(process, PROCESS_KILLED);
    process->state |= PROCESS_KILLED;
    process_drop(process);
    return true;
}

bool sim_kill(struct sim_process *process)
{
    if (process->sim->elaborated)
        return process_kill(process);
    sim_report(process->sim, SIM_ERROR, SIM_E_KILL_TOO_EARLY,
               "a process cannot be killed before the simulation starts");
    return true;
}

bool process_reset(struct sim_process *process)
{
    struct sim *sim = process->sim;

    process_forget(process);
    if (process->resets != NULL)
        process->resets->once = true;
    if (process->thread == NULL &&
        (sim->current == process || is_nesting(process))) {
        process->state |= PROCESS_AGAIN; /* once it has come to its end */
        return sim->current != process;
    }
    ring_remove(sim, process);
    if (process->thread == NULL || (process->state & PROCESS_STARTED) == 0)
        return process_run_nested(process);
    return process_tell(process, PROCESS_RESET);
}

bool sim_reset(struct sim_process *process)
{
    if (sim_has_ended(process) || leaves_already(process))
        return true;
    if (process->sim->current != NULL)
        return process_reset(process);
    sim_report(process->sim, SIM_ERROR, SIM_E_RESET_OUTSIDE,
               "a process can be reset only by a process");
    return true;
}

bool sim_throw(struct sim_process *process, void *thing)
{
    struct sim *sim = process->sim;

    if (sim->current == NULL) {
        sim_report(sim, SIM_ERROR, SIM_E_THROW_OUTSIDE,
                   "only a process can throw at a process");
        return true;
    }
    if (process->thread == NULL || sim_has_ended(process) ||
        (process->state & PROCESS_STARTED) == 0) {
        sim_report(sim, SIM_WARNING, SIM_E_THROW_IGNORED,
                   "%s is no thread that has begun: nothing is thrown at it",
                   sim_object_name(sim, process->id));
        return true;
    }
    if (leaves_already(process))
        return true;
    if (sim->current != process)
        ring_remove(sim, process);
    process_wait_none(process);
    process->thrown = thing;
    return process_tell(process, PROCESS_THROWN);
}

enum sim_leaving sim_leaving(const struct sim *sim)
{
    uint32_t state = sim->current == NULL ? 0 : sim->current->state;

    return state & PROCESS_KILLED   ? SIM_KILLED
           : state & PROCESS_RESET  ? SIM_RESET
           : state & PROCESS_THROWN ? SIM_THROWN
                                    : SIM_STAYS;
}

void *sim_thrown(const struct sim *sim)
{
    return sim->current == NULL ? NULL : sim->current->thrown;
}

void sim_drop_stack(void *module)
{
    (void)module;
}

/* Before all others that are runnable, in the phase that comes next. */
void process_run_first(struct sim_process *process)
{
    struct sim *sim = process->sim;

    ring_remove(sim, process);
    process->state |= PROCESS_RUNNABLE;
    process->cause = NULL;
    sim->delta_head--; /* it has not run */
    sim->in_groups++;
    RING(sim, --sim->ring_head) = process;
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
