/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/frame/command.h"
#include "store/store.h"

/* Opens the results file of a call for writing, and records who writes: the
 * command line, this build, the libraries as loaded. */
int results_open(struct store **store, const struct call *call,
                 struct error *err);

/* Records the end if `status` is 0, and closes.  Returns `status`, or -1. */
int results_close(struct store *store, int status, struct error *err);
