/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * OpenBLAS starts its threads when it is loaded, before main(), and one that
 * gets no buffer tries for ever: under a small `ulimit -v` the program would
 * hang without a word.  What stands in .preinit_array of a program runs before
 * any library's start, so here the address space is tried out first.  The
 * libraries are not up yet: only system calls are made.
 * Source: OpenBLAS 0.3.21, driver/others/memory.c (BUFFER_SIZE, 128 MiB at the
 * most) and blas_server.c; seen with strace.
 */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"

enum { MOST_THREADS = 64 };

static const size_t buffer_bytes = (size_t)128 << 20;
static const size_t stack_bytes = (size_t)8 << 20;

/* Of the environment as the system handed it over. */
static size_t threads_asked(char **environment)
{
    static const char *const names[] = {
        "OPENBLAS_NUM_THREADS=", "GOTO_NUM_THREADS=", "OMP_NUM_THREADS="
    };

    for (unsigned i = 0; i < 3; i++)
        for (char **at = environment; *at; at++) {
            size_t length = strlen(names[i]);
            size_t threads = 0;

            if (strncmp(*at, names[i], length) != 0)
                continue;
            for (const char *c = *at + length; *c >= '0' && *c <= '9'; c++)
                threads = threads < MOST_THREADS
                              ? 10 * threads + (size_t)(*c - '0')
                              : threads;
            if (threads > 0)
                return threads;
        }
    return 0;
}

static size_t thread_count(char **environment)
{
    size_t threads = threads_asked(environment);
    cpu_set_t set;

    if (threads == 0 && sched_getaffinity(0, sizeof set, &set) == 0)
        threads = (size_t)CPU_COUNT(&set);
    if (threads == 0)
        threads = 1;
    return threads < MOST_THREADS ? threads : MOST_THREADS;
}

static void check_address_space(int count, char **words, char **environment)
{
    static const char said[] =
        "flexcim: the address space is limited (ulimit -v) to less than "
        "OpenBLAS needs, 136 MiB for each of its threads; raise the limit, or "
        "set OPENBLAS_NUM_THREADS=1\n";
    struct rlimit limit;
    size_t needed;
    ssize_t told;
    void *room;

    (void)count;
    (void)words;
    if (getrlimit(RLIMIT_AS, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
        return;
    needed = thread_count(environment) * (buffer_bytes + stack_bytes);
    room = mmap(NULL, needed, PROT_NONE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room != MAP_FAILED) {
        munmap(room, needed);
        return;
    }
    told = write(STDERR_FILENO, said, sizeof said - 1);
    (void)told;
    _exit(ERROR_INTERNAL);
}

__attribute__((section(".preinit_array"), used)) static void (
        *const before_libraries)(int, char **, char **) = check_address_space;
