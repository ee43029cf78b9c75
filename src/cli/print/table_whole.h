/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/print/table.h"

/* Whether a format needs all rows before the first is printed. */
bool table_is_whole(enum table_format format);

/* Prints such a table; its cells are changed on the way. */
void table_print_whole(struct table *table);
