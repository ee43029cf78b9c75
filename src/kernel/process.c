/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/process.h"

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
    if (sim->elaborated)
        fire_push(sim, process, NULL);
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

void process_end(struct sim_process *process)
{
    process->state |= PROCESS_DEAD;
    if (process->terminated != NULL)
        sim_notify_delta(process->terminated);
}

/* What it waited for or kept is no more, nor what its stack holds. */
static void drop(struct sim_process *process, bool again)
{
    struct sim_thread *thread = process->thread;
    bool running = is_running_thread(process);

    if (sim_has_ended(process))
        return;
    process_wait_none(process);
    process->state &= ~(uint32_t)PROCESS_KEPT;
    if (thread != NULL && process->cleanup != NULL)
        process->cleanup(process->module);
    if (thread != NULL && again)
        thread_make(process);
    if (running)
        process->state &= ~(uint32_t)PROCESS_RUNNABLE;
    if (!again)
        process_end(process);
    else if (process->state & PROCESS_SUSPENDED)
        process->state |= PROCESS_KEPT;
    else if ((process->state & PROCESS_RUNNABLE) == 0)
        fire_push(process->sim, process, NULL);
    if (thread != NULL)
        thread_drop(thread, running);
}

void sim_kill(struct sim_process *process)
{
    drop(process, false);
}

void sim_reset(struct sim_process *process)
{
    drop(process, true);
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
