/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/progress.h"
#include "cli/frame/command.h"
#include "workflow/session.h"

/* A call of a command that has steps of the workflow done: their session, with
 * remarks and progress on standard error. */
struct session_call {
    struct session session;
    struct progress progress;
    const struct call *call;
};

void session_call_begin(struct session_call *at, const struct call *call);

/* Opens the call's results file for writing. */
int session_call_open(struct session_call *at, struct error *err);

/* Closes it, if it is open, and says when the work ended if `status` is 0;
 * returns `status`, or -1. */
int session_call_end(struct session_call *at, int status, struct error *err);
