/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>

#include "kernel/sim.h"

/*
 * What comes from other threads of the host.  They post letters, at any time
 * and without locks; the simulation opens them, in the order in which they were
 * posted, between an evaluate phase and its update (or, if it has nothing else
 * to do, at once).  Inside, all is as if a process had done it there: only when
 * a letter comes is not determined, what it does is.
 */
struct sim_letter {
    struct sim_letter *next;
};

/* May notify events (not immediately), write signals, post letters; the letter
 * is the poster's again. */
typedef void (*sim_open)(void *module, struct sim_letter *letter);

struct sim_inbox {
    struct sim *sim;
    sim_open open;
    void *module;
    _Atomic(struct sim_letter *) latest; /* a list, the latest first */
    _Atomic unsigned holds;
    struct sim_inbox_rest *rest;
};

/* Before the first run. */
void sim_inbox_init(struct sim_inbox *inbox, struct sim *sim, sim_open open,
                    void *module);

/* From any host thread, until sim_free(). */
void sim_inbox_post(struct sim_inbox *inbox, struct sim_letter *letter);

/*
 * While it is held, by any number, a run that has nothing left to do waits for
 * a letter instead of coming back.  From any host thread.
 */
void sim_inbox_hold(struct sim_inbox *inbox);
void sim_inbox_let_go(struct sim_inbox *inbox);

/*
 * All processes are suspended, and time with them: who is runnable stays so, in
 * its order; updates and delta notifications still come.  A run then comes back
 * as if nothing were left, or waits for a letter.
 */
void sim_suspend_all(struct sim *sim);
void sim_resume_all(struct sim *sim);
