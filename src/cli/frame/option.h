/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/frame/command.h"

/*
 * Reads the options of `call->command` from argv (argv[0] is shown as the
 * program's name), its own and the common ones, and leaves the arguments in
 * `call`.  -1 and `err` (ERROR_USAGE): an unknown option or choice (answered
 * with the nearest), a value that does not fit, too few or too many arguments.
 * --help and --usage print and end the program.
 */
int option_parse(struct call *call, int argc, char **argv, struct error *err);
