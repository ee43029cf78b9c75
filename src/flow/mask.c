/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/mask.h"

#include <stdlib.h>
#include <string.h>

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

/* Outputs that share a mask: that of the sums of their scores. */
struct job {
    const struct scored *layer;
    struct pattern pattern;
    uint32_t agreement;
    uint8_t *mask;  /* [O][K], or NULL */
    float *weights; /* [O][K], or NULL */
};

/* Rows are handed out in bands of whole runs of outputs that share a mask, so
 * that a band has its own scratch memory. */
enum { BAND = 32 };

static uint32_t band_outputs(const struct job *job)
{
    return (BAND + job->agreement - 1) / job->agreement * job->agreement;
}

struct scratch {
    double *sum, *row;
    uint8_t *mask;
};

static void score_run(const struct job *job, size_t from, size_t to,
                      struct scratch *scratch)
{
    uint32_t inputs = job->layer->inputs;

    score_row(scratch->sum, job->layer->weights + from * inputs,
              job->layer->root, inputs);
    for (size_t o = from + 1; o < to; o++) {
        score_row(scratch->row, job->layer->weights + o * inputs,
                  job->layer->root, inputs);
        for (uint32_t k = 0; k < inputs; k++)
            scratch->sum[k] += scratch->row[k];
    }
}

static void mask_run(const struct job *job, size_t from, size_t to,
                     struct scratch *scratch)
{
    size_t inputs = job->layer->inputs;

    score_run(job, from, to, scratch);
    mask_row(scratch->mask, scratch->sum, job->layer->inputs, job->pattern);
    for (size_t o = from; o < to; o++) {
        if (job->mask)
            memcpy(job->mask + o * inputs, scratch->mask, inputs);
        for (size_t k = 0; job->weights && k < inputs; k++) {
            if (!scratch->mask[k])
                job->weights[o * inputs + k] = 0;
        }
    }
}

static void mask_band(void *context, size_t band, unsigned worker)
{
    const struct job *job = context;
    size_t outputs = job->layer->outputs, wide = band_outputs(job),
           end = (band + 1) * wide < outputs ? (band + 1) * wide : outputs;
    struct scratch scratch = {
        memory_new(job->layer->inputs, sizeof(double)),
        memory_new(job->layer->inputs, sizeof(double)),
        memory_new(job->layer->inputs, 1),
    };

    (void)worker;
    for (size_t o = band * wide; o < end; o += job->agreement)
        mask_run(job, o, o + job->agreement < end ? o + job->agreement : end,
                 &scratch);
    free(scratch.mask);
    free(scratch.row);
    free(scratch.sum);
}

static void do_bands(const struct job *job, unsigned workers)
{
    uint32_t wide = band_outputs(job);

    parallel_for(workers, (job->layer->outputs + wide - 1) / wide, mask_band,
                 (void *)(uintptr_t)job);
}

void mask_layer_shared(uint8_t *mask, const struct scored *layer,
                       struct pattern pattern, uint32_t agreement,
                       unsigned workers)
{
    const struct job job = { layer, pattern, agreement, mask, NULL };

    do_bands(&job, workers);
}

void mask_layer(uint8_t *mask, const struct scored *layer,
                struct pattern pattern, unsigned workers)
{
    mask_layer_shared(mask, layer, pattern, 1, workers);
}

void mask_apply_shared(float *weights, const struct scored *layer,
                       struct pattern pattern, uint32_t agreement,
                       unsigned workers)
{
    const struct job job = { layer, pattern, agreement, NULL, weights };

    if (!pattern_is_dense(pattern))
        do_bands(&job, workers);
}

void mask_apply(float *weights, const struct scored *layer,
                struct pattern pattern, unsigned workers)
{
    mask_apply_shared(weights, layer, pattern, 1, workers);
}
