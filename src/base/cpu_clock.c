/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cpu_clock.h"

#include <time.h>

static double cpu_clock_read(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double cpu_clock_thread(void)
{
    return cpu_clock_read(CLOCK_THREAD_CPUTIME_ID);
}

double cpu_clock_process(void)
{
    return cpu_clock_read(CLOCK_PROCESS_CPUTIME_ID);
}
