/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/work.h"
#include "llm/model.h"
#include "llm/block.h"
#include "llm/checkpoint_out.h"
#include "llm/tokens.h"
#include "trace/plan.h"
#include "trace/recorded_trace.h"

/*
 * A plan carried out: masks from the checkpoint's weights and the statistics of
 * the recorded trace that the plan names; or, if the plan says so, from
 * statistics of the inputs as they are behind what is pruned before (all blocks
 * before, and of the same block the layers that run before), and with the kept
 * weights updated (update.h) by statistics of the pruned model or, from the
 * trace, of the dense one.  If the plan orders channels, the model is one that
 * prune_fold() gave; what the trace has is brought into its order.  All parts
 * are borrowed.
 */
struct prune {
    const struct plan *plan;
    const struct recorded_trace *trace;
    const struct model *model;
    const struct model_tokens *tokens; /* all calibration rows of the trace;
                                          may be NULL if the plan needs none */
    bool trial;        /* some of those rows will do: the plan is only tried */
    uint32_t inputs;   /* tokens whose inputs go into the sparse trace, of those
                          that the recorded one has; 0: all */
    const char *keep;  /* the blocks that a reconstruction has finished are kept
                          as files KEEP.block-B, and taken up from there; NULL:
                          none is */
    bool keeps;        /* of other updates, if the work is long (PRUNE_LONG) or
                          shared, layers are kept as well: KEEP.layer-L, and
                          KEEP.rows, where the rows stand, now and then */
    bool keeps_all;    /* and of any, the rows after every few of them */
    uint8_t *dampened; /* out, [layers]: by which power of ten more than its 1 %
                          of dampening a layer's Hessian needed, 0: none;
                          added to what is there; NULL: nobody asks */
    struct work work;
    /* Has others do a part (prune_parts()), and waits for them; NULL: nobody
     * helps. */
    int (*share)(void *context, uint32_t part, struct error *err);
    void *context;
};

/* Multiplications: some ten seconds on a thread. */
#define PRUNE_LONG 2e11

/* Multiplications that carrying the plan out takes: of rows that run and blocks
 * that are trained, which the leader does, and of layers' updates. */
struct prune_effort {
    double rows, layers;
};
struct prune_effort prune_effort(const struct prune *prune);

/* Whether layers that are finished are worth keeping, if `keeps` says so. */
bool prune_is_kept(const struct prune *prune);

/*
 * What others can do, each part in eighths by the number of a layer in its
 * block: the layers of a stage (the part's number is its first layer's) where
 * rows must run before each, else those of a block; 0 if there is nothing to
 * share, since there is no update or it trains whole blocks.  Layers come back
 * as files.
 */
uint32_t prune_parts(const struct prune *prune);
int prune_part(const struct prune *prune, uint32_t part, unsigned eighth,
               struct error *err);

/* Takes the kept blocks away: the work is done. */
void prune_forget(const struct prune *prune);

/* Whether calibration rows must be run to carry the plan out: `tokens`, which
 * select_tokens() reads (all rows that the trace was recorded on). */
bool prune_needs_tokens(const struct plan *plan);

/* The parts must belong together: hashes, names and shapes.  -1 and `err`
 * (ERROR_DATA) with one sentence. */
int prune_check(const struct prune *prune, struct error *err);

/* Whether a machine can run what the plan's masks keep.  -1 and `err`
 * (ERROR_USAGE) if they have no groups. */
int prune_check_masks(const struct plan *plan, struct error *err);

/*
 * Pruning block by block, from the first to the last, each once.  `prune` is
 * checked first, and is borrowed.
 */
struct pruning;

int pruning_begin(struct pruning **pruning, const struct prune *prune,
                  struct error *err);
void pruning_end(struct pruning *pruning); /* NULL is harmless */

/* Sets what the plan prunes of a loaded decoder block to 0, and updates the
 * rest if the plan says so.  Fits model_walk.edit. */
int pruning_block(void *pruning, struct model_block *block, uint32_t number,
                  struct error *err);

/* uint8 [O][K] of a layer of the block that came last; NULL if it is dense. */
const uint8_t *pruning_mask(const struct pruning *pruning, size_t layer);

/* Of which weights the scales of 8 bits are when a plan is carried out: of the
 * dense ones, which the recorded trace has, where only masks are made; else of
 * the updated ones. */
enum model_scales prune_scales(const struct plan *plan);

/* What people should know of `dampened`, a sentence; free() it.  NULL: nothing.
 */
char *prune_dampened_words(const struct prune *prune);

/* The identity that the sparse trace will have (sparse_trace_identity()). */
void prune_identity(const struct prune *prune, char hash[HASH_TEXT]);

/* What is written: the sparse trace, if that is not NULL, as that of a plan
 * must be whose masks no machine runs; and if `folder` is not NULL the pruned
 * model as a checkpoint in it, which must not be there. */
struct prune_files {
    const char *trace, *folder;
    enum checkpoint_numbers numbers; /* of the checkpoint */
    const struct model_tokens *rows; /* on which the cost of rounding to its
                                        numbers is measured; NULL: it is not */
};

/*
 * Writes the sparse trace: the recorded trace's 8-bit weights under the plan's
 * masks (updated ones in 8 bits of their own), and its sample of inputs; then
 * nothing is kept (prune_forget()).  In the checkpoint (checkpoint_out.h) what
 * is pruned is exactly 0, the rest is as it was or was updated to.  `cost`, of
 * rounding, is NaN if it was not measured, and may be NULL.  -1 and `err`; then
 * neither is left.
 */
int prune_write(const struct prune *prune, const struct prune_files *files,
                double *cost, struct error *err);

/*
 * The model as the plan orders its channels, NULL if it leaves them; it goes
 * into `prune`, and into whatever runs the pruned model.  Ends with
 * model_unfold().  -1 and `err` (ERROR_DATA) if the plan is for another model,
 * or a channel cannot be where the plan has it.
 */
int prune_fold(struct model **folded, const struct model *model,
               const struct plan *plan, struct error *err);
