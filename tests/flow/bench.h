/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_FLOW_BENCH_H
#define TESTS_FLOW_BENCH_H

#include <stddef.h>

#include "flow/method.h"
#include "llm/model.h"
#include "trace/recorded_trace.h"

/*
 * A shipped checkpoint with the statistics of its first calibration rows, as a
 * recorded trace in memory (no weights and samples in it).
 */
struct bench {
    struct model *model;
    struct model_tokens calibration, test;
    struct recorded_trace trace;
    double **mean_square; /* [layers] */
};

/* `rows` of calibration and `test_rows` of test (0: all); the trace's path is
 * `path`.  What fails fails the test. */
void bench_open(struct bench *bench, const char *checkpoint, const char *path,
                size_t rows, size_t test_rows);
void bench_close(struct bench *bench);

/* A plan by that method, of the standards unless `patterns` says other. */
void bench_select(struct plan *plan, const struct bench *bench,
                  const char *method, double sparsity, const char *patterns);

/* Perplexity of the test rows under a plan (NULL: dense). */
double bench_perplexity(const struct bench *bench, const struct plan *plan);

#endif
