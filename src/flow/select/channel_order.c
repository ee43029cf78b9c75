/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exchanges between groups, many at once.  A repetition's channels are one of
 * each group, so that an assignment says where all of them go together, and
 * what a channel adds to a group does not depend on where the others go: the
 * best assignment is the best of all (K / M)! ways at the price of its cube.
 *
 * For every output the thresholds of its groups are found once (the N-th
 * largest of the M - 1 that stay); then the gains are sums over outputs, a row
 * of them a job, each in the order of outputs, so that any number of workers
 * gives the same bits.
 */
#include "flow/select/channel_order.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "flow/select/assignment.h"
#include "trace/pattern.h"

enum { ROUNDS = 6 };
static const double least_gain = 1e-4;

struct ordering {
    const struct channel_problem *problem;
    uint32_t *order;
    uint32_t groups;
    uint32_t *out; /* [groups]: the place that is taken out of each */
    float **rest;  /* [readers][outputs][groups]: thresholds */
    double *gain;  /* [groups][groups]: of group i's channel in group g */
    uint32_t *to;
};

/* The `n`-th largest of some scores, 0 if they are fewer. */
static float nth_largest(const float *scores, uint32_t count, uint32_t n)
{
    float largest[PATTERN_MAX_M];
    uint32_t held = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = held < n ? held++ : n;

        while (at > 0 && largest[at - 1] < scores[i]) {
            if (at < n)
                largest[at] = largest[at - 1];
            at--;
        }
        if (at < n)
            largest[at] = scores[i];
    }
    return held < n ? 0 : largest[n - 1];
}

struct threshold_job {
    struct ordering *ordering;
    size_t reader;
};

static void find_threshold(void *context, size_t output, unsigned worker)
{
    const struct threshold_job *job = context;
    const struct ordering *ordering = job->ordering;
    const struct channel_problem *problem = ordering->problem;
    const struct channel_scores *reader = &problem->reader[job->reader];
    const float *score = reader->score + output * problem->channels;
    float *rest = ordering->rest[job->reader] + output * ordering->groups;
    uint32_t m = problem->m;

    (void)worker;
    for (uint32_t g = 0; g < ordering->groups; g++) {
        const uint32_t *place = ordering->order + (size_t)g * m;
        float left[PATTERN_MAX_M];
        uint32_t count = 0;

        for (uint32_t i = 0; i < m; i++) {
            if (i != ordering->out[g])
                left[count++] = score[place[i]];
        }
        rest[g] = nth_largest(left, count, reader->n);
    }
}

static void find_gains(void *context, size_t group, unsigned worker)
{
    const struct ordering *ordering = context;
    const struct channel_problem *problem = ordering->problem;
    uint32_t groups = ordering->groups;
    uint32_t channel =
        ordering->order[group * problem->m + ordering->out[group]];
    double *gain = ordering->gain + group * groups;

    (void)worker;
    memset(gain, 0, groups * sizeof *gain);
    for (size_t r = 0; r < problem->readers; r++) {
        const struct channel_scores *reader = &problem->reader[r];

        for (size_t o = 0; o < reader->outputs; o++) {
            const float *rest = ordering->rest[r] + o * groups;
            float score = reader->score[o * problem->channels + channel];

            for (uint32_t g = 0; g < groups; g++) {
                float more = score - rest[g];

                gain[g] += (double)(more > 0 ? more : 0);
            }
        }
    }
}

/* What all outputs keep: of each group the N largest. */
static double kept_score(const struct ordering *ordering)
{
    const struct channel_problem *problem = ordering->problem;
    uint32_t m = problem->m;
    double sum = 0;

    for (size_t r = 0; r < problem->readers; r++) {
        const struct channel_scores *reader = &problem->reader[r];

        for (size_t o = 0; o < reader->outputs; o++) {
            const float *score = reader->score + o * problem->channels;

            for (uint32_t g = 0; g < ordering->groups; g++) {
                float group[PATTERN_MAX_M], least;
                uint32_t over = 0;

                for (uint32_t i = 0; i < m; i++)
                    group[i] = score[ordering->order[g * m + i]];
                least = nth_largest(group, m, reader->n);
                for (uint32_t i = 0; i < m; i++) {
                    sum += group[i] > least ? (double)group[i] : 0;
                    over += group[i] > least;
                }
                sum += (reader->n - over) * (double)least;
            }
        }
    }
    return sum;
}

/* Returns how much the kept score rises. */
static double repeat_once(struct ordering *ordering, uint64_t *random)
{
    const struct channel_problem *problem = ordering->problem;
    uint32_t groups = ordering->groups, m = problem->m;
    uint32_t *moved = memory_new(groups, sizeof *moved);
    double before = 0, after = 0;

    for (uint32_t g = 0; g < groups; g++)
        ordering->out[g] = (uint32_t)random_below(random, m);
    for (size_t r = 0; r < problem->readers; r++)
        parallel_for(problem->workers, problem->reader[r].outputs,
                     find_threshold, &(struct threshold_job){ ordering, r });
    parallel_for(problem->workers, groups, find_gains, ordering);
    assignment_best(ordering->to, ordering->gain, groups);
    for (uint32_t g = 0; g < groups; g++) {
        before += ordering->gain[(size_t)g * groups + g];
        after += ordering->gain[(size_t)g * groups + ordering->to[g]];
        moved[g] = ordering->order[(size_t)g * m + ordering->out[g]];
    }
    for (uint32_t g = 0; after > before && g < groups; g++) {
        uint32_t to = ordering->to[g];

        ordering->order[(size_t)to * m + ordering->out[to]] = moved[g];
    }
    free(moved);
    return after > before ? after - before : 0;
}

static void ordering_begin(struct ordering *ordering,
                           const struct channel_problem *problem)
{
    uint32_t groups = problem->channels / problem->m;

    ordering->groups = groups;
    ordering->out = memory_new(groups, sizeof *ordering->out);
    ordering->to = memory_new(groups, sizeof *ordering->to);
    ordering->gain =
        memory_new((size_t)groups * groups, sizeof *ordering->gain);
    ordering->rest = memory_new(problem->readers, sizeof *ordering->rest);
    for (size_t r = 0; r < problem->readers; r++)
        ordering->rest[r] =
            memory_new(problem->reader[r].outputs * groups, sizeof(float));
}

static void ordering_end(struct ordering *ordering)
{
    for (size_t r = 0; r < ordering->problem->readers; r++)
        free(ordering->rest[r]);
    free(ordering->rest);
    free(ordering->gain);
    free(ordering->to);
    free(ordering->out);
}

double channel_order_improve(uint32_t *order,
                             const struct channel_problem *problem)
{
    struct ordering ordering = { .problem = problem, .order = order };
    uint64_t random = problem->seed;
    double kept, risen = 0, round = 1;

    assert(problem->m > 1 && problem->channels % problem->m == 0);
    ordering_begin(&ordering, problem);
    kept = kept_score(&ordering);
    for (unsigned i = 0; i < ROUNDS && kept > 0 && round >= least_gain; i++) {
        round = 0;
        for (uint32_t r = 0; r < problem->m; r++)
            round += repeat_once(&ordering, &random);
        risen += round;
        round /= kept;
    }
    ordering_end(&ordering);
    return kept > 0 ? risen / kept : 0;
}
