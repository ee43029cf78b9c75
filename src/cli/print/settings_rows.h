/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/query.h"

/*
 * Rows of a question about points of an experiment, told apart by what differs:
 * in place of the column `settings` (a JSON object, parameter: value) stands a
 * column for each parameter that any of the rows sets, in the order in which
 * they are first seen.  Rows are then held until all have come, and none is
 * passed on if the question fails.
 *
 * Without that column it is query_run().  -1 and `err` as query_run() has them,
 * and ERROR_DATA where settings are no JSON object, or of over 256 parameters.
 */
int settings_rows_run(struct store *store, const struct query_ask *ask,
                      const struct query_sink *sink, struct error *err);
