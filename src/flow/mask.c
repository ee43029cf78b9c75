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

/* Rows are handed out in bands, so that a band has its own scratch memory. */
enum { BAND = 32 };

struct job {
    const struct scored *layer;
    struct pattern pattern;
    uint8_t *mask;  /* [O][K], or NULL */
    float *weights; /* [O][K], or NULL */
};

static void mask_one(const struct job *job, size_t output, double *scores,
                     uint8_t *scratch)
{
    uint32_t inputs = job->layer->inputs;
    uint8_t *mask = job->mask ? job->mask + output * inputs : scratch;

    score_row(scores, job->layer->weights + output * inputs, job->layer->root,
              inputs);
    mask_row(mask, scores, inputs, job->pattern);
    if (!job->weights)
        return;
    for (uint32_t k = 0; k < inputs; k++) {
        if (!mask[k])
            job->weights[output * inputs + k] = 0;
    }
}

static void mask_band(void *context, size_t band, unsigned worker)
{
    const struct job *job = context;
    double *scores = memory_new(job->layer->inputs, sizeof *scores);
    uint8_t *scratch = memory_new(job->layer->inputs, 1);

    (void)worker;
    for (size_t o = band * BAND; o < (band + 1) * BAND; o++) {
        if (o < job->layer->outputs)
            mask_one(job, o, scores, scratch);
    }
    free(scratch);
    free(scores);
}

void mask_layer(uint8_t *mask, const struct scored *layer,
                struct pattern pattern, unsigned workers)
{
    struct job job = { layer, pattern, mask, NULL };

    parallel_for(workers, (layer->outputs + BAND - 1) / BAND, mask_band, &job);
}

void mask_apply(float *weights, const struct scored *layer,
                struct pattern pattern, unsigned workers)
{
    struct job job = { layer, pattern, NULL, weights };

    if (!pattern_is_dense(pattern))
        parallel_for(workers, (layer->outputs + BAND - 1) / BAND, mask_band,
                     &job);
}
