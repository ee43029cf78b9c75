/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/opened.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"

struct opened {
    dev_t device;
    ino_t inode;
    char *path;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct opened *all;
static size_t count, capacity;
static bool watching;

/* A command reads tens of files: a search from end to end is no cost. */
static struct opened *opened_find(const struct stat *info)
{
    for (size_t i = 0; i < count; i++)
        if (all[i].device == info->st_dev && all[i].inode == info->st_ino)
            return &all[i];
    return NULL;
}

void opened_watch(void)
{
    watching = true;
}

bool opened_is_watching(void)
{
    return watching;
}

void opened_add(const struct stat *info, const char *path)
{
    pthread_mutex_lock(&lock);
    if (watching && !opened_find(info)) {
        all = memory_grow(all, &capacity, count + 1, sizeof *all);
        all[count++] =
            (struct opened){ info->st_dev, info->st_ino, memory_text(path) };
    }
    pthread_mutex_unlock(&lock);
}

void opened_add_path(const char *path)
{
    struct stat info;

    if (stat(path, &info) == 0)
        opened_add(&info, path);
}

void opened_forget(const char *path)
{
    struct opened *found;
    struct stat info;

    if (stat(path, &info) < 0)
        return;
    pthread_mutex_lock(&lock);
    found = opened_find(&info);
    if (found) {
        free(found->path);
        *found = all[--count];
    }
    pthread_mutex_unlock(&lock);
}

const char *opened_as(const struct stat *info)
{
    const struct opened *found;

    pthread_mutex_lock(&lock);
    found = opened_find(info);
    pthread_mutex_unlock(&lock);
    return found ? found->path : NULL;
}

static void __attribute__((destructor)) release_opened(void)
{
    while (count > 0)
        free(all[--count].path);
    free(all);
}
