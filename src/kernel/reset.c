/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reset signals.  A process counts the resets that are active; with any it has
 * PROCESS_TELL, so that a thread which goes on is told to leave, and starts
 * again.  What a signal resets is found when it changes, in one list of the
 * sim: reset signals change seldom, and others do not look.
 */
#include "kernel/reset.h"

#include "kernel/internal.h"

struct resetting {
    struct resetting *next;
    struct sim_process *process;
    struct sim_signal *signal;
    bool level;
    enum sim_reset_kind kind;
};

/* A method that may be reset; others are not looked at when they run. */
static void reset_run(void *module)
{
    struct sim_process *process = module;

    process_notify_reset(process);
    process->resets->function(process->resets->module);
}

static void reset_changed(struct sim_signal *signal, bool before);
static void reset_release(const struct sim_process *process,
                          const struct sim_signal *signal);

static struct sim_resets *resets_of(struct sim_process *process)
{
    if (process->resets != NULL)
        return process->resets;
    process->resets = sim_alloc(process->sim, sizeof *process->resets);
    process->sim->reset_changed = reset_changed;
    process->sim->reset_release = reset_release;
    if (process->thread == NULL) {
        process->resets->function = process->function;
        process->resets->module = process->module;
        process->function = reset_run;
        process->module = process;
    }
    return process->resets;
}

struct sim_event *sim_reset_event(struct sim_process *process)
{
    return event_made(&resets_of(process)->event, process->sim, process->id);
}

/* At once, or if no process runs before all others. */
static void reset_at_once(struct sim_process *process)
{
    struct sim *sim = process->sim;

    if (sim->phase == PHASE_EVALUATE && sim->current != NULL) {
        process_reset(process);
        return;
    }
    process->resets->once = true;
    process_wait_none(process);
    process->state &= ~(uint32_t)PROCESS_KEPT;
    process_run_first(process);
}

/* One more reset is active, or one less; false: that is an error. */
static bool reset_count(struct sim_process *process, bool active,
                        enum sim_reset_kind kind)
{
    struct sim_resets *resets = process->resets;

    if (sim_has_ended(process))
        return true;
    if (kind == SIM_SYNCHRONOUS && process->state & PROCESS_SUSPENDED) {
        process_report_corner(process,
                              "it is suspended: its reset cannot change");
        return false;
    }
    if (!active) {
        if (--resets->active == 0)
            process->state &= ~(uint32_t)PROCESS_TELL;
        return true;
    }
    resets->active++;
    if (!process->sim->elaborated)
        return true;
    if (process->state & PROCESS_LEAVES) {
        sim_report(process->sim, SIM_WARNING, SIM_E_LEAVES_ALREADY,
                   "%s leaves already",
                   sim_object_name(process->sim, process->id));
        return true;
    }
    if (process->thread != NULL)
        process->state |= PROCESS_TELL;
    process->state &= ~(uint32_t)PROCESS_COUNTING; /* the next one will do */
    if (kind == SIM_ASYNCHRONOUS)
        reset_at_once(process);
    return true;
}

static RARE void reset_changed(struct sim_signal *signal, bool before)
{
    struct resetting *each = signal->channel.sim->resettings, *next;
    bool now = sim_signal_read(signal) != 0;

    for (; each != NULL && now != before; each = next) {
        next = each->next;
        if (each->signal == signal)
            reset_count(each->process, now == each->level, each->kind);
    }
}

static void reset_release(const struct sim_process *process,
                          const struct sim_signal *signal)
{
    struct sim *sim = process != NULL ? process->sim : signal->channel.sim;
    struct resetting **link = &sim->resettings, *ended;

    while ((ended = *link) != NULL) {
        if (ended->process != process && ended->signal != signal) {
            link = &ended->next;
            continue;
        }
        *link = ended->next;
        if (process == NULL && (sim_signal_read(signal) != 0) == ended->level)
            reset_count(ended->process, false, ended->kind);
        kernel_give_back(sim, ended, sizeof *ended);
    }
    if (process == NULL)
        return;
    if (process->resets->event != NULL) {
        event_release(process->resets->event);
        kernel_give_back(sim, process->resets->event,
                         sizeof *process->resets->event);
    }
    kernel_give_back(sim, process->resets, sizeof *process->resets);
}

void sim_reset_by(struct sim_process *process, struct sim_signal *signal,
                  bool level, enum sim_reset_kind kind)
{
    struct sim *sim = process->sim;
    struct resetting *resetting = sim_alloc(sim, sizeof *resetting),
                     **end = &sim->resettings;

    *resetting = (struct resetting){ NULL, process, signal, level, kind };
    while (*end != NULL)
        end = &(*end)->next;
    *end = resetting;
    signal->resets = signal->watched = true;
    resets_of(process)->bound = true;
    if ((sim_signal_read(signal) != 0) == level)
        process->resets->active++;
}

bool sim_sync_reset_on(struct sim_process *process)
{
    struct sim_resets *resets = resets_of(process);

    if (!resets->held)
        resets->held = reset_count(process, true, SIM_SYNCHRONOUS);
    return true;
}

bool sim_sync_reset_off(struct sim_process *process)
{
    struct sim_resets *resets = resets_of(process);

    if (resets->held)
        resets->held = !reset_count(process, false, SIM_SYNCHRONOUS);
    return true;
}
