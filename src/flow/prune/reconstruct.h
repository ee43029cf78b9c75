/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/work.h"
#include "llm/model.h"
#include "llm/block.h"
#include "trace/plan.h"

/*
 * Reconstruct: the weights that a pruned block keeps are trained until its
 * output is what the dense block's was, by Adam on
 *
 *     loss = mean of (block(input) - target)^2 / mean of target^2
 *
 * over batches of rows that are drawn with replacement.  Kept weights of pruned
 * layers and all weights of dense ones are trained; norms, biases and the rest
 * are not.  The bits do not depend on the number of workers.
 */
struct reconstruction {
    const struct model *model;
    struct model_block *block; /* its layers' weights are trained */
    uint32_t number;           /* of the block */
    uint8_t *const *mask;      /* of every layer of the model: uint8 [O][K];
                                  NULL: dense */
    const float *input;        /* [rows][tokens][width] */
    const float *target;       /* [rows][tokens][width] */
    size_t rows;
    uint32_t tokens;
    struct plan_reconstruct how;
    double room; /* bytes for rows on their way that no worker waits for; 0: as
                    reconstruct_bytes() has it */
    struct work work;
};

/* What became of the loss, on all rows. */
struct reconstruction_loss {
    double before, after;
};

/* What the training of a block takes: multiplications of its `steps`, and bytes
 * of gradients, of what Adam keeps, and of the rows that are on their way with
 * so many workers (0: of those that are even then). */
double reconstruct_effort(const struct model *model, uint32_t block,
                          uint32_t steps, uint32_t tokens);
size_t reconstruct_bytes(const struct model *model, uint32_t block,
                         uint32_t tokens, unsigned workers);

/* `loss` may be NULL, which saves two passes over the rows.  The progress of
 * `work`, which the caller begins and ends, is told of each step.  -1 and `err`
 * if it is interrupted. */
int reconstruct_run(const struct reconstruction *what,
                    struct reconstruction_loss *loss, struct error *err);
