/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Masks from scores.  Free masks: each output keeps its N largest of M.  Masks
 * that agree share one select among a run of outputs, so the run chooses pairs
 * of inputs together; slots are taken one by one, the one that gains most over
 * all rows first. That greedy choice is exact, because a pair's second slot
 * never gains more than its first.
 *
 * Outputs are independent, or runs of them are: those are the workers' jobs,
 * and any number of workers gives the same masks.
 */
#include "flow/prune/mask.h"

#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/parallel.h"

/* A weight is kept if fewer than n others of its group come before it. */
static void mask_group(uint8_t *mask, const double *scores, uint32_t size,
                       uint32_t n)
{
    for (uint32_t i = 0; i < size; i++) {
        uint32_t before = 0;

        for (uint32_t j = 0; j < i; j++)
            before += scores[j] >= scores[i];
        for (uint32_t j = i + 1; j < size; j++)
            before += scores[j] > scores[i];
        mask[i] = before < n;
    }
}

void mask_row(uint8_t *mask, const double *scores, uint32_t inputs,
              struct pattern pattern)
{
    if (pattern_is_dense(pattern)) {
        memset(mask, 1, inputs);
        return;
    }
    for (uint32_t k = 0; k < inputs; k += pattern.m)
        mask_group(mask + k, scores + k,
                   inputs - k < pattern.m ? inputs - k : pattern.m, pattern.n);
}

/* The kept-th largest of some scores, which are put in another order: the part
 * in which it lies is split by one of its scores until no other is left.  The
 * middle one is taken, as scores that are sorted already are then split evenly.
 */
static double mask_threshold(double *scores, uint32_t count, uint32_t kept)
{
    uint32_t first = 0, last = count - 1, wanted = kept - 1;

    while (first < last) {
        double pivot = scores[first + (last - first) / 2];
        uint32_t i = first, j = last;

        for (;;) { /* before i none is under the pivot, behind j none over it */
            while (scores[i] > pivot)
                i++;
            while (scores[j] < pivot)
                j--;
            if (i >= j)
                break;
            double other = scores[i];

            scores[i++] = scores[j];
            scores[j--] = other;
        }
        if (wanted <= j)
            last = j;
        else
            first = j + 1;
    }
    return scores[wanted];
}

void mask_largest(uint8_t *mask, const double *scores, uint32_t inputs,
                  uint32_t kept)
{
    double *room = memory_new(inputs, sizeof *room), threshold;
    uint32_t equal = kept; /* of the threshold, that are kept */

    if (kept == 0 || kept >= inputs) {
        memset(mask, kept > 0, inputs);
        free(room);
        return;
    }
    memcpy(room, scores, inputs * sizeof *room);
    threshold = mask_threshold(room, inputs, kept);
    free(room);
    for (uint32_t k = 0; k < inputs; k++)
        equal -= scores[k] > threshold;
    for (uint32_t k = 0; k < inputs; k++) {
        mask[k] = scores[k] > threshold;
        if (scores[k] == threshold && equal > 0) {
            mask[k] = 1;
            equal--;
        }
    }
}

/* What the first and the second slot of a pair gain, over all rows. */
static void pair_gains(double gain[2], const double *scores, uint32_t rows,
                       uint32_t inputs, bool whole)
{
    gain[0] = gain[1] = 0;
    for (size_t o = 0; o < rows; o++) {
        double a = scores[o * inputs] * scores[o * inputs];
        double b = whole ? scores[o * inputs + 1] * scores[o * inputs + 1] : -1;

        gain[0] += a >= b ? a : b;
        gain[1] += a >= b ? b : a;
    }
}

/* Slots of each pair of one group: greedy, n in all. */
static void choose_slots(uint32_t *slots, const double *scores, uint32_t rows,
                         uint32_t inputs, uint32_t size, uint32_t n)
{
    uint32_t pairs = (size + 1) / 2;
    double gain[PATTERN_MAX_M / 2][2];

    for (uint32_t p = 0; p < pairs; p++) {
        pair_gains(gain[p], scores + 2 * (size_t)p, rows, inputs,
                   2 * p + 1 < size);
        slots[p] = 0;
    }
    for (uint32_t i = 0; i < n && i < size; i++) {
        uint32_t best = pairs;

        for (uint32_t p = 0; p < pairs; p++) {
            uint32_t room = 2 * p + 1 < size ? 2 : 1;

            if (slots[p] < room &&
                (best == pairs || gain[p][slots[p]] > gain[best][slots[best]]))
                best = p;
        }
        slots[best]++;
    }
}

