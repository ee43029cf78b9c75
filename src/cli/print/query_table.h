/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/print/table.h"
#include "store/query.h"

/*
 * Asks, and prints the rows as a table.  -1 and `err` as query_run() has them;
 * the rows that came before are then printed.
 */
int query_table(struct store *store, const struct query_ask *ask,
                enum table_format format, struct error *err);
