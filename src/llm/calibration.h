/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/spill.h"
#include "base/work.h"
#include "llm/gram.h"
#include "llm/model.h"
#include "llm/tokens.h"

/*
 * What the layers' inputs look like over calibration tokens, the model being as
 * it is: the mean of the squared input of each channel, and a sample of real
 * inputs in 8-bit integers with one scale a token (quantize.h).
 *
 * The R rows are cut at floor(i R / 8), i = 0 .. 8.  Squares are added in
 * double: along each row, then the rows of an eighth in order from zero, then
 * the eighths in order.  So the eighths can be measured by whoever has time,
 * in any order, by any number of threads and processes, with the same bits.
 *
 * An expert's layers have the mean and the sample of those tokens only that
 * were routed to it.
 */
enum { CALIBRATION_EIGHTHS = 8 };

/* Tokens of the sample that an expert saw in an eighth. */
struct calibration_part {
    uint32_t tokens;
    int32_t *place; /* [tokens]: which of the sample, ascending */
    int8_t *input;  /* [tokens][K] */
    float *input_scale;
};

struct calibration_layer {
    size_t input_of;     /* the first layer with the same input, which owns the
                            arrays; the others point to them */
    double *sum;         /* [EIGHTHS][K]; those that were measured */
    double *mean_square; /* [K]; of all, once calibration_finish() was called */
    uint32_t tokens;     /* of the sample that it saw; an expert's once
                            calibration_finish() was called, as are */
    int8_t *input;       /* [tokens][K] */
    float *input_scale;  /* [tokens] */
    int32_t *place;      /* [tokens]: which of the sample; NULL: all */
    uint64_t reached;    /* an expert's: tokens of all that it saw */
    /* Of an expert, else NULL: [EIGHTHS]. */
    uint64_t *seen; /* tokens that it saw */
    struct calibration_part *part;
};

struct calibration {
    const struct model *model;         /* borrowed */
    const struct model_tokens *tokens; /* borrowed */
    size_t layers;
    struct calibration_layer *layer;
    uint32_t sampled; /* tokens of the sample */
};

/*
 * Step by step: begin, then each eighth by add or load, then finish.  The
 * sample is the first `sample` tokens, row after row (fewer if there are
 * fewer).
 */
void calibration_begin(struct calibration *calibration,
                       const struct model *model,
                       const struct model_tokens *tokens, uint32_t sample);

/*
 * Rows of eighths first .. end - 1 on their way through the blocks: opened, and
 * begun (or taken up where they stood), then passed through one block after the
 * other, with the sums of Gram matrices or NULL.  A pass tells the progress,
 * which the caller begins and ends, of each row; -1 and `err` if it is
 * interrupted: then they can only be closed.
 */
struct calibration_rows {
    struct calibration *calibration; /* borrowed */
    unsigned first, end;
    uint32_t block;      /* that comes next */
    struct spill hidden; /* f32 [rows][tokens][width]: its input */
};

void calibration_rows_open(struct calibration_rows *rows,
                           struct calibration *calibration, unsigned first,
                           unsigned end);
void calibration_rows_begin(struct calibration_rows *rows, unsigned workers);
int calibration_rows_pass(struct calibration_rows *rows, struct gram *gram,
                          const struct work *work, struct error *err);
size_t calibration_rows_count(const struct calibration_rows *rows);
void calibration_rows_close(struct calibration_rows *rows);

/* All passes of eighths first .. end - 1.  -1 and `err` if it is interrupted.
 */
int calibration_add(struct calibration *calibration, unsigned first,
                    unsigned end, const struct work *work, struct error *err);

/* -1 and `err` if an input is not finite. */
int calibration_finish(struct calibration *calibration, struct error *err);
void calibration_release(struct calibration *calibration);

/* All of it at once; the progress is begun and ended.  -1 and `err`; nothing is
 * then to be released. */
int calibration_measure(struct calibration *calibration,
                        const struct model *model,
                        const struct model_tokens *tokens, uint32_t sample,
                        const struct work *work, struct error *err);

/* The row where an eighth begins; of EIGHTHS, the number of rows. */
size_t calibration_cut(const struct calibration *calibration, unsigned eighth);

/*
 * One eighth as a file: sealed, and marked with `identity` (of what all of it
 * will be) and its number; through all blocks, or with `rows` of it on their
 * way, whose states then lie in it.  load is 0 if it was there and is it, 1 if
 * not: then it is to be measured.  With `rows`, which are open, it takes up
 * what stands at any block, else only what is through all.
 */
struct calibration_file {
    const char *identity, *path;
    unsigned eighth;
    struct calibration_rows *rows; /* or NULL */
};

int calibration_save(const struct calibration *calibration,
                     const struct calibration_file *file, struct error *err);
int calibration_load(struct calibration *calibration,
                     const struct calibration_file *file);
