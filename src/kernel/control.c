/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The calls by which a process is suspended and resumed, disabled and enabled,
 * killed, reset and thrown at; leave.c has what the last three do.  The rules
 * are SystemC's (IEEE 1666-2011, section 5.6), and where those leave a case
 * open, what its reference library does; tests/kernel asks both the same
 * questions.
 */
#include "kernel/internal.h"

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

bool sim_kill(struct sim_process *process)
{
    if (process->sim->elaborated)
        return process_kill(process);
    sim_report(process->sim, SIM_ERROR, SIM_E_KILL_TOO_EARLY,
               "a process cannot be killed before the simulation starts");
    return true;
}

bool sim_reset(struct sim_process *process)
{
    if (sim_has_ended(process) || process_leaves_already(process))
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
    if (process_leaves_already(process))
        return true;
    if (sim->current != process)
        process_unqueue(process);
    process_wait_none(process);
    process->thrown = thing;
    return process_tell(process, PROCESS_THROWN);
}
