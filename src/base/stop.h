/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/*
 * SIGINT and SIGTERM ask the program to stop; long work looks here between two
 * layers or points and ends there, so that what is committed stays.  What has
 * not ended after STOP_GRACE_MS, and a second signal, end the program at once
 * (exit code 130), after its leftovers and its child were taken away.  A second
 * signal within STOP_ECHO_MS of the first is taken for its echo, because
 * timeout(1) and schedulers signal a process and its group.
 */
#define STOP_ECHO_MS  250
#define STOP_GRACE_MS 600

void stop_on_signals(void);
bool stop_requested(void);

/* The process of another program that is waited for, and shall not outlive this
 * one; 0 when it has ended. */
void stop_kills(int process);

/* The program is about to tell its last words and to end with `status`: what
 * ends it from here on ends it with that status, and tells nothing more. */
void stop_ends_with(int status);

/* -1 and "interrupted" (ERROR_INTERRUPTED) if a stop was asked for, else 0. */
int stop_check(struct error *err);
