/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "flow/select/method.h"
#include "llm/calibration.h"
#include "llm/model.h"
#include "llm/tokens.h"
#include "trace/recorded_trace.h"

/* A checkpoint with its calibration rows, as a recorded trace in memory. */
struct bench {
    struct model *model;
    struct model_tokens tokens;
    struct calibration calibration;
    struct recorded_trace trace;
};

/* `rows` of the tensor `calibration` of the token file (0: all); the trace
 * believes that it lies at `path`.  What fails fails the test. */
void bench_open(struct bench *bench, const char *folder, const char *tokens,
                const char *path, size_t rows);
void bench_close(struct bench *bench);

/*
 * In a folder of their own: model "m", a Llama of two blocks (q 8 x 8, k and v
 * 4 x 8, o 8 x 8, gate and up 12 x 8, down 8 x 12, whose last group of 8 is
 * ragged), tokens "f", trace "m.trace".
 */
enum { BENCH_ROWS = 3, BENCH_LENGTH = 20 };

void bench_enter_tiny(struct bench *bench);
void bench_leave_tiny(struct bench *bench);

/* Asked like this: that method, what the trace and the model have. */
struct selection bench_selection(const struct bench *bench, double sparsity,
                                 const char *patterns); /* NULL: standard */

/* Must succeed. */
void bench_select(struct plan *plan, const char *method,
                  const struct selection *selection);

/* Makes every measured cost 0 in the file beside the trace. */
void bench_zero_costs(void);

/* Must fail, with these words in the sentence. */
void bench_refuse(const char *method, const struct selection *selection,
                  enum error_kind kind, const char *words);
