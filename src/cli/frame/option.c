/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Options of a command: a table of rows, each with the offset of its value in
 * the command's own struct.  argp (of the C library) splits the command line
 * and prints the help; what it would accept silently - a shortened option, a
 * number with a tail, a second value where one is meant - is refused here with
 * what would be right.
 *
 * Defaults are written in the table, as text, and set by the same code as what
 * the user types: help, manual and behaviour cannot differ.
 */
#include "cli/frame/option.h"

#include <argp.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/names.h"
#include "base/nearest.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/frame/hint.h"

/* Keys of options without a letter begin here. */
enum { FIRST_KEY = 1000 };

/* A command's own options, and after them the common ones, as one table. */
struct parse {
    struct call *call;
    struct command_option *options;
    size_t owned, count;
    struct error *err;
};

static void option_gather(struct parse *parse)
{
    const struct command_option *own = parse->call->command->options;
    struct command_option common[COMMAND_COMMON];
    size_t owned = 0, shared = 0;

    command_common_options(common, parse->call->command);
    while (own && own[owned].name)
        owned++;
    while (common[shared].name)
        shared++;
    parse->owned = owned;
    parse->count = owned + shared;
    parse->options = memory_new(parse->count, sizeof *parse->options);
    if (owned)
        memcpy(parse->options, own, owned * sizeof *own);
    memcpy(parse->options + owned, common, shared * sizeof *common);
}

/* Where the value of an option goes. */
static void *option_place(const struct parse *parse, size_t index)
{
    char *values =
        index < parse->owned ? parse->call->options : (void *)parse->call;

    return values + parse->options[index].offset;
}

static int option_choose(unsigned *choice, const struct command_option *option,
                         const char *value, struct error *err)
{
    if (names_parse(choice, option->choices, value, err) == 0)
        return 0;
    err->kind = ERROR_USAGE;
    return error_prefix(err, "--%s: ", option->name);
}

/* What the results file cannot hold is no number here either. */
static int set_count(uint64_t *place, const struct command_option *option,
                     const char *value, struct error *err)
{
    bool bytes = option->type == OPTION_BYTES;
    uint64_t count;

    if (bytes && !number_bytes(&count, value))
        return error_set(
            err, ERROR_USAGE,
            "--%s: %s is no whole number of bytes; such as 2000000 "
            "or 2MB was expected",
            option->name, value);
    if (!bytes && !number_u64(&count, value))
        return error_set(
            err, ERROR_USAGE, "--%s: %s is not a whole number%s", option->name,
            value, value[strspn(value, "0123456789")] ? "" : ", or too large");
    if (count > INT64_MAX)
        return error_set(err, ERROR_USAGE, "--%s: %s is over %" PRId64,
                         option->name, value, INT64_MAX);
    *place = count;
    return 0;
}

static int option_set(const struct parse *parse, size_t index,
                      const char *value, struct error *err)
{
    const struct command_option *option = &parse->options[index];
    void *place = option_place(parse, index);
    struct texts *texts = place;

    switch (option->type) {
    case OPTION_FLAG:
        *(bool *)place = true;
        return 0;
    case OPTION_TEXT:
        *(const char **)place = value;
        return 0;
    case OPTION_TEXTS:
        texts->at = memory_grow(texts->at, &texts->capacity, texts->count + 1,
                                sizeof *texts->at);
        texts->at[texts->count++] = value;
        return 0;
    case OPTION_COUNT:
    case OPTION_BYTES:
        return set_count(place, option, value, err);
    case OPTION_REAL:
        return number_share(place, value)
                   ? 0
                   : error_set(err, ERROR_USAGE, "--%s: %s is not a number",
                               option->name, value);
    case OPTION_CHOICE:
        return option_choose(place, option, value, err);
    }
    return 0;
}

static int option_key_of(const struct parse *parse, size_t index)
{
    char letter = parse->options[index].letter;

    return letter ? letter : FIRST_KEY + (int)index;
}

