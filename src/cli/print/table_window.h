/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/print/table_column.h"

/* Prints a table that is wider than a window of so many columns. */
void table_window_print(const struct table *table,
                        const struct table_column *columns, size_t window);
