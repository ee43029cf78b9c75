/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "llm/model.h"
#include "llm/walk.h"
#include "llm/tasks.h"

/*
 * How many questions a model answers right, as lm-evaluation-harness defines
 * it.  A request's input is its last (longest + 1) tokens without the last; its
 * score is the sum of the log-softmax, in double, at the continuation's tokens.
 * A question is answered by the first request with the largest score (acc), or
 * with the largest score by character of the continuation (acc_norm).
 */
struct accuracy {
    double right, right_by_length; /* shares, 0..1 */
    double error, error_by_length; /* standard errors: deviation (n - 1) over
                                      sqrt(n) */
    uint32_t *answer, *by_length;  /* [questions]: the request taken, counted
                                      from the question's first */
    double *score;                 /* [requests], nats */
};

struct accuracy_run {
    const struct model *model;
    const struct tasks *tasks;
    uint32_t longest; /* tokens of an input; 0: what the model takes, else
                         2048 */
    const struct model_walk *walk; /* as for perplexity_measure() */
};

/* -1 and `err` if a continuation alone is too long, `longest` is more than the
 * model takes (ERROR_USAGE), it is interrupted, or the arithmetic overflows. */
int accuracy_measure(struct accuracy *accuracy, const struct accuracy_run *run,
                     struct error *err);

/*
 * In two steps: the scores of requests first .. end - 1 [end - first], by
 * whoever has time; then, from those of all requests, which it takes for its
 * own, the accuracy.  -1 and `err`; nothing is then to be released.
 */
int accuracy_scores(double *score, const struct accuracy_run *run, size_t first,
                    size_t end, struct error *err);
int accuracy_of_scores(struct accuracy *accuracy, const struct tasks *tasks,
                       double *score, struct error *err);

/* Tokens of the longest input, which all inputs are filled up to. */
uint32_t accuracy_length(const struct tasks *tasks, const struct model *model,
                         uint32_t longest);
void accuracy_release(struct accuracy *accuracy); /* harmless on a zeroed one */

/* McNemar's exact test of two lists of answers that differ in `only_first` and
 * `only_second` questions: how likely a split at least so uneven is by chance,
 * 0..1. */
double accuracy_mcnemar(uint64_t only_first, uint64_t only_second);