/* Where 0 stands for what is not said, nobody says it. */
static int check_said(const struct parse *parse, size_t index,
                      const char *value)
{
    const struct command_option *option = &parse->options[index];

    bool counts = option->type == OPTION_COUNT || option->type == OPTION_BYTES;

    if (index >= parse->owned || !counts || option->standard ||
        *(uint64_t *)option_place(parse, index) > 0)
        return 0;
    return error_set(parse->err, ERROR_USAGE,
                     "--%s: %s is none; at least 1 was expected", option->name,
                     value);
}

static error_t parse_key(int key, char *value, struct argp_state *state)
{
    struct parse *parse = state->input;

    if (key == ARGP_KEY_ARG) {
        parse->call->arguments[parse->call->count++] = value;
        return 0;
    }
    for (size_t i = 0; i < parse->count; i++) {
        if (key != option_key_of(parse, i))
            continue;
        if (i < parse->owned)
            parse->call->given[i] = true;
        if (option_set(parse, i, value, parse->err) < 0 ||
            check_said(parse, i, value) < 0)
            return EINVAL;
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

/* The option that a word of the command line is, or NULL. */
static const struct command_option *option_find(const struct parse *parse,
                                                const char *word)
{
    for (size_t i = 0; i < parse->count; i++) {
        const struct command_option *option = &parse->options[i];
        size_t length = strlen(option->name);

        if (option->letter && word[0] == '-' && word[1] == option->letter &&
            !word[2])
            return option;
        if (strncmp(word, "--", 2) == 0 &&
            strncmp(word + 2, option->name, length) == 0 &&
            (word[2 + length] == 0 || word[2 + length] == '='))
            return option;
    }
    return NULL;
}

/* What it may be instead: an argument, a near name, or what others call so. */
static int option_unknown(const struct parse *parse, const char *word,
                          struct error *err)
{
    const struct command *command = parse->call->command;
    const char **names = memory_new(parse->count + 2, sizeof *names);
    char *name = memory_text(word + 2), *argument;
    const char *nearest;

    name[strcspn(name, "=")] = 0;
    for (size_t i = 0; i < parse->count; i++)
        names[i] = parse->options[i].name;
    names[parse->count] = "help";
    names[parse->count + 1] = "usage";
    argument = hint_argument(name, command);
    nearest = hint_option(name, names, parse->count);
    if (!nearest)
        nearest = nearest_name(name, names, parse->count + 2);
    if (argument)
        error_set(err, ERROR_USAGE,
                  "%s has no option --%s: %s stands by itself, as in `flexcim "
                  "%s %s`",
                  command->name, name, argument, command->name, argument);
    else if (nearest)
        error_set(err, ERROR_USAGE, "%s has no option --%s; did you mean --%s?",
                  command->name, name, nearest);
    else
        error_set(err, ERROR_USAGE,
                  "%s has no option --%s; `flexcim %s --help` shows them",
                  command->name, name, command->name);
    free(argument);
    free(name);
    free(names);
    return -1;
}

/* argp knows no nearest names, and takes a beginning for the whole option: a
 * misspelt one is refused before it looks. */
static char help[] = "--help"; /* also for -h, which argp does not know */

static int check_words(const struct parse *parse, int argc, char **argv,
                       struct error *err)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const struct command_option *option = option_find(parse, argv[i]);

        if (option && option->argument && !strchr(argv[i], '='))
            i++; /* the next word is its value */
        else if (!option && strcmp(argv[i], "-h") == 0)
            argv[i] = help;
        else if (!option && strncmp(argv[i], "--", 2) == 0 &&
                 strcmp(argv[i], "--help") != 0 &&
                 strcmp(argv[i], "--usage") != 0)
            return option_unknown(parse, argv[i], err);
    }
    return 0;
}

