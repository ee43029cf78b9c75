/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/words.h"

/*
 * A subcommand: one file cmd_NAME.c that defines `const struct command
 * cmd_NAME`, and its NAME in the list of src/cli/meson.build.  Help, usage,
 * manual page and completion are made from this struct; options are parsed by
 * argp.
 */
enum option_type {
    OPTION_FLAG,   /* bool */
    OPTION_TEXT,   /* const char *; NULL unless said */
    OPTION_TEXTS,  /* struct texts: may be given several times */
    OPTION_COUNT,  /* uint64_t; 0 unless said */
    OPTION_BYTES,  /* uint64_t; 0 unless said; may have a unit */
    OPTION_REAL,   /* double; NAN unless said */
    OPTION_CHOICE, /* unsigned: the place in `choices`; 0 unless said */
};

/*
 * One option.  Its value goes into a struct of the command's own, which
 * option_parse() makes for each call; a default stands here and nowhere else:
 * it is read like a word of the command line, and printed after the help.
 */
struct command_option {
    const char *name; /* "format", without the dashes */
    char letter;      /* 'f', or 0 */
    enum option_type type;
    size_t offset;              /* of the value in the struct */
    const char *argument;       /* "FILE"; NULL for a flag */
    const char *const *choices; /* CHOICE: NULL-ended names, else NULL */
    const char *standard;       /* the default; NULL: none */
    const char *help;           /* without the default */
};

/* Options that many commands have; a command says which of them it obeys. */
enum command_common {
    COMMAND_DB = 1,      /* --db FILE */
    COMMAND_JSON = 2,    /* --json */
    COMMAND_WORKERS = 4, /* -j, --workers N: threads */
    COMMAND_CREW = 8     /* -j, --workers N: processes */
};

enum { COMMAND_WORKERS_MAX = 1024 };

/* One call of a command. */
struct call {
    const struct command *command;
    int argc; /* the whole command line, for the record */
    char **argv;
    char **arguments; /* what is left after the options */
    size_t count;
    void *options;    /* the command's own struct */
    bool *given;      /* [its options]: was it on the command line? */
    const char *db;   /* --db */
    uint64_t workers; /* 0: one a processor */
    bool json;
    bool quiet;   /* nothing on standard error but errors */
    bool verbose; /* at the end also what it took */
};

struct command {
    const char *name;
    const char *arguments;   /* "CHECKPOINT", "FILE..."; NULL: none */
    const char *summary;     /* one line without full stop */
    const char *description; /* whole sentences, shown under the options */
    const char *example;     /* a command line to copy; NULL if not `often` */
    bool often;              /* among the commands that are used most */
    unsigned common;         /* of enum command_common */
    size_t minimum, maximum; /* number of arguments */
    const struct command_option *options; /* ended by a NULL name; or NULL */
    size_t options_size;                  /* of the struct of their values */
    const char *const *(*words)(void);    /* arguments that are known, for
                                             completion; NULL: none */
    int (*run)(const struct call *call, struct error *err);
};

/* All commands, in the order in which they are shown; NULL at the end. */
extern const struct command *const commands[];

/* The command of that name; NULL and `err`, with the nearest one. */
const struct command *command_find(const char *name, struct error *err);

/* Whether an option of the command's own, by name, was on the command line (a
 * default was not). */
bool command_was_given(const struct call *call, const char *option);

/* Reads a command line (argv[1] is the command) and runs it. */
int command_main(int argc, char **argv, struct error *err);

/* The common options of a command in the order of help, NULL name at the end.
 * The struct of their values is `struct call`. */
enum { COMMAND_COMMON = 6 };
void command_common_options(struct command_option options[COMMAND_COMMON],
                            const struct command *command);
