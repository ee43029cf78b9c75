/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Processes told from outside: suspend, resume, disable, enable, kill, reset.
 */
#include <stddef.h>

#include "kernel/fire.h"
#include "kernel/internal.h"

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