/* Whether what is too much is a results file. */
static bool is_results_file(const struct call *call)
{
    const char *word = call->arguments[call->command->maximum];
    size_t length = strlen(word);

    return call->command->common & COMMAND_DB && length > 3 &&
           strcmp(word + length - 3, ".db") == 0;
}

static int check_arguments(const struct call *call, struct error *err)
{
    const struct command *command = call->command;

    if (call->count < command->minimum)
        return error_set(err, ERROR_USAGE,
                         "%s needs %s; `flexcim %s --help` tells more",
                         command->name, command->arguments, command->name);
    if (call->count > command->maximum)
        return error_set(
            err, ERROR_USAGE, "%s: one argument too many: %s%s", command->name,
            call->arguments[command->maximum],
            is_results_file(call) ? "; --db says which results file" : "");
    return 0;
}

/* argp wants the summary, a vertical tab, and what stands under the options. */
static char *document(const struct command *command)
{
    struct text text;

    text_init(&text);
    text_addf(&text, "%s.\v%s", command->summary, command->description);
    if (command->example)
        text_addf(&text, "\n\nExample: %s", command->example);
    if (text.at[0] >= 'a' && text.at[0] <= 'z')
        text.at[0] = (char)(text.at[0] - 'a' + 'A');
    return text_take(&text);
}

char *option_help(const struct command_option *option)
{
    return option->standard
               ? memory_printf("%s (%s)", option->help, option->standard)
               : memory_text(option->help);
}

static struct argp_option *argp_table(const struct parse *parse)
{
    struct argp_option *table = memory_new(parse->count + 1, sizeof *table);

    for (size_t i = 0; i < parse->count; i++) {
        table[i].name = parse->options[i].name;
        table[i].key = option_key_of(parse, i);
        table[i].arg = parse->options[i].argument;
        table[i].doc = option_help(&parse->options[i]);
    }
    return table;
}

static int parse_words(struct parse *parse, int argc, char **argv,
                       struct error *err)
{
    char *documented = document(parse->call->command);
    struct argp_option *table = argp_table(parse);
    struct argp argp = { table,      parse_key, parse->call->command->arguments,
                         documented, NULL,      NULL,
                         NULL };
    error_t code = argp_parse(&argp, argc, argv, 0, NULL, parse);

    for (size_t i = 0; i < parse->count; i++)
        free((char *)table[i].doc);
    free(table);
    free(documented);
    if (code == 0)
        return check_arguments(parse->call, err);
    if (err->kind == ERROR_NONE)
        error_set(err, ERROR_INTERNAL, "argp: %s", strerror(code));
    return -1;
}

static int set_standards(const struct parse *parse, struct error *err)
{
    for (size_t i = 0; i < parse->count; i++) {
        const struct command_option *option = &parse->options[i];

        if (option->type == OPTION_REAL)
            *(double *)option_place(parse, i) = NAN;
        if (option->standard && option_set(parse, i, option->standard, err) < 0)
            return -1;
    }
    return 0;
}

int option_parse(struct call *call, int argc, char **argv, struct error *err)
{
    struct parse parse = { .call = call, .err = err };
    int status;

    err->kind = ERROR_NONE;
    call->arguments = memory_new((size_t)argc, sizeof *call->arguments);
    option_gather(&parse);
    call->options = memory_new(1, call->command->options_size + 1);
    call->given = memory_new(parse.owned + 1, sizeof *call->given);
    status = set_standards(&parse, err);
    if (status == 0)
        status = check_words(&parse, argc, argv, err);
    if (status == 0)
        status = parse_words(&parse, argc, argv, err);
    free(parse.options);
    return status;
}

void option_release(struct call *call)
{
    const struct command_option *own = call->command->options;

    for (size_t i = 0; own && own[i].name; i++)
        if (own[i].type == OPTION_TEXTS)
            free(((struct texts *)((char *)call->options + own[i].offset))->at);
    free(call->options);
    free(call->given);
    free(call->arguments);
}
