/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/stop.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* What a signal handler may touch. */
static volatile sig_atomic_t requested;
static volatile int64_t first_ms;

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void remember(int number)
{
    if (!requested) {
        first_ms = now_ms();
        requested = 1;
    } else if (now_ms() - first_ms > STOP_ECHO_MS) {
        signal(number, SIG_DFL);
        raise(number);
    }
}

void stop_on_signals(void)
{
    struct sigaction action = { .sa_handler = remember,
                                .sa_flags = SA_RESTART };

    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool stop_requested(void)
{
    return requested != 0;
}

int stop_check(struct error *err)
{
    if (!requested)
        return 0;
    return error_set(err, ERROR_INTERRUPTED, "interrupted");
}