static void mask_group_rows(uint8_t *mask, const double *scores, uint32_t rows,
                            uint32_t inputs, uint32_t size, uint32_t n)
{
    uint32_t slots[PATTERN_MAX_M / 2];

    choose_slots(slots, scores, rows, inputs, size, n);
    for (size_t o = 0; o < rows; o++) {
        for (uint32_t k = 0; k < size; k += 2)
            mask_group(mask + o * inputs + k, scores + o * inputs + k,
                       k + 1 < size ? 2 : 1, slots[k / 2]);
    }
}

void mask_rows(uint8_t *mask, const double *scores, uint32_t rows,
               uint32_t inputs, struct pattern pattern)
{
    if (pattern_is_dense(pattern)) {
        memset(mask, 1, (size_t)rows * inputs);
        return;
    }
    for (uint32_t k = 0; k < inputs; k += pattern.m)
        mask_group_rows(mask + k, scores + k, rows, inputs,
                        inputs - k < pattern.m ? inputs - k : pattern.m,
                        pattern.n);
}

void mask_blocks(uint8_t *mask, const double *scores, uint32_t rows,
                 uint32_t inputs, struct pattern pattern)
{
    double *sums = memory_new(inputs, sizeof *sums);

    for (size_t i = 0; i < (size_t)rows * inputs; i++)
        sums[i % inputs] += scores[i] * scores[i];
    mask_row(mask, sums, inputs, pattern);
    for (size_t o = 1; o < rows; o++)
        memcpy(mask + o * inputs, mask, inputs);
    free(sums);
}

void mask_run(uint8_t *mask, const double *scores, uint32_t rows,
              uint32_t inputs, const struct mask_rule *rule)
{
    struct pattern pattern = rule->pattern;

    if (rule->way == MASK_BLOCKS) {
        mask_blocks(mask, scores, rows, inputs, pattern);
        return;
    }
    if (rule->agreement > 1) {
        mask_rows(mask, scores, rows, inputs, pattern);
        return;
    }
    for (size_t o = 0; o < rows; o++) {
        if (rule->way == MASK_UNSTRUCTURED)
            mask_largest(mask + o * inputs, scores + o * inputs, inputs,
                         pattern_kept(pattern, inputs));
        else
            mask_row(mask + o * inputs, scores + o * inputs, inputs, pattern);
    }
}

/* Rows are handed out in runs: those that agree, or a band of free ones. */
enum { BAND = 32 };

struct job {
    const struct scored *layer;
    struct mask_rule rule;
    uint32_t run;   /* rows */
    uint8_t *mask;  /* [O][K], or NULL */
    float *weights; /* [O][K], or NULL */
};

static void mask_job(void *context, size_t run, unsigned worker)
{
    const struct job *job = context;
    size_t inputs = job->layer->inputs, first = run * job->run;
    uint32_t left = job->layer->outputs - (uint32_t)first;
    uint32_t rows = (uint32_t)min(left, job->run);
    double *scores = memory_new(rows * inputs, sizeof *scores);
    uint8_t *mask = memory_new(rows * inputs, 1);

    (void)worker;
    for (size_t o = 0; o < rows; o++)
        score_row(scores + o * inputs,
                  job->layer->weights + (first + o) * inputs, job->layer->root,
                  job->layer->inputs);
    mask_run(mask, scores, rows, job->layer->inputs, &job->rule);
    if (job->mask)
        memcpy(job->mask + first * inputs, mask, rows * inputs);
    for (size_t i = 0; job->weights && i < rows * inputs; i++) {
        if (!mask[i])
            job->weights[first * inputs + i] = 0;
    }
    free(mask);
    free(scores);
}

static void mask_all(struct job *job)
{
    uint32_t outputs = job->layer->outputs;

    job->run = job->rule.agreement > 1 ? job->rule.agreement : BAND;
    parallel_for(job->rule.workers, divide_up(outputs, job->run), mask_job,
                 job);
}

void mask_layer(uint8_t *mask, const struct scored *layer,
                struct mask_rule rule)
{
    struct job job = { .layer = layer, .rule = rule, .mask = mask };

    mask_all(&job);
}

void mask_apply(float *weights, const struct scored *layer,
                struct mask_rule rule)
{
    struct job job = { .layer = layer, .rule = rule, .weights = weights };

    if (!pattern_is_dense(rule.pattern))
        mask_all(&job);
}
