/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is only there while something is made.
 *
 * Two cases.  A program that ends by itself, also by a signal that it handles,
 * walks its own list and unlinks.  A program that is killed cannot: the next
 * one that makes the same thing looks for PATH.??????.flexcim.tmp and takes
 * away what it can lock, for a lock ends with its holder whatever ends him.  A
 * maker has its file for a moment before it holds it; so it looks afterwards
 * whether the file still has a name, and makes another if not.
 */
#include "base/leftover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
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

static void walk_away(void)
{
    for (struct leftover *at = all; at; at = at->next)
        if (at->owner == getpid())
            take_away(at->path);
}

static void take_all_away(void)
{
    pthread_mutex_lock(&lock);
    walk_away();
    pthread_mutex_unlock(&lock);
}

/* The thread that the signal came to may be the one that holds the list: then
 * it stays as it is, and the next command clears. */
void leftover_take_away_all(void)
{
    for (int tries = 0; tries < 50; tries++) {
        if (pthread_mutex_trylock(&lock) == 0) {
            walk_away();
            pthread_mutex_unlock(&lock);
            return;
        }
        nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    }
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

/* ---- of killed programs -------------------------------------------------- */

enum { MARK = 6 }; /* random characters */

/* A file system without locks holds nothing, and so has nothing cleared. */
bool leftover_hold(int descriptor)
{
    struct stat info;

    flock(descriptor, LOCK_EX | LOCK_NB);
    return fstat(descriptor, &info) == 0 && info.st_nlink > 0;
}

/* NAME.??????.flexcim.tmp */
static bool is_left_of(const char *entry, const char *name)
{
    size_t length = strlen(name);

    return strlen(entry) == length + 1 + MARK + strlen(LEFTOVER_END) &&
           strncmp(entry, name, length) == 0 && entry[length] == '.' &&
           strcmp(entry + length + 1 + MARK, LEFTOVER_END) == 0;
}

static void empty_folder(int descriptor)
{
    DIR *inside = fdopendir(descriptor);
    const struct dirent *entry;

    if (!inside) {
        close(descriptor);
        return;
    }
    while ((entry = readdir(inside)))
        unlinkat(dirfd(inside), entry->d_name, 0); /* . and .. are refused */
    closedir(inside);
}

/* Opening a FIFO must not wait, and a link is nobody's leftover. */
static void clear_one(int folder, const char *entry)
{
    int descriptor =
        openat(folder, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat info;

    if (descriptor < 0)
        return;
    if (fstat(descriptor, &info) < 0 || info.st_uid != geteuid() ||
        !(S_ISREG(info.st_mode) || S_ISDIR(info.st_mode)) ||
        flock(descriptor, LOCK_EX | LOCK_NB) < 0) {
        close(descriptor);
        return;
    }
    if (S_ISDIR(info.st_mode)) {
        empty_folder(dup(descriptor));
        unlinkat(folder, entry, AT_REMOVEDIR);
    } else {
        unlinkat(folder, entry, 0);
    }
    close(descriptor);
}

void leftover_clear(const char *path)
{
    char *for_folder = memory_text(path), *for_name = memory_text(path);
    const char *name = basename(for_name);
    DIR *folder = opendir(dirname(for_folder));
    const struct dirent *entry;

    while (folder && (entry = readdir(folder)))
        if (is_left_of(entry->d_name, name))
            clear_one(dirfd(folder), entry->d_name);
    if (folder)
        closedir(folder);
    free(for_folder);
    free(for_name);
}

/* ---- folders ------------------------------------------------------------- */

/* mkdtemp() knows no ending.  Letters and digits, so that a name is a name. */
static void fill_mark(char mark[MARK])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    unsigned char random[MARK] = { 0 };

    if (getrandom(random, MARK, 0) < 0)
        memcpy(random, &(pid_t){ getpid() }, sizeof(pid_t));
    for (int i = 0; i < MARK; i++)
        mark[i] = letters[random[i] % (sizeof letters - 1)];
}

int leftover_folder_make(struct leftover_folder *folder, const char *path,
                         unsigned mode, struct error *err)
{
    leftover_clear(path);
    *folder =
        (struct leftover_folder){ memory_printf("%s.XXXXXX" LEFTOVER_END, path),
                                  -1 };
    leftover_add(folder->path);
    for (int tries = 0; tries < 100; tries++) {
        fill_mark(folder->path + strlen(path) + 1);
        if (mkdir(folder->path, mode) < 0) {
            if (errno == EEXIST)
                continue;
            break;
        }
        folder->descriptor =
            open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder->descriptor >= 0 && leftover_hold(folder->descriptor))
            return 0;
        if (folder->descriptor >= 0)
            close(folder->descriptor);
        folder->descriptor = -1;
        rmdir(folder->path);
    }
    error_set(err, ERROR_DISK, "%s: cannot be made: %s", path, strerror(errno));
    leftover_folder_remove(folder);
    return -1;
}

static void folder_release(struct leftover_folder *folder)
{
    if (folder->descriptor >= 0)
        close(folder->descriptor);
    free(folder->path);
    *folder = (struct leftover_folder){ NULL, -1 };
}

void leftover_folder_remove(struct leftover_folder *folder)
{
    leftover_remove(folder->path);
    folder_release(folder);
}

void leftover_folder_keep(struct leftover_folder *folder)
{
    leftover_forget(folder->path);
    folder_release(folder);
}
