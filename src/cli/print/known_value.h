/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/query.h"

/*
 * Whether a ready question's parameters name what the store has: a machine, a
 * cost table, a run, a prompt's length, ....  One that it has not would give an
 * empty table, and a list that is none would look like a damaged file.  -1 and
 * `err` (ERROR_USAGE), with the nearest name.
 */
int known_value_check(struct store *store, const struct query_ask *ask,
                      struct error *err);
