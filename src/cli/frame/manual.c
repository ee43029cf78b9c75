/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/manual.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/frame/overview.h"
#include "cli/frame/option.h"
#include "cli/frame/version.h"

/* A hyphen would be typeset as a dash, and a dot or quote at the beginning of a
 * line would be taken for a request. */
static void manual_print_text(const char *text)
{
    bool begins = true;

    for (; *text; text++) {
        if (begins && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        begins = *text == '\n';
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else
            putchar(*text);
    }
}

static void print_capitals(const char *text)
{
    for (; *text; text++)
        putchar(toupper((unsigned char)*text));
}

static void manual_print_head(const char *name, const char *summary)
{
    fputs(".TH FLEXCIM", stdout);
    if (name) {
        fputs("\\-", stdout);
        print_capitals(name);
    }
    printf(" 1 \"\" \"flexcim %s\"\n.SH NAME\nflexcim", version_number());
    if (name)
        printf("\\-%s", name);
    fputs(" \\- ", stdout);
    manual_print_text(summary);
    putchar('\n');
}

static void print_option(const struct command_option *option)
{
    char *help = option_help(option);

    fputs(".TP\n", stdout);
    if (option->letter)
        printf("\\fB\\-%c\\fR, ", option->letter);
    fputs("\\fB\\-\\-", stdout);
    manual_print_text(option->name);
    fputs("\\fR", stdout);
    if (option->argument) {
        fputs("=\\fI", stdout);
        manual_print_text(option->argument);
        fputs("\\fR", stdout);
    }
    putchar('\n');
    manual_print_text(help);
    free(help);
    putchar('\n');
}

static void print_options(const struct command *command)
{
    struct command_option common[COMMAND_COMMON];

    fputs(".SH OPTIONS\n", stdout);
    command_common_options(common, command);
    for (size_t i = 0; command->options && command->options[i].name; i++)
        print_option(&command->options[i]);
    for (size_t i = 0; common[i].name; i++)
        print_option(&common[i]);
}

void manual_print_command(const struct command *command)
{
    manual_print_head(command->name, command->summary);
    printf(".SH SYNOPSIS\n\\fBflexcim %s\\fR [\\fIOPTION\\fR...]",
           command->name);
    if (command->arguments) {
        fputs(" \\fI", stdout);
        manual_print_text(command->arguments);
        fputs("\\fR", stdout);
    }
    fputs("\n.SH DESCRIPTION\n", stdout);
    manual_print_text(command->description);
    putchar('\n');
    print_options(command);
    if (command->example) {
        fputs(".SH EXAMPLE\n.nf\n", stdout);
        manual_print_text(command->example);
        fputs("\n.fi\n", stdout);
    }
    fputs(".SH SEE ALSO\n.BR flexcim (1)\n", stdout);
}

static const char files[] =
    ".SH OUTPUT\n"
    "Data go to standard output, words and progress to standard error.\n"
    "What is misspelt is answered with the nearest right word.\n"
    ".SH EXIT STATUS\n"
    ".TP\n0\nall is well\n"
    ".TP\n1\nthe check that was asked for failed\n"
    ".TP\n64\na command, option or value is misused\n"
    ".TP\n65\na file's content is not what it must be\n"
    ".TP\n66\nthere is no such file, or it cannot be opened\n"
    ".TP\n70\na fault of the program\n"
    ".TP\n74\nreading or writing failed\n"
    ".TP\n130\ninterrupted (SIGINT, SIGTERM): what is committed stays\n"
    ".SH ENVIRONMENT\n"
    ".TP\nFLEXCIM_PATH\nfolder where machines and other data are sought first\n"
    ".TP\nNO_COLOR\nif set, nothing is coloured\n"
    ".SH FILES\n"
    ".TP\nresults.db\nresults, unless \\fB\\-\\-db\\fR names another file; "
    "an SQLite database, explained by \\fBflexcim schema\\fR\n";

void manual_print(void)
{
    manual_print_head(NULL,
                      "prune language models and replay them on accelerators");
    fputs(".SH SYNOPSIS\n\\fBflexcim\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...]\n"
          ".br\n\\fBflexcim \\-\\-help\\fR | \\fB\\-\\-version\\fR\n"
          ".SH DESCRIPTION\n.nf\n",
          stdout);
    manual_print_text(overview_pipeline());
    fputs(".fi\n.SH COMMANDS\n", stdout);
    for (size_t i = 0; commands[i]; i++) {
        printf(".TP\n.BR flexcim\\-%s (1)\n", commands[i]->name);
        manual_print_text(commands[i]->summary);
        putchar('\n');
    }
    fputs(files, stdout);
}
