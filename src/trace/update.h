/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

/*
 * What masks are made from: a score with a formula (score.h), or what an update
 * finds by itself.
 */
enum score { SCORE_WANDA, SCORE_MAGNITUDE, SCORE_SPARSEGPT, SCORE_ADMM };

extern const char *const score_names[];         /* in that order, NULL ended */
extern const char *const score_formula_names[]; /* only those with a formula */

bool score_has_formula(enum score score);

/*
 * What happens to the weights that are kept, by name.  Those ending in "-dense"
 * look at the inputs of the dense model, which the recorded trace has the Gram
 * matrices of; the others at the inputs as they are when all that comes before
 * is pruned and updated.
 */
enum update {
    UPDATE_NONE,
    UPDATE_SPARSEGPT,
    UPDATE_SPARSEGPT_DENSE,
    UPDATE_REFIT,
    UPDATE_REFIT_DENSE,
    UPDATE_ADMM,
    UPDATE_ADMM_DENSE,
    UPDATE_RECONSTRUCT,
    UPDATES
};

extern const char *const update_names[]; /* in that order, NULL at the end */

/* UPDATES if there is none of that name. */
enum update update_find(const char *name);

/* Whether it looks at inputs behind pruned layers. */
bool update_in_sequence(enum update update);

/* Whether what the dense model has and the pruned one lacks can be made up for
 * before it: an update that looks at inputs behind pruned layers, but for
 * reconstruct, which trains on the dense model's outputs anyway. */
bool update_may_propagate(enum update update);

/* Whether it needs the trace's Gram matrices. */
bool update_from_trace(enum update update);

/* The score that stands for the update's own masks: SPARSEGPT or ADMM.  Refit
 * has SparseGPT's, and reconstruct starts from ADMM's unless told. */
enum score update_own_score(enum update update);

/* What happens to a layer when its turn comes, with masks by that score: the
 * update itself; of reconstruct what it starts from: ADMM, REFIT (SparseGPT's
 * masks) or NONE (the masks of a formula). */
enum update update_of_layer(enum update update, enum score score);
