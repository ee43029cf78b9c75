/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/frame/command.h"

/*
 * Reads the options of `call->command` from argv (argv[0] is shown as the
 * program's name): its own into `call->options`, the common ones and the
 * arguments into `call`.  What is not on the command line gets its default.
 * option_release() ends what was made, also after an error.
 *  -1 and `err` (ERROR_USAGE): an unknown option or choice (answered
 * with the nearest), a value that does not fit, too few or too many arguments.
 * --help and --usage print and end the program.
 */
int option_parse(struct call *call, int argc, char **argv, struct error *err);
void option_release(struct call *call);

/* What help says of an option: its words, and its default in brackets.  free()
 * it. */
char *option_help(const struct command_option *option);
