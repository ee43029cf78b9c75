/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/lock.h"

#include "kernel/internal.h"

void sim_mutex_init(struct sim_mutex *mutex, struct sim *sim, const char *name)
{
    sim_event_init(&mutex->freed, sim, name);
    mutex->owner = NULL;
}

bool sim_mutex_lock(struct sim_mutex *mutex)
{
    while (!sim_mutex_try(mutex))
        if (!sim_wait_event(mutex->freed.sim, &mutex->freed))
            return false;
    return true;
}

bool sim_mutex_try(struct sim_mutex *mutex)
{
    if (mutex->owner == NULL)
        mutex->owner = mutex->freed.sim->current;
    return mutex->owner == mutex->freed.sim->current;
}

bool sim_mutex_unlock(struct sim_mutex *mutex)
{
    if (mutex->owner == NULL || mutex->owner != mutex->freed.sim->current)
        return false;
    mutex->owner = NULL;
    sim_notify(&mutex->freed);
    return true;
}

void sim_semaphore_init(struct sim_semaphore *semaphore, struct sim *sim,
                        const char *name, unsigned value)
{
    sim_event_init(&semaphore->posted, sim, name);
    semaphore->value = value;
}

bool sim_semaphore_wait(struct sim_semaphore *semaphore)
{
    while (!sim_semaphore_try(semaphore))
        if (!sim_wait_event(semaphore->posted.sim, &semaphore->posted))
            return false;
    return true;
}

bool sim_semaphore_try(struct sim_semaphore *semaphore)
{
    if (semaphore->value == 0)
        return false;
    semaphore->value--;
    return true;
}

void sim_semaphore_post(struct sim_semaphore *semaphore)
{
    semaphore->value++;
    sim_notify(&semaphore->posted);
}
