/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "llm/block.h"
#include "trace/plan.h"

struct prune;
struct pruning;

/*
 * Layers of one input are a stage: what their inputs are like is looked at once
 * for all of them, when all layers that run before are settled.
 */

/* That, as it is in the model that is pruned up to there (sequence.h); nothing
 * if no rows run. */
struct stage_inputs {
    const double *mean_square;  /* [K] */
    double *gram;               /* [K][K]; the stage uses it up; NULL: none */
    const double *cross, *lack; /* beside the dense model; or NULL */
    uint64_t tokens;
    void *own; /* free() it */
};

struct stage_call {
    struct pruning *pruning;
    struct model_block *block, *dense; /* dense: NULL if it is not needed */
    size_t first;                      /* the first layer of the input */
};

/* Layers whose number, counted from the first of their block, leaves `part`
 * when it is divided by `parts`; of one part, all. */
struct stage_share {
    uint32_t part, parts;
};

/* Whether a plan does something with a layer. */
bool stage_settles(const struct plan *plan, size_t layer);

/* Whether something is to be done with one of the input's layers. */
bool stage_is(const struct prune *prune, size_t first);

/* Whether all of its layers were kept; they are in the block then. */
bool stage_take(const struct stage_call *call);

/* All layers of a stage, by whoever helps; what is kept is taken up. */
int stage_run(const struct stage_call *call, struct error *err);

/* Those of a share, of which no file is there, into files; the inputs' is
 * there if the stage needs any.  -1 and `err`. */
int stage_help(const struct stage_call *call, struct stage_share share,
               struct error *err);
