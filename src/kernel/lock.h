/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/event.h"

/*
 * What threads share by turns.  Who waits is woken by an immediate notification
 * and tries again.  A killed thread gives nothing back: its `cleanup` may.
 *
 * The owner of a mutex that locks it again still owns it, and one unlock frees
 * it, as in Accellera's library; the standard's own words were not at hand.
 */
struct sim_mutex {
    struct sim_process *owner; /* NULL: free */
    struct sim_event freed;
};

void sim_mutex_init(struct sim_mutex *mutex, struct sim *sim, const char *name);
bool sim_mutex_lock(struct sim_mutex *mutex);   /* waits; false as sim_wait() */
bool sim_mutex_try(struct sim_mutex *mutex);    /* false: it is not free */
bool sim_mutex_unlock(struct sim_mutex *mutex); /* false: not the owner */

struct sim_semaphore {
    unsigned value;
    struct sim_event posted;
};

void sim_semaphore_init(struct sim_semaphore *semaphore, struct sim *sim,
                        const char *name, unsigned value);
bool sim_semaphore_wait(struct sim_semaphore *semaphore);
bool sim_semaphore_try(struct sim_semaphore *semaphore); /* false: it is 0 */
void sim_semaphore_post(struct sim_semaphore *semaphore);
