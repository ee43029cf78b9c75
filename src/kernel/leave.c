/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Processes that leave: reset, killed, thrown at.  That takes effect inside the
 * call, so the process runs there, on its own stack or a lent one, and such
 * calls nest.  While a call waits, the processes that it let run may do
 * anything to its caller: who kills or resets it ends the call (it comes back
 * false), who suspends it detaches it (it goes on from the ring, some time),
 * who wakes a method runs it again.  So it is in Accellera's library.
 */
#include "kernel/process.h"

#include "kernel/internal.h"

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

bool process_is_nesting(const struct sim_process *process)
{
    const struct nesting *nesting = process->sim->nesting;

    while (nesting != NULL && nesting->caller != process)
        nesting = nesting->outer;
    return nesting != NULL;
}

/* Calls that wait on this stack are not come back to by whom they let run. */
static void nesting_end(struct sim *sim, const struct sim_thread *stack,
                        enum nesting_end end)
{
    struct nesting **link = &sim->nesting;

    while (*link != NULL) {
        struct nesting *nesting = *link;

        if (nesting->stack != stack) {
            link = &nesting->outer;
            continue;
        }
        nesting->end = end;
        *link = nesting->outer;
    }
    if (sim->nesting == NULL)
        sim->halt &= ~(unsigned)HALT_NESTED;
}

void process_detach(struct sim_process *process)
{
    nesting_end(process->sim, process->thread, NESTING_DETACHED);
    process->state &= ~(uint32_t)(PROCESS_RUNNABLE | PROCESS_THROWN);
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

/*
 * A method that lets another process run may meanwhile have been woken, and so
 * is in the ring while it still runs, or have run within.  False: it has been
 * killed.
 */
static bool method_goes_on(struct sim_process *caller, bool on_main)
{
    caller->state &= ~(uint32_t)PROCESS_NESTED;
    if (!on_main)
        caller->state |= PROCESS_NESTED;
    if (caller->state & PROCESS_RUNNABLE)
        caller->state |= PROCESS_WOKEN;
    caller->state |= PROCESS_RUNNABLE;
    return !sim_has_ended(caller);
}

/* A thread that has let another process run goes on, unless it is in reset. */
static bool thread_goes_on(struct sim_process *caller)
{
    if ((caller->state & (PROCESS_TELL | PROCESS_LEAVES)) != PROCESS_TELL)
        return true;
    caller->state |= PROCESS_RESET;
    process_notify_reset(caller);
    return process_stays(caller);
}

/* Of the caller on its stack; `result` is that of who came back to it. */
static bool nesting_goes_on(struct nesting *here, struct sim *sim, bool result)
{
    struct sim_process *caller = here->caller;

    if (here->end != NESTING_STANDS)
        return here->end == NESTING_DETACHED && result;
    sim->current = caller;
    sim->method_stack = here->stack; /* if the caller is a nested method */
    sim->nesting = here->outer;
    if (sim->nesting == NULL)
        sim->halt &= ~(unsigned)HALT_NESTED;
    if (caller == NULL)
        return true;
    return caller->thread == NULL
               ? method_goes_on(caller, here->stack == sim->main)
               : thread_goes_on(caller);
}

bool process_run_nested(struct sim_process *process)
{
    struct sim *sim = process->sim;
    struct nesting here = { sim->nesting, sim->current, stack_here(sim),
                            NESTING_STANDS };
    bool result = true;

    if (here.caller != NULL && here.caller->thread == NULL &&
        (here.caller->state & PROCESS_WOKEN) == 0)
        here.caller->state &= ~(uint32_t)PROCESS_RUNNABLE;
    sim->nesting = &here;
    kernel_halt(sim, HALT_NESTED);
    sim->in_groups++;
    sim->hash = (sim->hash ^ process->id) * HASH_FACTOR;
    sim->current = process;
    process->state |= PROCESS_RUNNABLE;
    process->cause = NULL;
    if (process->thread != NULL) {
        result = thread_enter(here.stack, process);
    } else {
        process->state |= PROCESS_NESTED;
        if (here.caller != NULL && here.caller->thread != NULL) {
            result = thread_lend(here.stack, process);
        } else {
            sim->method_stack = here.stack;
            process_run_method(process);
            process->state &= ~(uint32_t)PROCESS_NESTED;
        }
    }
    return nesting_goes_on(&here, sim, result);
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
    nesting_end(sim, thread, NESTING_DROPPED);
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

    process->state |= why;
    if (sim->current == process && process->cleanup != NULL &&
        why != PROCESS_THROWN)
        process_drop(process);
    if (sim->current == process)
        return false;
    nesting_end(sim, process->thread, NESTING_DROPPED);
    process->state |= PROCESS_TELL;
    return process_run_nested(process);
}

RARE bool process_leaves_already(struct sim_process *process)
{
    if ((process->state & PROCESS_LEAVES) == 0)
        return false;
    sim_report(process->sim, SIM_WARNING, SIM_E_LEAVES_ALREADY,
               "%s leaves already", sim_object_name(process->sim, process->id));
    return true;
}

/* It never runs again, nor goes on. */
bool process_kill(struct sim_process *process)
{
    struct sim *sim = process->sim;

    if (sim_has_ended(process) || process_leaves_already(process))
        return true;
    process_unqueue(process);
    process_forget(process);
    process->state &= ~(uint32_t)PROCESS_AGAIN; /* though it was reset before */
    if (process->thread == NULL) {
        process_end(process);
        return sim->current != process;
    }
    if ((process->state & PROCESS_STARTED) && process->cleanup == NULL)
        return process_tell(process, PROCESS_KILLED);
    if (sim->current == process)
        return process_tell(process, PROCESS_KILLED);
    process->state |= PROCESS_KILLED;
    process_drop(process);
    return true;
}

bool process_reset(struct sim_process *process)
{
    struct sim *sim = process->sim;

    process_forget(process);
    if (process->resets != NULL)
        process->resets->once = true;
    if (process->thread == NULL && sim->current == process) {
        process->state |= PROCESS_AGAIN; /* once it has come to its end */
        return false;
    }
    process_unqueue(process);
    if (process->thread == NULL || (process->state & PROCESS_STARTED) == 0)
        return process_run_nested(process);
    return process_tell(process, PROCESS_RESET);
}

RARE void process_run_again(struct sim_process *process)
{
    while (process->state & PROCESS_AGAIN) {
        process->state &= ~(uint32_t)PROCESS_AGAIN;
        process->function(process->module);
    }
    process->state &= process->state & PROCESS_WOKEN
                          ? ~(uint32_t)PROCESS_WOKEN
                          : ~(uint32_t)PROCESS_RUNNABLE;
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
