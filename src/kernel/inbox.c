/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of letters grows at its head by compare and exchange; the simulation
 * takes all of it at once and turns it round.  A semaphore counts what was
 * posted, for a simulation that waits; what it counts too much wakes for
 * nothing.
 */
#include "kernel/inbox.h"

#include <errno.h>
#include <semaphore.h>

#include "kernel/internal.h"

struct sim_inbox_rest {
    struct watcher watcher;
    struct sim_inbox *inbox;
    sem_t posted;
};

static void inbox_open(struct sim_inbox *inbox)
{
    struct sim_letter *letter = atomic_exchange(&inbox->latest, NULL);
    struct sim_letter *oldest = NULL, *next;

    for (; letter != NULL; letter = next) {
        next = letter->next;
        letter->next = oldest;
        oldest = letter;
    }
    for (; oldest != NULL; oldest = next) {
        next = oldest->next;
        inbox->open(inbox->module, oldest);
    }
}

/* Waits, if it is held; false: nothing has come. */
static bool inbox_wait(struct sim_inbox *inbox)
{
    while (atomic_load(&inbox->latest) == NULL) {
        if (atomic_load(&inbox->holds) == 0)
            return atomic_load(&inbox->latest) != NULL;
        while (sem_wait(&inbox->rest->posted) < 0 && errno == EINTR)
            continue;
    }
    return true;
}

static bool inbox_look(struct watcher *watcher, enum watch when, sim_time next)
{
    struct sim_inbox *inbox = ((struct sim_inbox_rest *)watcher)->inbox;
    struct sim *sim = inbox->sim;

    (void)next;
    if (when == WATCH_EVALUATED && atomic_load(&inbox->latest) != NULL)
        inbox_open(inbox);
    if (when != WATCH_STARVED)
        return false;
    if ((sim->halt & HALT_SUSPENDED) == 0 && sim_is_pending(sim, NULL))
        return false; /* after the end of this run */
    return inbox_wait(inbox);
}

static void inbox_close(struct watcher *watcher)
{
    struct sim_inbox_rest *rest = (struct sim_inbox_rest *)watcher;

    kernel_watch_end(rest->inbox->sim, watcher);
    sem_destroy(&rest->posted);
}

void sim_inbox_init(struct sim_inbox *inbox, struct sim *sim, sim_open open,
                    void *module)
{
    struct sim_inbox_rest *rest = sim_alloc(sim, sizeof *rest);

    inbox->sim = sim;
    inbox->open = open;
    inbox->module = module;
    atomic_init(&inbox->latest, NULL);
    atomic_init(&inbox->holds, 0);
    inbox->rest = rest;
    rest->watcher.look = inbox_look;
    rest->watcher.close = inbox_close;
    rest->inbox = inbox;
    sem_init(&rest->posted, 0, 0);
    kernel_watch_with(sim, &rest->watcher);
}

void sim_inbox_post(struct sim_inbox *inbox, struct sim_letter *letter)
{
    struct sim_inbox_rest *rest = inbox->rest;

    letter->next = atomic_load(&inbox->latest);
    while (!atomic_compare_exchange_weak(&inbox->latest, &letter->next, letter))
        continue;
    sem_post(&rest->posted);
}

void sim_inbox_hold(struct sim_inbox *inbox)
{
    atomic_fetch_add(&inbox->holds, 1);
}

void sim_inbox_let_go(struct sim_inbox *inbox)
{
    atomic_fetch_sub(&inbox->holds, 1);
    sem_post(&inbox->rest->posted);
}

void sim_suspend_all(struct sim *sim)
{
    kernel_halt(sim, HALT_SUSPENDED);
}

void sim_resume_all(struct sim *sim)
{
    sim->halt &= ~(unsigned)HALT_SUSPENDED;
}
