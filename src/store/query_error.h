/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store.h"

/* Tells what is wrong with SQL that SQLite refused with `code`; a table or
 * column that is not there is answered with the nearest.  Returns -1. */
int query_error(struct store *store, int code, struct error *err);
