/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of a sim: made, elaborated, stopped, freed; its time. */
#include "kernel/sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/internal.h"

struct sim *sim_new(void)
{
    struct sim *sim = aligned_alloc(64, (sizeof *sim + 63) / 64 * 64);

    if (sim == NULL)
        return NULL;
    *sim = (struct sim){ .resolution = 1000,
                         .scope = SIM_OBJECT_NONE,
                         .objects_free = SIM_OBJECT_NONE,
                         .stack_size = 65536,
                         .reports.verbosity = 200,
                         .wheel.last = SIM_TIME_MAX };
    for (int i = 0; i < WHEEL_FRONT; i++)
        sim->wheel.times[i] = SIM_TIME_MAX;
    for (int severity = SIM_INFO; severity <= SIM_FATAL; severity++)
        sim->reports.actions[severity] = SIM_DISPLAY;
    sim->reports.actions[SIM_ERROR] |= SIM_FAIL;
    sim->reports.actions[SIM_FATAL] |= SIM_ABORT;
    return sim;
}

void sim_free(struct sim *sim)
{
    if (sim == NULL)
        return;
    if (sim->elaborated && !sim->stopped)
        kernel_end(sim);
    while (sim->watchers != NULL)
        sim->watchers->close(sim->watchers);
    if (sim->order_file != NULL)
        fclose(sim->order_file);
    sim->reports.actions[SIM_ERROR] = 0; /* of threads that do not leave */
    thread_free_all(sim);
    names_free(sim);
    kernel_free_all(sim);
    free(sim);
}

RARE bool kernel_watch(struct sim *sim, enum watch when, sim_time next)
{
    bool any = false;

    for (struct watcher *each = sim->watchers; each != NULL; each = each->next)
        any |= each->look(each, when, next);
    return any;
}

/* A hook may add hooks, of the same moment too. */
void kernel_call_hooks(struct sim *sim, enum sim_moment moment)
{
    for (struct hook *hook = sim->hooks; hook != NULL; hook = hook->next) {
        if (hook->moment == moment)
            hook->function(hook->argument);
    }
}

uint64_t sim_delta_count(const struct sim *sim)
{
    return sim->delta;
}

uint64_t sim_activations(const struct sim *sim)
{
    return sim->ring_head + sim->in_groups;
}

void sim_stop(struct sim *sim, enum sim_stop_mode mode)
{
    if (sim->stopped || (sim->halt & (HALT_STOP | HALT_STOP_NOW))) {
        sim_report(sim, SIM_WARNING, SIM_E_STOPPED_TWICE,
                   "sim_stop() was called before");
        return;
    }
    kernel_halt(sim,
                HALT_STOP | (mode == SIM_STOP_IMMEDIATE ? HALT_STOP_NOW : 0));
    if (!sim->running)
        kernel_end(sim);
}

void sim_pause(struct sim *sim)
{
    kernel_halt(sim, HALT_PAUSE);
}

bool sim_is_pending(struct sim *sim, sim_time *distance)
{
    sim_time next = sim->now;

    if (!sim_is_pending_now(sim) && !wheel_next(&sim->wheel, &next))
        return false;
    if (distance != NULL)
        *distance = next - sim->now;
    return true;
}

bool sim_is_pending_now(const struct sim *sim)
{
    return sim->ring_head != sim->ring_tail || sim->updates_count != 0 ||
           sim->deltas_count != sim->deltas_dead;
}

bool sim_is_pending_later(struct sim *sim)
{
    sim_time next;

    return wheel_next(&sim->wheel, &next);
}

void sim_time_text(const struct sim *sim, sim_time time, char *text,
                   size_t size)
{
    static const char *const names[] = { "s", "ms", "us", "ns", "ps", "fs" };
    unsigned __int128 exact = (unsigned __int128)time * sim->resolution;
    uint64_t unit = SIM_UNIT_S;
    unsigned name = 0;

    for (; exact % unit != 0; unit /= 1000)
        name++;
    snprintf(text, size, "%" PRIu64 " %s", (uint64_t)(exact / unit),
             names[name]);
}
