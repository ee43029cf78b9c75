/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/frame/command.h"

/*
 * Rows for people or programs, on standard output.  Cells are added one after
 * the other, row by row.
 *
 *   TABLE_ALIGNED   columns in line, numbers to the right, 6 digits of a real
 *                   number; none: -.  On a terminal integers have thousands
 *                   separators, and what does not fit goes below
 *   TABLE_CSV       RFC 4180, a head, lines ended by \n; none: nothing.  A text
 *                   that a spreadsheet would take for a formula (it begins with
 *                   = + - @, tab or CR) has an apostrophe before it
 *   TABLE_JSON      an array of objects, their keys identifiers, each another
 *                   (table_keys.h); none: null
 *   TABLE_MARKDOWN  a table as GitHub reads it
 *   TABLE_LATEX     a tabular of booktabs; none: --
 *
 * CSV and JSON have every digit of a real number and are printed as they come;
 * the others when table_end() is called.  Texts and names may come from a file:
 * what a terminal would obey is taken out, but for JSON, which escapes it.
 */
enum table_format {
    TABLE_ALIGNED,
    TABLE_CSV,
    TABLE_JSON,
    TABLE_MARKDOWN,
    TABLE_LATEX
};

extern const char *const table_formats[]; /* their names, for --format */

struct table_cell {
    char *text; /* as it is printed; NULL: none */
    bool is_number;
};

struct table {
    enum table_format format;
    size_t columns;
    char **names;
    struct table_cell *cells; /* of all rows, or of the one being filled */
    size_t count, capacity;
    size_t printed; /* rows */
};

void table_begin(struct table *table, enum table_format format, size_t columns,
                 const char *const *names);
void table_text(struct table *table, const char *text); /* NULL: none */
void table_integer(struct table *table, int64_t value);
void table_real(struct table *table, double value); /* NaN: none */
void table_none(struct table *table);
void table_end(struct table *table); /* prints, and releases */

/* The format that a call asked for: --json before --format. */
enum table_format table_format_of(const struct call *call, unsigned format);
