/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who looks on: the list of watchers.  kernel_watch() goes through it. */
#include "kernel/internal.h"

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
