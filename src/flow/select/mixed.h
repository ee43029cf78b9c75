/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/select/method.h"
#include "flow/select/scopes.h"

/*
 * Scopes that mix two patterns, so that a method which chooses for whole blocks
 * prunes as much as is asked, and not a step more: only then can its perplexity
 * be held against another's.
 *
 * The layers of a scope get its sparser or its denser pattern, in layer order,
 * the denser one as soon as what is kept stays within what is due by then; what
 * one scope is short of goes to the next.  All of it is counted in weights that
 * are kept.
 */
struct mix {
    struct pattern sparser, denser;
    double share; /* of the denser one, 0 .. 1 */
};

/* Gives every layer its pattern. */
void mixed_deal(struct plan *plan, const struct scopes *scopes,
                const struct mix *mix);

/*
 * The mixes of the two offered patterns around wanted densities [scopes], all
 * of which are shifted by one constant, and then clipped to what is offered,
 * until they keep as much as the sparsity allows.  Returns the constant.
 */
double mixed_shift(struct mix *mix, const struct plan *plan,
                   const struct selection *selection,
                   const struct scopes *scopes, const double *wanted);

/*
 * The least cost within the sparsity if a scope may be a mix: the relaxation of
 * the method's programme, in which at most one scope is one.  On each scope's
 * lower convex hull of costs over kept weights, the steps that gain most for a
 * weight come first, of equal ones those of lower scopes.  cost
 * [scopes][patterns]; dense costs 0.  Returns the total.
 */
double mixed_relax(struct mix *mix, const struct plan *plan,
                   const struct selection *selection,
                   const struct scopes *scopes, const double *cost);
