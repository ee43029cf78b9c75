/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Processes: made, runnable in the ring, and released.  What a process may
 * still do is kept as bits of its state, so that the common question - may it
 * run now - is one comparison.
 */
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
