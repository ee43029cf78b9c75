/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stopping on request.
 *
 * Work that is cut into pieces looks at stop_requested() between two of them
 * and returns by the ordinary way.  What cannot look - a product inside a
 * library, a file that nobody reads from, a program that we wait for - is not
 * waited for: after STOP_GRACE_MS a timer's signal ends the program from its
 * handler, with the calls that POSIX allows there.  Nothing is lost by that:
 * files and database are made so that they survive a kill, and only what lies
 * around has to go.
 */
#include "base/stop.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/leftover.h"

/* What a signal handler may touch. */
static volatile sig_atomic_t requested;
static volatile int64_t first_ms;

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A program that we wait for, or 0: at most one at a time. */
static volatile sig_atomic_t child;

/* What the program ends with, when its last words are being told; before, -1.
 */
static volatile sig_atomic_t ending = -1;

/* The child first: it may be writing what is taken away after it. */
static void end_now(int number)
{
    static const char words[] = "\nflexcim: interrupted\n";
    ssize_t told;

    (void)number;
    if (ending >= 0)
        _exit(ending);
    if (child > 0) {
        kill((pid_t)child, SIGKILL);
        waitpid((pid_t)child, NULL, 0);
    }
    leftover_take_away_all();
    told = isatty(STDERR_FILENO)
               ? write(STDERR_FILENO, words, sizeof words - 1)
               : write(STDERR_FILENO, words + 1, sizeof words - 2);
    (void)told;
    _exit(ERROR_INTERRUPTED);
}

/* setitimer() is a bare system call: as fit for a handler as timer_settime(),
 * which POSIX names, and it needs no timer made beforehand. */
static void begin_grace(void)
{
    const struct itimerval grace = {
        .it_value = { STOP_GRACE_MS / 1000, STOP_GRACE_MS % 1000 * 1000 },
    };

    setitimer(ITIMER_REAL, &grace, NULL);
}

static void remember(int number)
{
    if (!requested) {
        first_ms = now_ms();
        requested = 1;
        begin_grace();
    } else if (now_ms() - first_ms > STOP_ECHO_MS) {
        end_now(number);
    }
}

void stop_on_signals(void)
{
    struct sigaction action = { .sa_handler = remember,
                                .sa_flags = SA_RESTART };

    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaddset(&action.sa_mask, SIGALRM);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = end_now;
    sigaction(SIGALRM, &action, NULL);
}

void stop_kills(int process)
{
    child = process;
}

/* The timer anew before the rest: it does not run out between the two. */
void stop_ends_with(int status)
{
    if (requested)
        begin_grace();
    ending = status;
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
