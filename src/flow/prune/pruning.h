/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/prune/prune.h"
#include "flow/prune/stage.h"
#include "llm/sequence.h"

/* Pruning on its way, for the files of prune.h alone. */
struct pruning {
    const struct prune *prune;
    struct sequence *sequence; /* NULL if no rows must run */
    struct sequence *dense;    /* the dense model's; NULL if it is not needed */
    uint32_t next;             /* block */
    uint32_t stands;           /* block at which rows that were kept stand: what
                                  is before it is kept, and not run again */
    uint8_t **mask;            /* [layers], of the last block */
    uint8_t *dampened;         /* [layers], as in struct prune */
    bool keeps;                /* layers that are finished, and the rows */
    double kept, keeping; /* when the rows were last, and seconds it took */
    int kept_badly;       /* -1: that failed, for `failure` */
    struct error failure;
};

/* What a finished layer or block is of; free() it.  Bits are promised for one
 * core of the BLAS. */
char *pruning_identity(const struct prune *prune, const char *what,
                       size_t number);

/* KEEP.WHAT-NUMBER; free() it. */
char *pruning_path(const struct prune *prune, const char *what, size_t number);

/*
 * Files of what is finished, beside prune->keep: layers, the rows at a block,
 * and what a stage's inputs are like, for others.  Loads are 0 if it was there
 * and is it, else 1; saves -1 and `err`.
 */
int pruning_keep_layer(struct pruning *pruning, struct model_block *block,
                       size_t layer, struct error *err);
int pruning_take_layer(struct pruning *pruning, struct model_block *block,
                       size_t layer);
int pruning_keep_rows(const struct pruning *pruning, struct error *err);
void pruning_take_rows(struct pruning *pruning); /* sets `stands` */

/* The rows, if they were not for a while: `context` is the pruning.  Then -1
 * and `err` if that failed, or a stop is asked for. */
void pruning_keep_now_and_then(void *context);
int pruning_check(const struct pruning *pruning, struct error *err);

/* For who misses a layer that rows have gone through: -1. */
int pruning_miss(const struct pruning *pruning, size_t layer,
                 struct error *err);
int pruning_keep_stage(const struct pruning *pruning, size_t first,
                       const struct stage_inputs *inputs, struct error *err);
int pruning_take_stage(const struct pruning *pruning, size_t first,
                       struct stage_inputs *inputs);
void pruning_forget_stage(const struct prune *prune, size_t first);
void pruning_forget(const struct prune *prune); /* all of these files */
void pruning_clear(const struct prune *prune);  /* halves of killed runs */
bool pruning_has_begun(
    const struct prune *prune); /* a layer or stage is there */
