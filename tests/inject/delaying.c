/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A library to preload into flexcim (ld.so(8), LD_PRELOAD): whoever renames a
 * file waits then for up to DELAY milliseconds, another time each time.  So
 * another program has time to put its own file there before the first one opens
 * what it has just written.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

EXPORTED int rename(const char *from, const char *to)
{
    static uint64_t state;
    static int (*real)(const char *, const char *);
    const char *most = getenv("DELAY");
    struct timespec now, wait = { 0 };
    int status;

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "rename");
    status = real(from, to);
    if (state == 0) {
        clock_gettime(CLOCK_REALTIME, &now);
        state = (uint64_t)now.tv_nsec ^ (uint64_t)getpid() << 20 ^ 1;
    }
    state = state * 6364136223846793005u + 1442695040888963407u;
    if (most)
        wait.tv_nsec =
            (long)((state >> 33) % (strtoul(most, NULL, 10) + 1)) * 1000000;
    nanosleep(&wait, NULL);
    return status;
}
