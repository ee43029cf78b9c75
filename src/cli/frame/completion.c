/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Completions for bash and zsh are printed from the same tables that options
 * are parsed by, so that they cannot be behind.  Words of options come from
 * whoever owns them: machines from the data folders, methods and families from
 * their lists, words of an enum from its array.
 *
 * A shell runs the script, and bash expands its words once more while it
 * completes.  Names of machines are names of files, which may come from
 * anybody: one that is more than a plain word is left out.
 */
#include "cli/frame/completion.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>

#include "base/words.h"
#include "cli/frame/option.h"
#include "flow/select/method.h"
#include "replay/machine_file.h"

/* Calls `see` for every option of a command, its own and the common ones. */
static void each_option(const struct command *command,
                        void (*see)(const struct command *,
                                    const struct command_option *))
{
    struct command_option common[COMMAND_COMMON];

    for (size_t i = 0; command->options && command->options[i].name; i++)
        see(command, &command->options[i]);
    command_common_options(common, command);
    for (size_t i = 0; common[i].name; i++)
        see(command, &common[i]);
}

static const char *const *machine_words(void)
{
    static const char *const *names;

    if (!names)
        names = words_of(machine_names);
    return names;
}

static const char *const *method_words(void)
{
    static const char *names[64];

    for (size_t i = 0; methods[i] && i + 1 < 64; i++)
        names[i] = methods[i]->name;
    return names;
}

struct named_words {
    const char *name;
    const char *const *(*words)(void);
};

static const struct named_words options_with_names[] = {
    { "machine", machine_words },
    { "machines", machine_words },
    { "method", method_words },
    { "methods", method_words },
    { 0 },
};

static const struct named_words commands_with_names[] = {
    { "machines", machine_words },
    { "area", machine_words },
    { "energy", machine_words },
    { "methods", method_words },
    { 0 },
};

static const char *const *find_words(const struct named_words *list,
                                     const char *name)
{
    for (; list->name; list++)
        if (strcmp(list->name, name) == 0)
            return list->words();
    return NULL;
}

static const char *const *words_of_option(const struct command_option *option)
{
    return option->choices ? option->choices
                           : find_words(options_with_names, option->name);
}

static const char *const *words_of_command(const struct command *command)
{
    return command->words ? command->words()
                          : find_words(commands_with_names, command->name);
}

/* Nothing in it means anything to a shell. */
static bool is_plain_word(const char *word)
{
    for (; *word; word++)
        if (!isalnum((unsigned char)*word) && !strchr("._+-", *word))
            return false;
    return true;
}

static void print_words(const char *const *words)
{
    const char *between = "";

    for (; words && *words; words++) {
        if (!is_plain_word(*words))
            continue;
        printf("%s%s", between, *words);
        between = " ";
    }
}

static void print_bash_value(const struct command *command,
                             const struct command_option *option)
{
    if (!option->argument)
        return;
    printf("    '%s --%s'", command->name, option->name);
    if (option->letter)
        printf(" | '%s -%c'", command->name, option->letter);
    fputs(") words='", stdout);
    print_words(words_of_option(option));
    fputs("' ;;\n", stdout);
}

static void print_bash_option(const struct command *command,
                              const struct command_option *option)
{
    (void)command;
    printf(" --%s", option->name);
}

/* Where no words are known, bash completes names of files. */
void completion_print_bash(void)
{
    fputs("# Completion of flexcim for bash.\n"
          "_flexcim()\n{\n"
          "    local current=${COMP_WORDS[COMP_CWORD]} words=\n"
          "    local before=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    local command=${COMP_WORDS[1]}\n"
          "    [[ $current == = ]] && current=\n"
          "    [[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD - 2]}\n"
          "    ((COMP_CWORD == 1)) && command= before=\n"
          "    case \"$command $before\" in\n"
          "    ' ') words='--help --version",
          stdout);
    for (size_t i = 0; commands[i]; i++)
        printf(" %s", commands[i]->name);
    fputs("' ;;\n", stdout);
    for (size_t i = 0; commands[i]; i++)
        each_option(commands[i], print_bash_value);
    fputs("    *) case $command in\n", stdout);
    for (size_t i = 0; commands[i]; i++) {
        printf("        %s) words='", commands[i]->name);
        print_words(words_of_command(commands[i]));
        fputs("'; [[ $current == -* ]] && words='--help", stdout);
        each_option(commands[i], print_bash_option);
        fputs("' ;;\n", stdout);
    }
    fputs("        esac ;;\n    esac\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- "
          "\"$current\")\n}\n"
          "complete -o default -F _flexcim flexcim\n",
          stdout);
}

/* In a zsh description a bracket ends it, a colon parts it, and all of it
 * stands in single quotes. */
static void print_zsh_text(const char *text)
{
    for (; *text; text++) {
        if (*text == '\'') {
            fputs("'\\''", stdout);
            continue;
        }
        if (*text == '[' || *text == ']' || *text == ':')
            putchar('\\');
        putchar(*text);
    }
}

static void print_zsh_option(const struct command *command,
                             const struct command_option *option)
{
    char *help = option_help(option);

    (void)command;
    if (option->letter)
        printf(" \\\n            '(-%c --%s)'{-%c%s,--%s%s}'[", option->letter,
               option->name, option->letter, option->argument ? "+" : "",
               option->name, option->argument ? "=" : "");
    else
        printf(" \\\n            '%s--%s%s[",
               option->type == OPTION_TEXTS ? "*" : "", option->name,
               option->argument ? "=" : "");
    print_zsh_text(help);
    free(help);
    putchar(']');
    if (option->argument) {
        putchar(':');
        print_zsh_text(option->argument);
        if (words_of_option(option)) {
            fputs(":(", stdout);
            print_words(words_of_option(option));
            putchar(')');
        } else {
            fputs(option->type == OPTION_COUNT ||
                          option->type == OPTION_BYTES ||
                          option->type == OPTION_REAL
                      ? ": "
                      : ":_files",
                  stdout);
        }
    }
    putchar('\'');
}

void completion_print_zsh(void)
{
    fputs("#compdef flexcim\n"
          "# Completion of flexcim for zsh.\n"
          "_flexcim() {\n"
          "    local -a names\n"
          "    names=(\n",
          stdout);
    for (size_t i = 0; commands[i]; i++) {
        printf("        '%s:", commands[i]->name);
        print_zsh_text(commands[i]->summary);
        fputs("'\n", stdout);
    }
    fputs("    )\n    if ((CURRENT == 2)); then\n"
          "        _describe command names\n        return\n    fi\n"
          "    local command=$words[2]\n    shift words\n"
          "    ((CURRENT--))\n    case $command in\n",
          stdout);
    for (size_t i = 0; commands[i]; i++) {
        const char *const *words;

        printf("    %s)\n        _arguments '--help[show the options]'",
               commands[i]->name);
        each_option(commands[i], print_zsh_option);
        fputs(" \\\n            '*:argument:_alternative \"files:file:_files\"",
              stdout);
        words = words_of_command(commands[i]);
        if (words) {
            fputs(" \"words:word:(", stdout);
            print_words(words);
            fputs(")\"", stdout);
        }
        fputs("'\n        ;;\n", stdout);
    }
    fputs("    esac\n}\n_flexcim \"$@\"\n", stdout);
}
