/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/query.h"

/*
 * A column that comes last and that no results file has: what a command knows
 * of a row beside its answer.
 */
struct query_mark {
    const char *name; /* of the new column */
    const char *by; /* the column of whole numbers which tells what row it is */
    const char *only; /* a column that says "yes" of rows which have a word;
                         NULL: all have */
    const char *(*word)(const void *context, int64_t row); /* NULL: none */
    const void *context;
};

/* Rows that are passed on with their mark; `columns` and below are its own. */
struct marked_rows {
    const struct query_mark *mark; /* borrowed */
    const struct query_sink *to;   /* borrowed */
    size_t columns, by, only;
};

/* Whose `context` is `rows`.  ERROR_DATA if there is no column `by` or `only`.
 */
struct query_sink marked_rows_sink(struct marked_rows *rows);
