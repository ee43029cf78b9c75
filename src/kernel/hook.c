/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions that are called at moments of the life of a sim. */
#include "kernel/internal.h"

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
