/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/process.h"

#include <assert.h>
#include <string.h>

#include "kernel/fire.h"
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
    event_init(&process->timeout, sim, EVENT_TIMEOUT);
    process->id = object_new(sim, kind, name, process);
    process->timeout.id = process->id;
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

/* The running method, its earlier next_trigger dropped; or NULL: reported. */
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

void sim_next_trigger_after(struct sim *sim, sim_time delay)
{
    struct sim_process *process = begin_trigger(sim);

    if (process != NULL)
        process_wait_delay(process, delay);
}

void sim_next_trigger_event(struct sim *sim, struct sim_event *event)
{
    struct sim_process *process = begin_trigger(sim);

    if (process != NULL)
        process_wait_event(process, event);
}

void sim_next_trigger_any(struct sim *sim, struct sim_event *const *events,
                          unsigned count, sim_time delay)
{
    struct sim_process *process = begin_trigger(sim);

    if (process != NULL)
        process_wait_events(process, events, count, false, delay);
}

void sim_next_trigger_all(struct sim *sim, struct sim_event *const *events,
                          unsigned count, sim_time delay)
{
    struct sim_process *process = begin_trigger(sim);

    if (process != NULL)
        process_wait_events(process, events, count, true, delay);
}
