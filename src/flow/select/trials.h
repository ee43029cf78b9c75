/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/select/row_costs.h"
#include "flow/select/tried_layer.h"
#include "llm/block.h"

/*
 * Trials of one decoder block: some rows are run through it as it is, then each
 * of many trials (a layer, a pattern) runs the same rows with that layer
 * pruned, of which only what depends on it is computed (block.h).
 *
 * Layers are pruned one after the other, a few ahead; these, times the rows,
 * are what the workers share.  Whatever the number of workers, a row's numbers
 * are the same.
 */
struct trial {
    size_t layer, pattern;
};

struct trials {
    const struct selection *selection; /* borrowed */
    unsigned workers;
    uint32_t tokens;
    size_t row_size;                /* tokens * width */
    struct model_scratch **scratch; /* [workers] */
    struct tried_layer tried;
    const struct model_block *block; /* at hand; borrowed */
    struct block_memo **memo;        /* [rows] */
    size_t rows;                     /* with a memo */
    float **weights;                 /* [workers] */
};

void trials_begin(struct trials *trials, const struct selection *selection);
void trials_end(struct trials *trials);

/* How many rows of a block may be tried together, at least 1. */
size_t trials_rows(const struct trials *trials, uint32_t block);

/* The memory of trials of rows of the selection, and of the block. */
struct row_need trials_need(const struct selection *selection, size_t rows);

/* hidden [rows][tokens][width] through the block, in place; from now on trials
 * are of these rows in this block, until trials_leave(). */
void trials_dense(struct trials *trials, const struct model_block *block,
                  uint32_t number, float *hidden, size_t rows);
void trials_leave(struct trials *trials);

/* What is done with a trial's output of a row, on that worker's thread. */
struct trials_taker {
    /* Where it is to be put, f32 [tokens][width]. */
    float *(*room)(void *context, size_t trial, size_t row, unsigned worker);
    void (*take)(void *context, size_t trial, size_t row, const float *hidden);
    void *context;
};

/* All trials with all rows.  -1 and `err`. */
int trials_run(struct trials *trials, const struct trial *trial, size_t count,
               const struct trials_taker *taker, struct error *err);
