/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "flow/select/census.h"
#include "flow/select/choose.h"
#include "flow/prune/mask.h"

/*
 * Error: the share of the score's energy that a pattern removes from a layer,
 *
 *     cost = O * K * (sum of A^2 of what is pruned) / (sum of A^2)
 *
 * Without the factor O * K small layers would be bought for nothing.
 */
struct energy {
    const struct selection *selection;
    double *cost; /* [layers][patterns] */
    pthread_mutex_t mutex;
    struct error *err;
    int status;
};

/* A^2 of one layer's weights. */
struct squares {
    double *at; /* [O][K] */
    size_t size;
    double total;
};

static void squares_init(struct squares *squares, const struct scored *layer)
{
    *squares = (struct squares){
        .size = (size_t)layer->outputs * layer->inputs,
    };
    squares->at = memory_new_aligned(squares->size, sizeof *squares->at);
    for (size_t o = 0; o < layer->outputs; o++) {
        double *row = squares->at + o * layer->inputs, sum = 0;

        score_row(row, layer->weights + o * layer->inputs, layer->root,
                  layer->inputs);
        for (uint32_t k = 0; k < layer->inputs; k++) {
            row[k] *= row[k];
            sum += row[k];
        }
        squares->total += sum;
    }
}

static void error_add_layer(const struct energy *energy, size_t number,
                            const struct scored *layer)
{
    const struct selection *selection = energy->selection;
    size_t patterns = selection->patterns.count;
    struct squares squares;
    uint8_t *mask;

    squares_init(&squares, layer);
    mask = memory_new(squares.size, 1);
    for (size_t p = 0; p < patterns; p++) {
        double removed = 0;

        mask_layer(mask, layer,
                   (struct mask_rule){ selection->patterns.at[p],
                                       selection->agreement, 1,
                                       selection->way });
        for (size_t i = 0; i < squares.size; i++)
            removed += mask[i] ? 0 : squares.at[i];
        if (squares.total > 0)
            energy->cost[number * patterns + p] =
                (double)squares.size * removed / squares.total;
    }
    free(mask);
    free(squares.at);
}

static void error_measure_layer(void *context, size_t number, unsigned worker)
{
    struct energy *energy = context;
    struct scored layer;
    struct error err;

    (void)worker;
    if (stop_requested())
        return;
    if (census_read(&layer, energy->selection, number, &err) < 0) {
        pthread_mutex_lock(&energy->mutex);
        *energy->err = err;
        energy->status = -1;
        pthread_mutex_unlock(&energy->mutex);
        return;
    }
    error_add_layer(energy, number, &layer);
    census_release(&layer);
    progress_add(energy->selection->work.progress, 1);
}

static int error_measure(double *cost, const struct selection *selection,
                         struct error *err)
{
    struct energy energy = { .selection = selection,
                             .cost = cost,
                             .mutex = PTHREAD_MUTEX_INITIALIZER,
                             .err = err };

    progress_begin(selection->work.progress, "error", selection->trace->layers,
                   "layers");
    parallel_for(selection->work.workers, selection->trace->layers,
                 error_measure_layer, &energy);
    progress_end(selection->work.progress);
    return energy.status < 0 ? -1 : stop_check(err);
}

static int error_explain(struct plan *plan, const struct selection *selection,
                         const struct scopes *scopes, struct error *err)
{
    (void)selection, (void)err;
    for (size_t s = 0; s < scopes->count; s++) {
        const struct scope_run *run = &scopes->run[s];

        for (size_t i = run->first; i < run->first + run->layers; i++)
            plan_set(
                &plan->layer[i].reason,
                memory_printf("removes %.4g of the score's energy",
                              plan->layer[i].score / (double)run->weights));
    }
    return 0;
}

static int select_error(struct plan *plan, const struct selection *selection,
                        struct error *err)
{
    static const struct choose_measured way = { error_measure, error_explain };

    return choose_measured(plan, selection, &way, err);
}

const struct method method_error = {
    .name = "error",
    .summary = "removes the least of the score's energy, layer by layer",
    .patterns = "1:8,2:8,3:8,4:8,5:8,6:8,dense",
    .scope = SCOPE_LAYER,
    .needs_model = true,
    .takes_budget = true,
    .select = select_error,
};
