/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

/*
 * A table of parameters: one row a parameter, and that row drives reading it
 * from a file, checking its range, overriding it by path (--set macro.rows=64)
 * and printing it with unit, range, default and help.  The values live in a
 * struct of the table's owner; a row says where.
 *
 *   type     the field is a              text is
 *   U64      uint64_t                    a number in minimum..maximum, or the
 *                                        word `none` where none_means is set
 *   F64      double                      a number in minimum..maximum
 *   BOOL     bool                        yes or no
 *   CHOICE   unsigned                    one of `choices`, as its index
 *   TEXT     char[PARAMETER_TEXT]        any text that fits
 */
enum { PARAMETER_TEXT = 128 };

enum parameter_type {
    PARAMETER_U64,
    PARAMETER_F64,
    PARAMETER_BOOL,
    PARAMETER_CHOICE,
    PARAMETER_TEXT_FIELD
};

/* Where a row stands in its owner's text, and so in what is hashed of it. */
enum parameter_tell {
    PARAMETER_TELL_ALWAYS,
    PARAMETER_TELL_IF_SET, /* where it is not the standard: a row that came
                              later, and left the texts before it as they are */
    PARAMETER_TELL_BY_KIND /* where its owner is of the kind that has it */
};

struct parameter {
    const char *path; /* "macro.rows": sections and key, as in the file */
    enum parameter_type type;
    size_t offset;    /* of the field in the owner's struct */
    const char *unit; /* "rows", "bits", "clocks"; "" if it has none */
    double minimum, maximum;
    const char *standard;       /* the default, as text */
    const char *const *choices; /* CHOICE: NULL-ended names */
    bool power_of_two;          /* U64: must be one */
    bool none;                  /* U64: `none` is allowed, stored as 0 */
    enum parameter_tell tell;
    const char *help; /* one line; a source where there is one */
};

/* A table is [rows] pointers, so that each row can stand in a file of its own.
 * The row of that path, or NULL. */
const struct parameter *parameter_find(const struct parameter *const *table,
                                       size_t rows, const char *path);

/* Sets the field from text.  -1 and `err` ("macro.rows: 48 is not a power of
 * two ...") if the text does not fit; kind is ERROR_DATA. */
int parameter_set(void *values, const struct parameter *row, const char *text,
                  struct error *err);

/* Sets the parameter of that path; an unknown one is answered with the nearest
 * name. */
int parameter_set_path(void *values, const struct parameter *const *table,
                       size_t rows, const char *path, const char *text,
                       struct error *err);

/* Every field to its default.  A default that does not fit is our mistake. */
void parameter_defaults(void *values, const struct parameter *const *table,
                        size_t rows);

/* Whether the field has the value of `standard`. */
bool parameter_is_standard(const void *values, const struct parameter *row);

/* Adds what parameter_set() takes: "1..4096, powers of two", "1..9 or none",
 * "yes, no"; nothing for a text. */
void parameter_print_range(struct text *text, const struct parameter *row);

/* Adds the value as text, in the form that parameter_set() reads. */
void parameter_print(struct text *text, const void *values,
                     const struct parameter *row);
