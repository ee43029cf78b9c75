/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/work.h"
#include "llm/model.h"
#include "llm/tokens.h"

/*
 * Records a trace: runs the calibration tokens through the model as it is, and
 * writes what recorded_trace.h lays out, one layer's weights in memory at a
 * time.
 */
struct record {
    const struct model *model;
    const struct model_tokens *tokens;
    const char *spec; /* where the tokens were: FILE or FILE:TENSOR */
    uint32_t sample;  /* tokens whose inputs are kept, from the first */
    bool gram;        /* the inputs' Gram matrices as well: K * K a layer input,
                         and the rows run once more */
    struct work work;
};

/* The identity that the trace will have (recorded_trace_identity()), known
 * before any work. */
void record_identity(const struct record *record, char hash[HASH_TEXT]);

/*
 * The rows are measured by eighths (calibration.h).  One that is finished lies
 * as a file beside `path`, PATH.eighth-E, until the trace is there, and is
 * taken up by who records the same next: after a kill, or on the part of
 * another process or another computer.  record_write() keeps them only where
 * the work is long (RECORD_LONG), but takes up those that it finds.
 *
 * -1 and `err`; nothing is then left at `path`.
 */
#define RECORD_LONG 2e11 /* multiplications: some ten seconds on a thread */

/* Measures eighth `e`, unless its file is there. */
int record_eighth(const struct record *record, const char *path, unsigned e,
                  struct error *err);

int record_write(const struct record *record, const char *path,
                 struct error *err);
