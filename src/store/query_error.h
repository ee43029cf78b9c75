/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/query.h"

/*
 * Tells what is wrong with SQL that SQLite refused with `code`; returns -1.  In
 * the user's SQL that is ERROR_USAGE, and a table or column that is not there
 * is answered with the nearest; in SQL that comes with the program, or in a
 * view of the file's, the file is to blame: ERROR_DATA.
 */
int query_error(struct store *store, int code, enum query_author author,
                struct error *err);
