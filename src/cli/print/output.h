/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "cli/frame/command.h"
#include "llm/remarks.h"

/* Data goes to standard output, words to standard error. */

/* Words on standard output, control characters of what came from a file taken
 * out; ends of lines stay. */
void output_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A remark on standard error, a line, unless the call is quiet. */
void output_note(const struct call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What a reader of files noticed, a line each. */
void output_remarks(const struct call *call, const struct remarks *remarks);

/* True if standard output is a terminal that may be coloured (NO_COLOR,
 * https://no-color.org, is obeyed). */
bool output_is_coloured(void);

/* Flushes standard output; -1 and `err` (ERROR_DISK) if not all of it could be
 * written. */
int output_finish(struct error *err);
