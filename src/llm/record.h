/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/work.h"
#include "llm/model.h"

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

/* -1 and `err`; nothing is then left at `path`. */
int record_write(const struct record *record, const char *path,
                 struct error *err);
