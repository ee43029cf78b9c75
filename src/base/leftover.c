/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/leftover.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"

struct leftover {
    struct leftover *next;
    pid_t owner;
    const char *path; /* borrowed */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct leftover *all;

/* Neither needs memory or a descriptor. */
static void take_away(const char *path)
{
    if (unlink(path) < 0)
        rmdir(path);
}

static void take_all_away(void)
{
    pthread_mutex_lock(&lock);
    for (struct leftover *at = all; at; at = at->next)
        if (at->owner == getpid())
            take_away(at->path);
    pthread_mutex_unlock(&lock);
}

static void at_exit(void)
{
    atexit(take_all_away);
}

void leftover_add(const char *path)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct leftover *added = memory_new(1, sizeof *added);

    *added = (struct leftover){ NULL, getpid(), path };
    pthread_once(&once, at_exit);
    pthread_mutex_lock(&lock);
    added->next = all;
    all = added;
    pthread_mutex_unlock(&lock);
}

void leftover_forget(const char *path)
{
    struct leftover **at = &all, *found;

    pthread_mutex_lock(&lock);
    while (*at && (*at)->path != path)
        at = &(*at)->next;
    found = *at;
    if (found)
        *at = found->next;
    pthread_mutex_unlock(&lock);
    free(found);
}

void leftover_remove(const char *path)
{
    take_away(path);
    leftover_forget(path);
}
