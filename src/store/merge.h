/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store.h"

/*
 * Copies all rows of `from` that `into` does not have.  Rows are the same if
 * their keys are, so merging again, or in another order, gives the same rows.
 * Of a run that both have, the one that got further stays (done before failed
 * before running), and its layers are those of both.
 *
 * `near` counts rows that both have, but not to the last digit, as other
 * processors round: perplexities within 1e-6 of each other, accuracies within
 * one question in a hundred and one more, activities within a thousandth; that
 * of `into` stays.
 *
 * -1 and `err` (ERROR_DATA) if the two tell different numbers of the same
 * thing: one of them is then wrong.  ERROR_INTERRUPTED if a stop was asked for.
 * Nothing is then written.
 */
int store_merge(struct store *into, struct store *from, uint64_t *near,
                struct error *err);
