/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mapping.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/leftover.h"
#include "base/memory.h"

/*
 * The handler walks along this list without a lock, so nothing is ever taken
 * out of it: a node whose file is closed has length 0 and serves the next file.
 * A path is freed with its node only, when that serves another.
 */
struct mapping {
    struct mapping *next;
    char *path;
    uintptr_t begin;
    _Atomic size_t length; /* 0: no file */
};

static _Atomic(struct mapping *) mappings;
static pthread_mutex_t mapping_lock = PTHREAD_MUTEX_INITIALIZER;

static void mapping_tell(const char *words)
{
    ssize_t told = write(STDERR_FILENO, words, strlen(words));

    (void)told;
}

static void on_lost_page(int number, siginfo_t *about, void *context)
{
    uintptr_t at = (uintptr_t)about->si_addr;

    (void)context;
    for (const struct mapping *m = mappings; m; m = m->next) {
        if (at - m->begin >= m->length)
            continue;
        leftover_take_away_all();
        mapping_tell("flexcim: ");
        mapping_tell(m->path);
        mapping_tell(
            ": became shorter, or could not be read, while it was in use\n");
        _exit(ERROR_DISK);
    }
    signal(number, SIG_DFL); /* met again at once */
}

static void mapping_watch(void)
{
    struct sigaction action = { .sa_sigaction = on_lost_page,
                                .sa_flags = SA_SIGINFO };

    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}

void mapping_add(const char *path, const void *bytes, size_t length)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct mapping *mapping;

    pthread_once(&once, mapping_watch);
    pthread_mutex_lock(&mapping_lock);
    mapping = mappings;
    while (mapping && mapping->length > 0)
        mapping = mapping->next;
    if (!mapping) {
        mapping = memory_new(1, sizeof *mapping);
        mapping->next = mappings;
        mappings = mapping;
    }
    free(mapping->path);
    mapping->path = memory_text(path);
    mapping->begin = (uintptr_t)bytes;
    mapping->length = length;
    pthread_mutex_unlock(&mapping_lock);
}

void mapping_remove(const void *bytes)
{
    pthread_mutex_lock(&mapping_lock);
    for (struct mapping *m = mappings; m; m = m->next)
        if (m->length > 0 && m->begin == (uintptr_t)bytes)
            m->length = 0;
    pthread_mutex_unlock(&mapping_lock);
}
