/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/frame/home.h"
#include "cli/frame/option.h"
#include "cli/print/output.h"
#include "cli/frame/version.h"

#define COMMAND(name) extern const struct command cmd_##name;
COMMANDS
#undef COMMAND

#define COMMAND(name) &cmd_##name,
const struct command *const commands[] = { COMMANDS NULL };
#undef COMMAND

void command_common_options(struct command_option options[COMMAND_COMMON],
                            const struct command *command, struct call *call)
{
    size_t count = 0;

    if (command->common & COMMAND_DB)
        options[count++] =
            (struct command_option){ "db",
                                     0,
                                     OPTION_TEXT,
                                     &call->db,
                                     "FILE",
                                     NULL,
                                     "the results file (results.db)" };
    if (command->common & COMMAND_JSON)
        options[count++] =
            (struct command_option){ "json", 0,    OPTION_FLAG, &call->json,
                                     NULL,   NULL, "print JSON" };
    if (command->common & (COMMAND_WORKERS | COMMAND_CREW))
        options[count++] = (struct command_option){
            "workers",
            'j',
            OPTION_COUNT,
            &call->workers,
            "N",
            NULL,
            command->common & COMMAND_CREW
                ? "processes that replay points (one a processor)"
                : "threads that share the work (one a processor)"
        };
    options[count++] =
        (struct command_option){ "quiet",
                                 'q',
                                 OPTION_FLAG,
                                 &call->quiet,
                                 NULL,
                                 NULL,
                                 "print no progress and no remarks" };
    options[count++] =
        (struct command_option){ "verbose",
                                 0,
                                 OPTION_FLAG,
                                 &call->verbose,
                                 NULL,
                                 NULL,
                                 "tell which program works, and what it took" };
    options[count] = (struct command_option){ 0 };
}

const struct command *command_find(const char *name, struct error *err)
{
    const char *names[sizeof commands / sizeof *commands], *nearest;
    size_t count = 0;

    for (; commands[count]; count++) {
        if (strcmp(commands[count]->name, name) == 0)
            return commands[count];
        names[count] = commands[count]->name;
    }
    nearest = nearest_name(name, names, count);
    if (nearest)
        error_set(err, ERROR_USAGE, "no command %s; did you mean %s?", name,
                  nearest);
    else
        error_set(err, ERROR_USAGE,
                  "no command %s; `flexcim` alone shows them all", name);
    return NULL;
}

static int unknown_option(const char *word, struct error *err)
{
    static const char *const names[] = { "--help", "--version" };
    const char *nearest = nearest_name(word, names, 2);

    if (nearest)
        return error_set(err, ERROR_USAGE, "no option %s; did you mean %s?",
                         word, nearest);
    return error_set(err, ERROR_USAGE,
                     "no option %s here; options of a command come after its "
                     "name",
                     word);
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* Also of the processes that ended. */
static void tell_what_it_took(const struct call *call, double begun)
{
    struct rusage own, workers;

    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &workers);
    output_note(call,
                "flexcim %s: %.1f s, %.1f s of processor time, at most %.0f MB",
                call->command->name, progress_clock() - begun,
                seconds_of(own.ru_utime) + seconds_of(own.ru_stime) +
                    seconds_of(workers.ru_utime) + seconds_of(workers.ru_stime),
                (double)own.ru_maxrss / 1024);
}

static int run(const struct call *call, struct error *err)
{
    double begun = progress_clock();
    int status;

    if (call->quiet && call->verbose)
        return error_set(err, ERROR_USAGE,
                         "--quiet and --verbose: one of them was expected");
    if (call->verbose)
        output_note(call, "flexcim %s, %s", version_text(), version_compiler());
    status = call->command->run(call, err);
    if (call->verbose)
        tell_what_it_took(call, begun);
    return status;
}

int command_main(int argc, char **argv, struct error *err)
{
    struct call call = { .argc = argc, .argv = argv, .db = "results.db" };
    char *name;
    int status;

    if (argc < 2 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-?") == 0) {
        home_print();
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        version_print();
        return 0;
    }
    if (argv[1][0] == '-')
        return unknown_option(argv[1], err);
    call.command = command_find(argv[1], err);
    if (!call.command)
        return -1;
    /* argp shows argv[0] as the program's name; the record keeps the words. */
    call.argv = memory_new((size_t)argc + 1, sizeof *call.argv);
    memcpy(call.argv, argv, (size_t)argc * sizeof *argv);
    name = memory_printf("flexcim %s", argv[1]);
    argv[1] = name;
    status = option_parse(&call, argc - 1, argv + 1, err);
    if (status == 0 && call.workers > COMMAND_WORKERS_MAX)
        status = error_set(err, ERROR_USAGE, "--workers: at most %d",
                           COMMAND_WORKERS_MAX);
    if (status == 0)
        status = run(&call, err);
    free(call.arguments);
    free(call.argv);
    free(name);
    return status;
}
