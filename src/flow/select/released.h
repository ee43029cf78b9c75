/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "flow/prune/score.h"

/*
 * What the public code of FLOW computes, in exact arithmetic.
 *
 * Of each decoder block, its layers concatenated in module order, row-major:
 *
 *     O  percentage of scores over h times their mean
 *     D  1 / mean distance between the first 10,000 outlier positions (indices
 *        into the concatenated scores); 0 if there are fewer than two
 *
 * Both are min-max scaled over the blocks.  Then one of 4:8, 4:4, 2:8, 2:4, 8:8
 * a block, the least sum of |N - 8 O| + 4 |M - 8 (1 - D)| whose mean sparsity
 * over blocks, not weighted, equals S; ties go to the first in that order.
 *
 * Where no choice has that mean the public code keeps what its solver left, the
 * relaxation.  Defined so: a vertex of the relaxation has at most one block
 * between two patterns; that block is dropped, all later ones move one forward,
 * and 4:8 fills up the end.
 */
enum { RELEASED_POSITIONS = 10000, RELEASED_PATTERNS = 5 };

extern const struct released_pattern {
    unsigned n, m;
    unsigned pruned; /* quarters of the weights */
} released_patterns[RELEASED_PATTERNS];

/* Collects O and D of one block, layer by layer: first every layer's sum, then,
 * with the threshold known, every layer's outliers. */
struct released_census {
    double threshold;
    uint64_t weights, outliers;
    uint64_t seen;                         /* weights of the layers so far */
    uint64_t position[RELEASED_POSITIONS]; /* of the first outliers */
};

void released_add(struct released_census *census, const struct scored *layer);
double released_presence(const struct released_census *census); /* O */
double released_locality(const struct released_census *census); /* D */

struct released_answer {
    double objective; /* of the programme, or of its relaxation */
    bool relaxed;
    size_t dropped; /* the block that was, if relaxed and under `blocks` */
};

/* As collected, [count] each. */
struct released_blocks {
    const double *presence, *locality;
    size_t count;
};

/*
 * choice [of->count] as indices into released_patterns.  -1 and `err`
 * (ERROR_DATA) if all presences or all localities are equal, where the public
 * code divides by zero, or S is over 0.75.
 */
int released_choose(size_t *choice, const struct released_blocks *of,
                    double sparsity, struct released_answer *answer,
                    struct error *err);
