/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Constraints of an experiment's axes, such as "macros * macro.rows <= 1024":
 * products of parameters and numbers, compared.  No more than that is
 * understood on purpose: a point is wanted or not by a glance at the file.
 */
#include "sweep/constraint.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/number.h"

enum { LONGEST_WORD = 64 };

static int constraint_unknown_name(const char *word, struct error *err)
{
    size_t rows, count = 0;
    const struct parameter *const *table = machine_parameters(&rows);
    const char *names[256], *nearest;

    names[count++] = "multipliers";
    for (size_t i = 0; i < rows && count < 256; i++)
        names[count++] = table[i]->path;
    nearest = nearest_name(word, names, count);
    if (nearest)
        return error_set(err, ERROR_DATA, "no parameter %s; did you mean %s?",
                         word, nearest);
    return error_set(err, ERROR_DATA, "%s is neither a number nor a parameter",
                     word);
}

static int read_factor(struct constraint_factor *factor, const char *word,
                       struct error *err)
{
    size_t rows;
    const struct parameter *const *table = machine_parameters(&rows);

    *factor = (struct constraint_factor){ 0 };
    if (number_f64(&factor->number, word))
        return 0;
    factor->multipliers = strcmp(word, "multipliers") == 0;
    if (factor->multipliers)
        return 0;
    factor->row = parameter_find(table, rows, word);
    if (!factor->row)
        return constraint_unknown_name(word, err);
    if (factor->row->type != PARAMETER_U64 &&
        factor->row->type != PARAMETER_F64)
        return error_set(err, ERROR_DATA, "%s is no number", word);
    return 0;
}

/* Takes the next word, comparison or * from `*at`; false at the end. */
static bool next_word(char word[LONGEST_WORD], const char **at)
{
    const char *from = *at + strspn(*at, " "), *to = from;

    if (!*from)
        return false;
    if (isalnum((unsigned char)*from))
        to += strspn(from, "abcdefghijklmnopqrstuvwxyz"
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");
    else if (strchr("<>=!", *from))
        to += strspn(from, "<>=!");
    else
        to++;
    snprintf(word, LONGEST_WORD, "%.*s", (int)(to - from), from);
    *at = to;
    return true;
}

static bool is_comparison(const char *word)
{
    static const char *const known[] = { "<", "<=", "=", "!=", ">=", ">" };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(word, known[i]) == 0)
            return true;
    }
    return false;
}

static int read_product(struct constraint *constraint, unsigned side,
                        const char **at, char next[LONGEST_WORD],
                        struct error *err)
{
    char word[LONGEST_WORD];
    size_t *count = &constraint->factors[side];

    do {
        if (*count == CONSTRAINT_FACTORS)
            return error_set(err, ERROR_DATA, "more than %d factors",
                             CONSTRAINT_FACTORS);
        if (!next_word(word, at))
            return error_set(err, ERROR_DATA,
                             "a number or parameter is missing at the end");
        if (read_factor(&constraint->factor[side][*count], word, err) < 0)
            return -1;
        ++*count;
        if (!next_word(next, at))
            next[0] = '\0';
    } while (strcmp(next, "*") == 0);
    return 0;
}

int constraint_parse(struct constraint *constraint, const char *text,
                     struct error *err)
{
    const char *at = text;
    char next[LONGEST_WORD];

    *constraint = (struct constraint){ 0 };
    if (read_product(constraint, 0, &at, next, err) < 0)
        return -1;
    if (!is_comparison(next))
        return error_set(err, ERROR_DATA,
                         "\"%s\" stands where one of * < <= = != >= > is "
                         "expected",
                         next);
    snprintf(constraint->comparison, sizeof constraint->comparison, "%.2s",
             next);
    if (read_product(constraint, 1, &at, next, err) < 0)
        return -1;
    if (next[0])
        return error_set(err, ERROR_DATA,
                         "\"%s\" stands where the condition should end", next);
    return 0;
}

static double constraint_value_of(const struct constraint_factor *factor,
                                  const struct machine *machine)
{
    const char *at = (const char *)machine;

    if (factor->multipliers)
        return (double)machine_multipliers(machine);
    if (!factor->row)
        return factor->number;
    at += factor->row->offset;
    if (factor->row->type == PARAMETER_F64)
        return *(const double *)(const void *)at;
    return (double)*(const uint64_t *)(const void *)at;
}

bool constraint_holds(const struct constraint *constraint,
                      const struct machine *machine)
{
    const char *comparison = constraint->comparison;
    double side[2] = { 1, 1 };

    for (unsigned s = 0; s < 2; s++) {
        for (size_t i = 0; i < constraint->factors[s]; i++)
            side[s] *= constraint_value_of(&constraint->factor[s][i], machine);
    }
    if (comparison[0] == '<')
        return side[0] < side[1] || (comparison[1] && side[0] <= side[1]);
    if (comparison[0] == '>')
        return side[0] > side[1] || (comparison[1] && side[0] >= side[1]);
    return (side[0] >= side[1] && side[0] <= side[1]) == !comparison[1];
}
