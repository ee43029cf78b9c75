/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/command.h"
#include "cli/frame/manual.h"

static const char *const *command_names(void)
{
    static const char *names[64];

    for (size_t i = 0; commands[i] && i + 1 < sizeof names / sizeof *names; i++)
        names[i] = commands[i]->name;
    return names;
}

static int cmd_manual_run(const struct call *call, struct error *err)
{
    const struct command *command;

    if (call->count == 0) {
        manual_print();
        return 0;
    }
    command = command_find(call->arguments[0], err);
    if (!command)
        return -1;
    manual_print_command(command);
    return 0;
}

const struct command cmd_manual = {
    .name = "manual",
    .arguments = "[COMMAND]",
    .summary = "print a manual page, of the program or of a command",
    .description = "The page is in roff: `flexcim manual query | man -l -` "
                   "shows it.",
    .maximum = 1,
    .words = command_names,
    .run = cmd_manual_run,
};
