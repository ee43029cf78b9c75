/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What all commands have in common: finding the command, parsing its options,
 * running it, and turning its error into a line on stderr and an exit code.  A
 * command itself prints results only, and never exits.
 */
#include "cli/frame/command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/frame/overview.h"
#include "cli/frame/hint.h"
#include "cli/frame/option.h"
#include "cli/print/output.h"
#include "cli/frame/version.h"

#define COMMAND(name) extern const struct command cmd_##name;
COMMANDS
#undef COMMAND

#define COMMAND(name) &cmd_##name,
const struct command *const commands[] = { COMMANDS NULL };
#undef COMMAND

#define AT(member) offsetof(struct call, member)

void command_common_options(struct command_option options[COMMAND_COMMON],
                            const struct command *command)
{
    static const struct command_option all[] = {
        { "db", 0, OPTION_TEXT, AT(db), "FILE", NULL, "results.db",
          "the results file" },
        { "json", 0, OPTION_FLAG, AT(json), NULL, NULL, NULL, "print JSON" },
        { "workers", 'j', OPTION_COUNT, AT(workers), "N", NULL, NULL,
          "processes that replay points (one a processor)" },
        { "workers", 'j', OPTION_COUNT, AT(workers), "N", NULL, NULL,
          "threads that share the work (one a processor)" },
        { "quiet", 'q', OPTION_FLAG, AT(quiet), NULL, NULL, NULL,
          "print no progress and no remarks" },
        { "verbose", 0, OPTION_FLAG, AT(verbose), NULL, NULL, NULL,
          "tell which program works, and what it took" },
    };
    static const unsigned wanted[] = { COMMAND_DB, COMMAND_JSON, COMMAND_CREW,
                                       COMMAND_WORKERS };
    size_t count = 0;

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (i >= sizeof wanted / sizeof *wanted || command->common & wanted[i])
            options[count++] = all[i];
    options[count] = (struct command_option){ 0 };
}

bool command_was_given(const struct call *call, const char *option)
{
    const struct command_option *own = call->command->options;

    for (size_t i = 0; own && own[i].name; i++)
        if (strcmp(own[i].name, option) == 0)
            return call->given[i];
    return false;
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

static int command_run(const struct call *call, struct error *err)
{
    double begun = progress_clock();
    int status;

    if (call->quiet && call->verbose)
        return error_set(err, ERROR_USAGE,
                         "--quiet and --verbose: one of them was expected");
    if (call->verbose)
        output_note(call, "flexcim %s, %s", version_text(), version_compiler());
    status = call->command->run(call, err);
    if (status < 0 && call->command->arguments)
        hint_model(call, err);
    if (call->verbose)
        tell_what_it_took(call, begun);
    return status;
}

static const char *const help_words[] = { "--help", "-?", "-h", "help", NULL };
static const char *const version_words[] = { "--version", "-V", "version",
                                             NULL };

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words != NULL;
}

int command_main(int argc, char **argv, struct error *err)
{
    struct call call = { .argc = argc, .argv = argv };
    char *name;
    int status;

    if (argc > 2 && strcmp(argv[1], "help") == 0) {
        static char help[] = "--help";

        argv[1] = argv[2]; /* `help CMD` is `CMD --help` */
        argv[2] = help;
        argc = 3;
    }
    if (argc < 2 || is_one_of(argv[1], help_words)) {
        overview_print();
        return 0;
    }
    if (is_one_of(argv[1], version_words)) {
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
        status = command_run(&call, err);
    option_release(&call);
    free(call.argv);
    free(name);
    return status;
}
