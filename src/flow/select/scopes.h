/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/select/method.h"

/*
 * The scopes of a plan: runs of its layers that get one pattern together, in
 * layer order, and which pattern each may have.
 *
 * A pattern whose M is over a layer's K is not offered to that layer, nor to a
 * scope that it is part of; dense always is.
 */
struct scope_run {
    size_t first, layers; /* in the plan */
    uint64_t weights;     /* n: O * K of all its layers */
    bool dense;           /* it stays dense */
};

struct scopes {
    size_t count;
    struct scope_run *run;
};

void scopes_init(struct scopes *scopes, const struct plan *plan,
                 enum scope scope, enum scope_ends ends);
void scopes_release(struct scopes *scopes);

bool scope_may(const struct scope_run *run, const struct plan *plan,
               struct pattern pattern);
uint64_t scope_kept(const struct scope_run *run, const struct plan *plan,
                    struct pattern pattern);

/* "block 3", or the name of a scope's only layer.  free() it. */
char *scope_name(const struct scope_run *run, const struct plan *plan);

/* What may be kept at that sparsity: the most k with (n - k) / n >= sparsity,
 * but for rounding. */
uint64_t budget_kept(uint64_t weights, double sparsity);
