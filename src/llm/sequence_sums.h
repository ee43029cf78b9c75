/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "base/spill.h"
#include "llm/sequence.h"

/* Rows on their way and what is known of their inputs, for the files of
 * sequence.h alone. */

/* What is known of one distinct input of the block. */
struct sight {
    size_t layer; /* the first that has it */
    uint32_t inputs;
    double *x;           /* [room][tokens][K] */
    double *mean_square; /* [K] */
    double *gram;        /* [K][K], or NULL */
    uint32_t *seen;      /* [room]: tokens of the rows that run */
    uint64_t tokens;     /* of all; an expert does not see all */
    double *beside;      /* [room][tokens][K]: of the dense model */
    double *apart;       /* [room][tokens][width]: what is lacking */
    double *cross;       /* [K][K], or NULL */
    double *lack;        /* [width][K], or NULL */
    atomic_bool adds;    /* the layer was seen to write to the stream */
};

struct sequence {
    const struct model *model;
    const struct model_tokens *tokens;
    unsigned workers;
    struct model_scratch **scratch; /* [workers], made when needed */
    size_t row_size;                /* tokens * width */
    struct spill rows_at;           /* where they are */
    float *hidden;                  /* [rows][tokens][width] */
    float *trial;                   /* [workers][tokens][width] */
    struct sight *sight;
    size_t sights;
    const struct model_block *block;
    uint32_t number; /* of the block that the rows are in */
    uint32_t *place; /* [rows]: the sublayer that each stands before, or
                        SEQUENCE_BEHIND; 0 until they pass if rows stay */
    bool stays;
    struct sequence *dense; /* that is looked at beside; or NULL */
    const struct model_block *dense_block;
    size_t together, room; /* rows of a product, and that run at once */
    size_t first, rows;    /* that do now */
    size_t looked;         /* that are in the sums of what is looked at */
    struct sight restored; /* sums of `restored_rows` rows, if that is not 0 */
    size_t restored_rows;
    struct sequence_keeper keeper; /* .keep may be NULL */
};

/* Adds the rows that run now to the sums of all sights. */
void sequence_add_rows(struct sequence *sequence);

/* Takes up sums that were restored, if they are of this input. */
void sequence_take_up(struct sequence *sequence, struct sight *sight);
void sight_release(struct sight *sight);

/* All rows are added: means, and both halves of what is symmetric. */
void sight_finish(struct sight *sight);
