/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * An order of channels in which groups of M neighbours lose little: the sum of
 * the scores that are kept, N of each group and output, is made large.
 *
 * In at most 6 rounds of M repetitions, until a round adds less than 1e-4 of
 * what is kept: one channel is taken out of every group, at a random place in
 * each, and they are put back by the best assignment of channels to groups,
 * which is never worse than as they were.  With t the N-th largest score of
 * what is left of a group, a channel of score s adds max(0, s - t) there, over
 * all outputs.
 */
struct channel_scores {
    const float *score; /* [outputs][channels], at least 0 */
    size_t outputs;
    uint32_t n; /* of M, under it */
};

struct channel_problem {
    uint32_t channels; /* a multiple of M */
    uint32_t m;
    const struct channel_scores *reader;
    size_t readers;
    uint64_t seed;
    unsigned workers; /* as for parallel_for() */
};

/* order [channels]: from some order to a better one.  Returns by what share
 * of itself the kept score rose. */
double channel_order_improve(uint32_t *order,
                             const struct channel_problem *problem);
