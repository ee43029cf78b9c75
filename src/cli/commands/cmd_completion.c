/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "cli/frame/command.h"
#include "cli/frame/completion.h"

static const char *const shells[] = { "bash", "zsh", NULL };

static const char *const *shell_names(void)
{
    return shells;
}

static int cmd_completion_run(const struct call *call, struct error *err)
{
    if (strcmp(call->arguments[0], "bash") == 0)
        completion_print_bash();
    else if (strcmp(call->arguments[0], "zsh") == 0)
        completion_print_zsh();
    else
        return error_set(err, ERROR_USAGE,
                         "completion: no shell %s; there is bash, zsh",
                         call->arguments[0]);
    return 0;
}

const struct command cmd_completion = {
    .name = "completion",
    .arguments = "bash|zsh",
    .summary = "print a script that completes command lines",
    .description = "For this session: `source <(flexcim completion bash)`.",
    .minimum = 1,
    .maximum = 1,
    .words = shell_names,
    .run = cmd_completion_run,
};
