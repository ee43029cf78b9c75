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
    bool gram; /* the inputs' Gram matrices as well: K * K a layer input */
    struct work work;
    /* Has others measure the eighths of a part (record_parts()), and waits for
     * them; NULL: nobody helps. */
    int (*share)(void *context, uint32_t block, struct error *err);
    void *context;
};

/* The identity that the trace will have (recorded_trace_identity()), known
 * before any work. */
void record_identity(const struct record *record, char hash[HASH_TEXT]);

/*
 * The rows are measured by eighths (calibration.h); with Gram matrices, a block
 * after the other.  An eighth lies as a file beside `path`, PATH.eighth-E,
 * until the trace is there, and is taken up by who records the same next: after
 * a kill, or on the part of another process or another computer.  It is kept
 * when it is through a block with Gram matrices, whose sums lie in
 * PATH.gram-B.eighth-E meanwhile, else once a minute.  record_write() keeps
 * eighths only where the work is long (RECORD_LONG) or shared, but takes up
 * those that it finds.
 *
 * -1 and `err`; nothing is then left at `path`.
 */
#define RECORD_LONG 2e11 /* multiplications: some ten seconds on a thread */

/* What others can be asked for: a block (always 0 without Gram matrices, when
 * an eighth goes through all) of an eighth. */
struct record_part {
    uint32_t block;
    unsigned eighth;
};

uint32_t record_parts(const struct record *record); /* blocks of them */

/* Measures it, unless it is there. */
int record_measure_part(const struct record *record, const char *path,
                        struct record_part part, struct error *err);

int record_write(const struct record *record, const char *path,
                 struct error *err);
