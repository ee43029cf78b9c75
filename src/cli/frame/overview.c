/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/overview.h"

#include <stdio.h>

#include "cli/frame/command.h"

static const char pipeline[] =
    "flexcim prunes a language model layer by layer (FLOW) and replays it on\n"
    "models of accelerators (FlexCiM and its rivals), cycle by cycle.\n"
    "\n"
    "  checkpoint --record--> recorded trace --select--> plan --prune-->\n"
    "      sparse trace --replay--> results.db --query--> answers\n";

static void print_commands(bool often, const char *title)
{
    bool any = false;

    for (size_t i = 0; commands[i]; i++) {
        const struct command *command = commands[i];

        if (command->often != often)
            continue;
        if (!any)
            printf("\n%s\n", title);
        any = true;
        printf("  %-11s %s\n", command->name, command->summary);
        if (often)
            printf("              %s\n", command->example);
    }
}

const char *overview_pipeline(void)
{
    return pipeline;
}

void overview_print(void)
{
    fputs(pipeline, stdout);
    print_commands(true, "Most used:");
    print_commands(false, "The rest:");
    fputs("\n`flexcim COMMAND --help` tells about one, `flexcim --version` "
          "about this build.\n",
          stdout);
}
