/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/print/table.h"
#include "store/query.h"

/*
 * Runs SQL, or the shipped query of that name, and prints its rows as a table.
 * -1 and `err` as query_run() has them.
 */
int query_table_sql(struct store *store, const char *sql,
                    const struct query_parameter *parameters, size_t count,
                    enum table_format format, struct error *err);
int query_table(struct store *store, const char *name,
                const struct query_parameter *parameters, size_t count,
                enum table_format format, struct error *err);
