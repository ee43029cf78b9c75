/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "store/query.h"

/*
 * The answer to a query, kept.  Every text is valid UTF-8 without control
 * characters, whatever the database holds: what is not becomes U+FFFD, and
 * tabs and ends of lines become blanks.
 */
struct row_cell {
    enum query_type type;
    int64_t integer;
    double real;
    char *text;
};

struct rows {
    size_t columns, count;
    char **names;           /* [columns] */
    struct row_cell *cells; /* [count][columns] */
    size_t capacity;        /* of cells */
};

/* -1 and `err` as query_run() has them. */
int rows_ask(struct rows *rows, struct store *store, const char *sql,
             struct error *err);
void rows_release(struct rows *rows);

const struct row_cell *rows_at(const struct rows *rows, size_t row,
                               size_t column);

/* False if there is no column of that name. */
bool rows_find(const struct rows *rows, const char *name, size_t *column);

/* The different texts of a column, in the order of their first rows; free() the
 * array, not the texts. */
const char **rows_distinct(const struct rows *rows, size_t column,
                           size_t *count);

/* A value as people read it (6 digits of a real number), and as programs do
 * (all of them); NULL is an empty text.  free() it. */
char *row_cell_shown(const struct row_cell *cell);
char *row_cell_exact(const struct row_cell *cell);
