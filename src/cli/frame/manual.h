/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/frame/command.h"

/* Manual pages in roff (man(7)), made from the commands themselves, on standard
 * output. */
void manual_print(void); /* flexcim(1) */
void manual_print_command(const struct command *command);
