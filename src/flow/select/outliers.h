/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "flow/prune/score.h"
#include "trace/pattern.h"

/*
 * Outliers of a scope (a layer, or the layers of a decoder block): weights
 * whose score is over h times the mean score of the scope.  All are counted.
 *
 *   presence      their share of the weights, 0..1
 *   lost[p]       how many a mask of pattern p must prune: the sum over outputs
 *                 and groups (the ragged one included) of max(0, c - N), with c
 *                 the outliers of the group; 0 for dense
 *   distribution  the intra-group correlation of the counts c in full groups of
 *                 G = 4: 0 is what chance gives at the same density per output,
 *                 1 whole groups, -1/3 as even as can be
 *
 * G is the smallest M over 2: clustering that a group of 8 evens out shows as
 * crowding in fours.
 */
enum { OUTLIER_GROUP = 4 };

struct outliers {
    uint64_t weights;
    uint64_t count;
    uint64_t lost[PATTERN_LIST_MAX]; /* in the order of the pattern list */
    double spread; /* sum of (c - G * share of the output)^2 */
    double chance; /* what the same sum is expected to be by chance */
};

/* Adds one output: outlier[k] is 1 or 0. */
void outliers_add_row(struct outliers *outliers, const uint8_t *outlier,
                      uint32_t inputs, const struct pattern_list *patterns);

/* Adds a layer, whose outliers are the scores strictly over `threshold`. */
void outliers_add_layer(struct outliers *outliers, const struct scored *layer,
                        double threshold, const struct pattern_list *patterns);

/* Adds up what two parts of a scope gave. */
void outliers_merge(struct outliers *sum, const struct outliers *part,
                    const struct pattern_list *patterns);

double outliers_presence(const struct outliers *outliers);
double outliers_distribution(const struct outliers *outliers);
