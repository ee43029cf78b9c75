/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"

/*
 * SIGINT and SIGTERM ask the program to stop; long work looks here between two
 * layers or points and ends there, so that what is committed stays.  A later
 * signal ends the program at once; one within STOP_ECHO_MS of the first is
 * taken for its echo, because timeout(1) and schedulers signal a process and
 * its group.
 */
#define STOP_ECHO_MS 250

void stop_on_signals(void);
bool stop_requested(void);

/* -1 and "interrupted" (ERROR_INTERRUPTED) if a stop was asked for, else 0. */
int stop_check(struct error *err);
