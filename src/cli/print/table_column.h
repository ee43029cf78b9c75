/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/print/table.h"

/* Columns of a table whose cells are as they are shown, in line.  A text that
 * is wider than its column goes on below, from word to word; numbers never are.
 */
struct table_column {
    size_t width;
    bool is_number; /* all of them, and so to the right */
};

enum { TABLE_GAP = 2 }; /* blanks between two columns */

/* Columns on the screen: code points, as every character here is one wide. */
size_t table_width(const char *text);

const char *table_shown(const struct table_cell *cell);

/* Those of the table's columns that `which` has, `count` of them, with a head.
 */
void table_columns_print(const struct table *table,
                         const struct table_column *columns,
                         const size_t *which, size_t count);
