/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/error.h"

/*
 * Runs a program, found in PATH, in a folder, and waits for it.  It has nothing
 * on its standard input; what it prints goes into the file `log` of that
 * folder. Its environment is ours, but time stands still for what it dates its
 * files with (SOURCE_DATE_EPOCH), so that they can be compared.
 *
 * -1 and `err` if it cannot be started (ERROR_NO_INPUT, "NAME: no such
 * program"), or ends otherwise than by exit 0 (ERROR_INTERNAL, with the last
 * line it printed), or a stop was asked for (ERROR_INTERRUPTED).
 */
int child_run(const char *const *arguments, const char *folder, const char *log,
              struct error *err);
