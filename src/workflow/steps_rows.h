/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "workflow/steps.h"

/*
 * Perplexity and accuracy as numbers a row (row_numbers.h): losses of rows of a
 * text, scores of requests.  Whoever measures an eighth of them leaves it
 * beside the session's results file; long work does so by itself, where it
 * costs little.
 */

/* Multiplications from which on an eighth is kept though nobody asked for it,
 * some minutes on a thread. */
#define STEPS_ROWS_LONG 1e13

/* Fills in value and predictions; the accuracy.  -1 and `err`. */
int steps_rows_perplexity(const struct session *session,
                          struct steps_perplexity *perplexity,
                          struct error *err);
int steps_rows_accuracy(const struct session *session,
                        struct steps_accuracy *accuracy, struct error *err);

/* For those who help: an eighth, unless it is there. */
int steps_perplexity_eighth(const struct session *session,
                            const struct steps_perplexity *perplexity,
                            unsigned eighth, struct error *err);
int steps_accuracy_eighth(const struct session *session,
                          const struct steps_accuracy *accuracy,
                          unsigned eighth, struct error *err);

/* What is measured: those who help must measure the same. */
void steps_perplexity_identity(const struct steps_perplexity *perplexity,
                               char identity[HASH_TEXT]);
void steps_accuracy_identity(const struct steps_accuracy *accuracy,
                             char identity[HASH_TEXT]);
