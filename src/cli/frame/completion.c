/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/completion.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/frame/option.h"

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

static void print_choices(const struct command_option *option)
{
    for (size_t i = 0; option->choices && option->choices[i]; i++)
        printf("%s%s", i ? " " : "", option->choices[i]);
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
    print_choices(option);
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
        for (size_t w = 0; commands[i]->words && commands[i]->words()[w]; w++)
            printf("%s ", commands[i]->words()[w]);
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
        if (option->choices) {
            fputs(":(", stdout);
            print_choices(option);
            putchar(')');
        } else {
            fputs(option->type == OPTION_COUNT || option->type == OPTION_REAL
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
        printf("    %s)\n        _arguments '--help[show the options]'",
               commands[i]->name);
        each_option(commands[i], print_zsh_option);
        fputs(" \\\n            '*:argument:_alternative \"files:file:_files\"",
              stdout);
        if (commands[i]->words) {
            fputs(" \"words:word:(", stdout);
            for (size_t w = 0; commands[i]->words()[w]; w++)
                printf("%s%s", w ? " " : "", commands[i]->words()[w]);
            fputs(")\"", stdout);
        }
        fputs("'\n        ;;\n", stdout);
    }
    fputs("    esac\n}\n_flexcim \"$@\"\n", stdout);
}
