/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/frame/command.h"

/*
 * What people who know other programs most likely meant.  A hint never changes
 * what is done, only what an error says.
 */

/* The option of `names` [count] that an unknown one of that name is a part of
 * (--batch-size: batch), or that other programs call so (--max-new-tokens:
 * generate); NULL: none. */
const char *hint_option(const char *name, const char *const *names,
                        size_t count);

/* The command's argument that an unknown option names (--machine, where the
 * command takes MACHINE), as it stands in its usage; free() it.  NULL: none. */
char *hint_argument(const char *name, const struct command *command);

/* Adds to an error about the first argument what to do where that is a model of
 * a hub, ORG/NAME, or a checkpoint's folder and the command reads none. */
void hint_model(const struct call *call, struct error *err);
