/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of a sim: made, elaborated, stopped, freed; its time. */
#include "kernel/sim.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
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

void kernel_watch_with(struct sim *sim, struct watcher *watcher)
{
    struct watcher **end = &sim->watchers;

    while (*end != NULL)
        end = &(*end)->next;
    watcher->next = NULL;
    *end = watcher;
}

void kernel_watch_end(struct sim *sim, struct watcher *watcher)
{
    struct watcher **place = &sim->watchers;

    while (*place != watcher)
        place = &(*place)->next;
    *place = watcher->next;
}

RARE bool kernel_watch(struct sim *sim, enum watch when, sim_time next)
{
    bool any = false;

    for (struct watcher *each = sim->watchers; each != NULL; each = each->next)
        any |= each->look(each, when, next);
    return any;
}

/* Calls the hooks of the moments that come again and again. */
struct hook_watcher {
    struct watcher watcher;
    struct sim *sim;
};

static bool hooks_look(struct watcher *watcher, enum watch when, sim_time next)
{
    struct sim *sim = ((struct hook_watcher *)watcher)->sim;

    (void)next;
    if (when == WATCH_UPDATED)
        kernel_call_hooks(sim, SIM_AFTER_UPDATE);
    else if (when == WATCH_TIME)
        kernel_call_hooks(sim, SIM_BEFORE_TIME);
    return false;
}

static void hooks_close(struct watcher *watcher)
{
    kernel_watch_end(((struct hook_watcher *)watcher)->sim, watcher);
}

void sim_at(struct sim *sim, enum sim_moment moment,
            void (*function)(void *argument), void *argument)
{
    struct hook *hook = sim_alloc(sim, sizeof *hook), **end = &sim->hooks;

    *hook = (struct hook){ NULL, moment, function, argument };
    while (*end != NULL)
        end = &(*end)->next;
    *end = hook;
    if (moment >= SIM_AFTER_UPDATE && !sim->hooks_watch) {
        struct hook_watcher *watcher = sim_alloc(sim, sizeof *watcher);

        *watcher =
            (struct hook_watcher){ { .look = hooks_look, .close = hooks_close },
                                   sim };
        kernel_watch_with(sim, &watcher->watcher);
        sim->hooks_watch = true;
    }
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
    sim->halt |= HALT_STOP | (mode == SIM_STOP_IMMEDIATE ? HALT_STOP_NOW : 0);
    if (!sim->running)
        kernel_end(sim);
}

void sim_pause(struct sim *sim)
{
    sim->halt |= HALT_PAUSE;
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

uint64_t sim_resolution(const struct sim *sim)
{
    return sim->resolution;
}

sim_time sim_time_of(struct sim *sim, double value, uint64_t unit)
{
    double count = round(value * (double)unit / (double)sim->resolution);

    sim->time_fixed = true;
    if (!(count >= 0 && count < 0x1p64)) {
        sim_report(sim, SIM_ERROR, SIM_E_TIME_OVERFLOW,
                   "%g is no time between 0 and the end of time", value);
        return 0;
    }
    return (sim_time)count;
}

void sim_set_resolution(struct sim *sim, unsigned value, uint64_t unit)
{
    assert(value == 1 || value == 10 || value == 100);
    if (sim->time_fixed || sim->elaborated) {
        sim_report(sim, SIM_ERROR, SIM_E_RESOLUTION,
                   "the time resolution is in use and cannot be changed");
        return;
    }
    sim->resolution = value * unit;
    sim->time_fixed = true;
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
