/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/opened.h"
#include "base/stop.h"
#include "cli/frame/command.h"
#include "cli/print/output.h"

/* Jansson would go on without the member that it has no memory for. */
static void *allocate(size_t bytes)
{
    return memory_new(bytes, 1);
}

int main(int argc, char **argv)
{
    struct error err, at_end;
    int status;

    json_set_alloc_funcs(allocate, free);
    stop_on_signals();
    opened_watch();
    signal(SIGXFSZ, SIG_IGN); /* a file too large is an error, told as one */
    status = command_main(argc, argv, &err);
    if (output_finish(&at_end) < 0 && status == 0) {
        err = at_end;
        status = -1;
    }
    status = status == 0 ? 0 : (int)err.kind;
    stop_ends_with(status);
    if (status != 0)
        fprintf(stderr, "flexcim: %s\n", err.text);
    return status;
}
