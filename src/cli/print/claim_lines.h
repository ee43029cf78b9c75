/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/query.h"

/*
 * Asks the question `claims`, and prints for people: a paragraph a claim and
 * scope, an entry a condition, in words, and under what is missing the commands
 * that make it, each in a line of its own.  -1 and `err` as query_run().
 */
int claim_lines(struct store *store, const struct query_ask *ask,
                struct error *err);
