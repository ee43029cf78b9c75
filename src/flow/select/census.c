/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/census.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"

int census_read(struct scored *layer, const struct selection *selection,
                size_t number, struct error *err)
{
    const struct recorded_layer *recorded = &selection->trace->layer[number];
    float *weights = memory_new_aligned((size_t)recorded->shape.outputs *
                                            recorded->shape.inputs,
                                        sizeof *weights);
    double *root;

    if (model_weights(selection->model, number, weights, err) < 0) {
        free(weights);
        return -1;
    }
    root = memory_new(recorded->shape.inputs, sizeof *root);
    score_roots(root, score_of_layer(selection->score, recorded),
                recorded->mean_square, recorded->shape.inputs);
    *layer = (struct scored){ weights, root, recorded->shape.inputs,
                              recorded->shape.outputs };
    return 0;
}

void census_release(struct scored *layer)
{
    free((void *)(uintptr_t)layer->weights);
    free((void *)(uintptr_t)layer->root);
    *layer = (struct scored){ 0 };
}

struct count {
    const struct selection *selection;
    const double *threshold; /* [layers]; NULL: sums are wanted */
    double *sum;             /* [layers] */
    struct outliers *part;   /* [layers] */
    pthread_mutex_t mutex;
    struct error *err;
    int status;
};

static void census_fail(struct count *count, const struct error *err)
{
    pthread_mutex_lock(&count->mutex);
    *count->err = *err;
    count->status = -1;
    pthread_mutex_unlock(&count->mutex);
}

static void count_layer(void *context, size_t number, unsigned worker)
{
    struct count *count = context;
    struct scored layer;
    struct error err;

    (void)worker;
    if (stop_requested())
        return;
    if (census_read(&layer, count->selection, number, &err) < 0) {
        census_fail(count, &err);
        return;
    }
    if (count->threshold)
        outliers_add_layer(&count->part[number], &layer,
                           count->threshold[number],
                           &count->selection->patterns);
    else
        count->sum[number] = score_sum(&layer);
    census_release(&layer);
    progress_add(count->selection->work.progress, 1);
}

/* Each layer's threshold is h times the mean of its scope. */
static void thresholds(double *threshold, const double *sum,
                       const struct scopes *scopes, double h)
{
    for (size_t s = 0; s < scopes->count; s++) {
        const struct scope_run *run = &scopes->run[s];
        double total = 0;

        for (size_t i = 0; i < run->layers; i++)
            total += sum[run->first + i];
        for (size_t i = 0; i < run->layers; i++)
            threshold[run->first + i] = h * (total / (double)run->weights);
    }
}

int census_take(struct outliers *outliers, const struct selection *selection,
                const struct scopes *scopes, double h, struct error *err)
{
    size_t layers = selection->trace->layers;
    double *threshold = memory_new(layers, sizeof *threshold);
    struct count count = { .selection = selection,
                           .sum = memory_new(layers, sizeof *count.sum),
                           .part = memory_new(layers, sizeof *count.part),
                           .mutex = PTHREAD_MUTEX_INITIALIZER,
                           .err = err };

    progress_begin(selection->work.progress, "outliers", 2 * layers, "layers");
    parallel_for(selection->work.workers, layers, count_layer, &count);
    thresholds(threshold, count.sum, scopes, h);
    count.threshold = threshold;
    if (count.status == 0)
        parallel_for(selection->work.workers, layers, count_layer, &count);
    progress_end(selection->work.progress);
    if (count.status == 0)
        count.status = stop_check(err);
    for (size_t s = 0; s < scopes->count; s++) {
        outliers[s] = (struct outliers){ 0 };
        for (size_t i = 0; i < scopes->run[s].layers; i++)
            outliers_merge(&outliers[s], &count.part[scopes->run[s].first + i],
                           &selection->patterns);
    }
    free(count.part);
    free(count.sum);
    free(threshold);
    return count.status;
}
