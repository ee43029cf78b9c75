/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/print/query_mark.h"
#include "cli/print/table.h"
#include "store/query.h"

/*
 * Asks, and prints the rows as a table; of a question that comes with the
 * program the settings of points a column each (settings_rows.h).  -1 and `err`
 * as query_run() has them; the rows that came before are then printed.
 */
int query_table(struct store *store, const struct query_ask *ask,
                enum table_format format, struct error *err);

/* The same with one more column.  The columns of `mark` must be there. */
int query_table_marked(struct store *store, const struct query_ask *ask,
                       enum table_format format, const struct query_mark *mark,
                       struct error *err);

/* The same as query_table() where it is known how many rows there are: -1 and
 * `err` (ERROR_DATA) also if one is missing, or there is one too many. */
int query_table_whole(struct store *store, const struct query_ask *ask,
                      enum table_format format, size_t rows, struct error *err);
