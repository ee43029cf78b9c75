/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/stop.h"

#include <signal.h>
#include <stddef.h>

/* The one thing that a signal handler may touch. */
static volatile sig_atomic_t requested;

static void remember(int number)
{
    (void)number;
    requested = 1;
}

void stop_on_signals(void)
{
    struct sigaction action = { .sa_handler = remember,
                                .sa_flags = (int)(SA_RESTART | SA_RESETHAND) };

    sigemptyset(&action.sa_mask);
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
