/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The question `claims` has sixteen columns, of which a terminal shows ten:
 * what tells its rows apart would be left out.  So each row becomes words,
 * wrapped to a terminal of 80 columns; commands are not wrapped, that they can
 * be copied.
 */
#include "cli/print/claim_lines.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/print/output.h"

/* The question's columns. */
enum {
    CLAIM,
    SCOPE,
    VERDICT,
    NUMBER,
    FROM,
    TO,
    WITHOUT_LEAKAGE,
    CLAIMED,
    RIVAL,
    MODEL,
    PLAN,
    MASKS,
    ACCURACY,
    EQUAL,
    CLOCK,
    WHY
};

enum { WIDTH = 79, INDENT = 15 };

/* What was told last: rows come in the order of claims and scopes. */
struct claim_heading {
    char claim[32], scope[32];
};

/* A text's words, as many in a line as there is room for; what is too long for
 * a line, such as a path, stands in one. */
static void say_wrapped(const char *text)
{
    size_t at = INDENT;

    for (const char *word = text; *word;) {
        size_t length = strcspn(word, " ");

        if (at > INDENT && at + 1 + length > WIDTH) {
            output_say("\n%*s", INDENT, "");
            at = INDENT;
        } else if (at > INDENT) {
            output_say(" ");
            at++;
        }
        output_say("%.*s", (int)length, word);
        at += length;
        word += length + strspn(word + length, " ");
    }
    output_say("\n");
}

static bool is_text(const struct query_value *value, const char *text)
{
    return value->type == QUERY_TEXT && strcmp(value->text, text) == 0;
}

/* Whatever the file has there. */
static const char *text_of(const struct query_value *value)
{
    return value->type == QUERY_TEXT ? value->text : "-";
}

static double real_of(const struct query_value *value)
{
    return value->type == QUERY_INTEGER ? (double)value->integer : value->real;
}

static void say_heading(const struct query_value *row)
{
    static const struct {
        const char *claim, *scope, *words;
    } words[] = {
        { "accuracy", "perplexity",
          "Perplexity: by how much flow's is below that of uniform plans" },
        { "accuracy", "tasks",
          "Right answers: by how many more flow has than uniform plans" },
        { "energy", "linear layers",
          "Energy of the pruned layers alone: how many times less" },
        { "energy", "prompt",
          "Energy of the prompt of a whole inference: how many times less" },
        { "energy", "decoding",
          "Energy of a token of a whole inference: how many times less" },
        { "latency", "linear layers",
          "Time of the pruned layers alone: how many times less" },
        { "latency", "prompt",
          "Time of the prompt of a whole inference: how many times less" },
        { "latency", "decoding",
          "Time of a token of a whole inference: how many times less" },
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_text(&row[CLAIM], words[i].claim) &&
            is_text(&row[SCOPE], words[i].scope))
            output_say("%s", words[i].words);
    if (is_text(&row[CLAIM], "accuracy"))
        output_say(" (claimed: %g %%)\n", 100 * real_of(&row[CLAIMED]));
    else
        output_say(" (claimed: %g)\n", real_of(&row[CLAIMED]));
}

static void add_number(struct text *text, const struct query_value *row)
{
    bool percent = is_text(&row[CLAIM], "accuracy");
    double by = percent ? 100 : 1;
    const char *unit = percent ? " %" : "";

    text_addf(text, "%.4g%s", by * real_of(&row[NUMBER]), unit);
    if (row[FROM].type != QUERY_NULL)
        text_addf(text, " (%.4g to %.4g%s)", by * real_of(&row[FROM]),
                  by * real_of(&row[TO]), unit);
    if (row[WITHOUT_LEAKAGE].type != QUERY_NULL)
        text_addf(text, ", %.4g without leakage",
                  real_of(&row[WITHOUT_LEAKAGE]));
}

/* Under which condition. */
static void add_condition(struct text *text, const struct query_value *row)
{
    if (row[PLAN].type == QUERY_TEXT)
        text_addf(text, ", %s",
                  is_text(&row[PLAN], "common")     ? "one plan for both"
                  : is_text(&row[PLAN], "own best") ? "each its own best plan"
                                                    : text_of(&row[PLAN]));
    text_addf(text, ", %s masks", text_of(&row[MASKS]));
    if (!is_text(&row[CLAIM], "accuracy"))
        text_addf(text, ", %s",
                  is_text(&row[ACCURACY], "any")
                      ? "any accuracy"
                      : "at most 5 % above the dense perplexity");
    if (row[EQUAL].type == QUERY_TEXT)
        text_addf(text, ", equal %s", text_of(&row[EQUAL]));
    if (row[CLOCK].type == QUERY_TEXT)
        text_addf(text, ", %s",
                  is_text(&row[CLOCK], "equal") ? "equal clock"
                  : is_text(&row[CLOCK], "own") ? "each at its own clock"
                                                : text_of(&row[CLOCK]));
}

/* "missing: WHAT; COMMAND; COMMAND": the commands, a line each. */
static void say_missing(const struct query_value *row)
{
    const char *why = text_of(&row[WHY]), *command = strstr(why, "; flexcim ");
    struct text text;

    text_init(&text);
    text_addf(&text, "%.*s", (int)(command ? command - why : (int)strlen(why)),
              why);
    text_addf(&text, ", %s masks", text_of(&row[MASKS]));
    if (command)
        text_add(&text, "; this makes it:");
    say_wrapped(text.at);
    text_release(&text);
    while (command) {
        const char *next = strstr(command + 2, "; flexcim ");

        command += 2;
        output_say("    %.*s\n",
                   (int)(next ? next - command : (long)strlen(command)),
                   command);
        command = next;
    }
}

static int claim_row(void *context, const struct query_value *row,
                     struct error *err)
{
    struct claim_heading *last = context;
    struct text text;

    (void)err;
    if (strcmp(last->claim, text_of(&row[CLAIM])) != 0 ||
        strcmp(last->scope, text_of(&row[SCOPE])) != 0) {
        if (last->claim[0])
            output_say("\n");
        say_heading(row);
    }
    snprintf(last->claim, sizeof last->claim, "%s", text_of(&row[CLAIM]));
    snprintf(last->scope, sizeof last->scope, "%s", text_of(&row[SCOPE]));
    output_say("  %-*s", INDENT - 2, text_of(&row[VERDICT]));
    if (row[NUMBER].type == QUERY_NULL) {
        say_missing(row);
        return 0;
    }
    text_init(&text);
    add_number(&text, row);
    text_addf(&text, ", %s beside %s", text_of(&row[MODEL]),
              text_of(&row[RIVAL]));
    add_condition(&text, row);
    text_addf(&text, ": %s", text_of(&row[WHY]));
    say_wrapped(text.at);
    text_release(&text);
    return 0;
}

static int claim_begin(void *context, size_t columns, const char *const *names,
                       struct error *err)
{
    (void)context, (void)columns, (void)names, (void)err;
    return 0;
}

int claim_lines(struct store *store, const struct query_ask *ask,
                struct error *err)
{
    struct claim_heading last = { 0 };
    const struct query_sink sink = { claim_begin, claim_row, &last };

    return query_run(store, ask, &sink, err);
}
