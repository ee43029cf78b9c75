/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A table of rows (path, type, offset, range, default, help) stands for all
 * code that would otherwise parse, check, print and complete each field by
 * hand.  Values are written through the row's offset; a row states the size of
 * what is there by its type.  Text fields share storage with the struct, so
 * that it can be copied.
 */
#include "base/parameter.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/names.h"
#include "base/nearest.h"
#include "base/number.h"

static void *field(void *values, const struct parameter *row)
{
    return (char *)values + row->offset;
}

static const void *constant_field(const void *values,
                                  const struct parameter *row)
{
    return (const char *)values + row->offset;
}

const struct parameter *parameter_find(const struct parameter *const *table,
                                       size_t rows, const char *path)
{
    for (size_t i = 0; i < rows; i++) {
        if (strcmp(table[i]->path, path) == 0)
            return table[i];
    }
    return NULL;
}

static int set_u64(uint64_t *value, const struct parameter *row,
                   const char *text, struct error *err)
{
    uint64_t parsed;
    double with_unit;

    if (row->none && strcmp(text, "none") == 0) {
        *value = 0;
        return 0;
    }
    if (number_unit(&with_unit, text, row->unit) && with_unit >= 0 &&
        with_unit <= row->maximum && with_unit == floor(with_unit))
        parsed = (uint64_t)with_unit;
    else if (!number_u64(&parsed, text))
        return error_set(err, ERROR_DATA,
                         "%s: \"%s\" is not a whole number%s (no sign, no "
                         "leading zero, nothing after it)",
                         row->path, text, row->none ? " or `none`" : "");
    if ((double)parsed < row->minimum || (double)parsed > row->maximum)
        return error_set(err, ERROR_DATA, "%s: %s is outside %.0f..%.0f %s",
                         row->path, text, row->minimum, row->maximum,
                         row->unit);
    if (row->power_of_two && (parsed & (parsed - 1)) != 0)
        return error_set(err, ERROR_DATA, "%s: %s is not a power of two",
                         row->path, text);
    *value = parsed;
    return 0;
}

static int set_f64(double *value, const struct parameter *row, const char *text,
                   struct error *err)
{
    double parsed;

    if (!number_unit(&parsed, text, row->unit) && !number_f64(&parsed, text))
        return error_set(err, ERROR_DATA, "%s: \"%s\" is not a number",
                         row->path, text);
    if (parsed < row->minimum || parsed > row->maximum)
        return error_set(err, ERROR_DATA, "%s: %s is outside %g..%g %s",
                         row->path, text, row->minimum, row->maximum,
                         row->unit);
    *value = parsed;
    return 0;
}

static int set_bool(bool *value, const struct parameter *row, const char *text,
                    struct error *err)
{
    bool yes = strcmp(text, "yes") == 0;

    if (!yes && strcmp(text, "no") != 0)
        return error_set(err, ERROR_DATA, "%s: \"%s\" is neither yes nor no",
                         row->path, text);
    *value = yes;
    return 0;
}

static int parameter_set_choice(unsigned *value, const struct parameter *row,
                                const char *text, struct error *err)
{
    return names_parse(value, row->choices, text, err) < 0
               ? error_prefix(err, "%s: ", row->path)
               : 0;
}

static int set_text(char *value, const struct parameter *row, const char *text,
                    struct error *err)
{
    if (strlen(text) >= PARAMETER_TEXT)
        return error_set(err, ERROR_DATA, "%s: longer than %d characters",
                         row->path, PARAMETER_TEXT - 1);
    memset(value, 0, PARAMETER_TEXT);
    memcpy(value, text, strlen(text));
    return 0;
}

int parameter_set(void *values, const struct parameter *row, const char *text,
                  struct error *err)
{
    switch (row->type) {
    case PARAMETER_U64:
        return set_u64(field(values, row), row, text, err);
    case PARAMETER_F64:
        return set_f64(field(values, row), row, text, err);
    case PARAMETER_BOOL:
        return set_bool(field(values, row), row, text, err);
    case PARAMETER_CHOICE:
        return parameter_set_choice(field(values, row), row, text, err);
    case PARAMETER_TEXT_FIELD:
        return set_text(field(values, row), row, text, err);
    }
    assert(false); /* no other type */
    return -1;
}

int parameter_set_path(void *values, const struct parameter *const *table,
                       size_t rows, const char *path, const char *text,
                       struct error *err)
{
    const struct parameter *row = parameter_find(table, rows, path);
    const char **names, *nearest;

    if (row)
        return parameter_set(values, row, text, err);
    names = memory_new(rows, sizeof *names);
    for (size_t i = 0; i < rows; i++)
        names[i] = table[i]->path;
    nearest = nearest_name(path, names, rows);
    free(names);
    if (nearest)
        return error_set(err, ERROR_DATA,
                         "%s: no such parameter; did you mean %s?", path,
                         nearest);
    return error_set(err, ERROR_DATA, "%s: no such parameter", path);
}

void parameter_defaults(void *values, const struct parameter *const *table,
                        size_t rows)
{
    struct error err;

    for (size_t i = 0; i < rows; i++) {
        int status = parameter_set(values, table[i], table[i]->standard, &err);

        assert(status == 0);
        (void)status;
    }
}

void parameter_print_range(struct text *text, const struct parameter *row)
{
    char *names;

    switch (row->type) {
    case PARAMETER_U64:
    case PARAMETER_F64:
        text_addf(text, "%.15g..%.15g%s%s", row->minimum, row->maximum,
                  row->power_of_two ? ", powers of two" : "",
                  row->none ? " or none" : "");
        break;
    case PARAMETER_BOOL:
        text_add(text, "yes, no");
        break;
    case PARAMETER_CHOICE:
        names = names_list(row->choices);
        text_add(text, names);
        free(names);
        break;
    case PARAMETER_TEXT_FIELD:
        break;
    }
}

void parameter_print(struct text *text, const void *values,
                     const struct parameter *row)
{
    const void *at = constant_field(values, row);

    switch (row->type) {
    case PARAMETER_U64:
        if (row->none && *(const uint64_t *)at == 0)
            text_add(text, "none");
        else
            text_addf(text, "%" PRIu64, *(const uint64_t *)at);
        break;
    case PARAMETER_F64:
        text_addf(text, "%.17g", *(const double *)at);
        break;
    case PARAMETER_BOOL:
        text_add(text, *(const bool *)at ? "yes" : "no");
        break;
    case PARAMETER_CHOICE:
        text_add(text, row->choices[*(const unsigned *)at]);
        break;
    case PARAMETER_TEXT_FIELD:
        text_add(text, at);
        break;
    }
}

bool parameter_is_standard(const void *values, const struct parameter *row)
{
    struct text text;
    bool same;

    text_init(&text);
    parameter_print(&text, values, row);
    same = strcmp(text.at ? text.at : "", row->standard) == 0;
    text_release(&text);
    return same;
}
