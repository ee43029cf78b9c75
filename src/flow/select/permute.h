/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/select/method.h"

/*
 * Orders a model's channels (llm/fold.h) for a finished plan, so that its
 * groups of M, which then are not of neighbours, keep more.  What a weight is
 * worth is
 *
 *     w^2 / (H^-1)[k][k]     if the plan updates (hessian.h, the dense model's)
 *     A^2                    else, A the plan's score
 *
 * of each layer divided by tr W H W^T, which its outputs are worth; the gain of
 * all layers that read a set counts together (channel_order.h).  Dense layers
 * do not count.  A set stays as it is if its readers' groups are of different
 * sizes, or do not come out even.
 *
 * The trace must have Gram matrices, and the selection the model.  What was
 * done is said in the plan's parameters and its reason.  -1 and `err`
 * (ERROR_DATA) if a Hessian cannot be inverted, or it is interrupted.
 */
int permute_plan(struct plan *plan, const struct selection *selection,
                 struct error *err);
