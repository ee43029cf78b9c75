/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cost of a pattern in a layer is how far the whole model's predictions
 * move when that layer alone is pruned.  A trial has to run from its block to
 * the end, so all trials of one block start from the same hidden states, and a
 * batch of them goes through the rest of the model together: each block behind
 * is loaded once for the batch.
 *
 *     block b   dense ------------------------------> b + 1 ... end   reference
 *               trial 1 (layer, pattern) -----------> b + 1 ... end divergence
 *               trial 2 ...
 *
 * That is layers x patterns x (blocks left) block passes: the most expensive
 * method, and the closest to what is wanted.  The hidden states of a batch are
 * what it costs in memory; how many trials a batch has follows from that.
 */
#include "flow/select/sensitivity.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "flow/select/costs.h"
#include "flow/select/divergence.h"
#include "flow/prune/prune.h"
#include "flow/select/tried_layer.h"
#include "llm/walk.h"

/* Hidden states of trials that run through the model together. */
static const size_t batch_bytes = (size_t)1 << 30;

/* One layer with one pattern. */
struct trial {
    size_t layer, pattern;
};

struct measure {
    const struct selection *selection;
    struct model_tokens tokens; /* the samples; borrowed ids */
    double *cost;               /* [layers][patterns] */
    bool *known;
    struct costs *costs;
    size_t rows, row_size; /* row_size: tokens * width */
    unsigned workers;
    struct model_scratch **scratch; /* [workers] */
    struct divergence *divergence;
    float *in;           /* [rows][tokens][width]: of the block, dense */
    float *last;         /* the dense model's last output */
    struct trial *trial; /* of the batch */
    size_t trials, batch;
    float *hidden;    /* [batch][rows][tokens][width] */
    double *row_cost; /* [batch][rows] */
    const struct model_block *block;
    struct tried_layer tried;
    float *at; /* rows that sensitivity_run_rows() works on */
};

static void sensitivity_run_row(void *context, size_t row, unsigned worker)
{
    struct measure *measure = context;

    if (stop_requested())
        return;
    model_block_run(measure->block, measure->scratch[worker],
                    measure->at + row * measure->row_size,
                    measure->tokens.length, row, NULL);
    progress_add(measure->selection->work.progress, 1);
}

/* hidden [rows] through a block, in place. */
static void sensitivity_run_rows(struct measure *measure,
                                 const struct model_block *block, float *hidden,
                                 size_t rows)
{
    measure->block = block;
    measure->at = hidden;
    parallel_for(measure->workers, rows, sensitivity_run_row, measure);
}

static float *trial_hidden(const struct measure *measure, size_t trial)
{
    return measure->hidden + trial * measure->rows * measure->row_size;
}

/* Each trial of the batch through its own block, with its layer pruned. */
static int start_trials(struct measure *measure, struct model_block *block,
                        struct error *err)
{
    const struct selection *selection = measure->selection;
    int status = 0;

    for (size_t t = 0; status == 0 && t < measure->trials; t++) {
        size_t layer = measure->trial[t].layer;
        const struct layer_shape *shape = &selection->trace->layer[layer].shape;
        size_t size = (size_t)shape->outputs * shape->inputs;
        float *weights = model_block_layer(block, layer);
        float *saved = memory_new_aligned(size, sizeof *saved);

        memcpy(saved, weights, size * sizeof *saved);
        status =
            tried_layer_prune(&measure->tried, weights, layer,
                              selection->patterns.at[measure->trial[t].pattern],
                              err);
        memcpy(trial_hidden(measure, t), measure->in,
               measure->rows * measure->row_size * sizeof *measure->in);
        if (status == 0)
            sensitivity_run_rows(measure, block, trial_hidden(measure, t),
                                 measure->rows);
        memcpy(weights, saved, size * sizeof *saved);
        free(saved);
    }
    return status;
}

static void sensitivity_compare_row(void *context, size_t row, unsigned worker)
{
    struct measure *measure = context;

    if (stop_requested())
        return;
    measure->row_cost[row] =
        divergence_row(measure->divergence, row % measure->rows,
                       measure->hidden + row * measure->row_size, worker);
    progress_add(measure->selection->work.progress, 1);
}

static void note_trials(struct measure *measure)
{
    size_t patterns = measure->selection->patterns.count;

    for (size_t t = 0; t < measure->trials; t++) {
        const struct trial *trial = &measure->trial[t];
        double sum = 0;

        for (size_t row = 0; row < measure->rows; row++)
            sum += measure->row_cost[t * measure->rows + row];
        sum /= (double)(measure->rows * measure->tokens.length);
        measure->cost[trial->layer * patterns + trial->pattern] = sum;
        costs_note(measure->costs, trial->layer, trial->pattern, sum);
    }
    costs_save(measure->costs);
    measure->trials = 0;
}

/* The batch from its block on to the end of the model. */
static int finish_trials(struct measure *measure, uint32_t from,
                         struct error *err)
{
    const struct model *model = measure->selection->model;
    size_t rows = measure->trials * measure->rows;

    for (uint32_t b = from + 1; b < model_blocks(model); b++) {
        struct model_block *block;

        if (stop_check(err) < 0 || model_block_load(&block, model, b, err) < 0)
            return -1;
        sensitivity_run_rows(measure, block, measure->hidden, rows);
        model_block_free(block);
    }
    parallel_for(measure->workers, rows, sensitivity_compare_row, measure);
    if (stop_check(err) < 0)
        return -1;
    note_trials(measure);
    return 0;
}

static int run_batch(struct measure *measure, struct model_block *block,
                     uint32_t number, struct error *err)
{
    if (measure->trials == 0)
        return 0;
    if (start_trials(measure, block, err) < 0)
        return -1;
    return finish_trials(measure, number, err);
}

static int sensitivity_measure_block(struct measure *measure, uint32_t number,
                                     struct error *err)
{
    const struct recorded_trace *trace = measure->selection->trace;
    size_t patterns = measure->selection->patterns.count;
    struct model_block *block;
    int status = 0;

    if (stop_check(err) < 0 ||
        model_block_load(&block, measure->selection->model, number, err) < 0)
        return -1;
    for (size_t i = 0; status == 0 && i < trace->layers * patterns; i++) {
        if (measure->known[i] ||
            trace->layer[i / patterns].shape.block != number)
            continue;
        measure->trial[measure->trials++] =
            (struct trial){ i / patterns, i % patterns };
        if (measure->trials == measure->batch)
            status = run_batch(measure, block, number, err);
    }
    if (status == 0)
        status = run_batch(measure, block, number, err);
    sensitivity_run_rows(measure, block, measure->in, measure->rows);
    model_block_free(block);
    return status;
}

/* Rows that will run through a block or the head. */
static uint64_t sensitivity_work(const struct measure *measure)
{
    const struct recorded_trace *trace = measure->selection->trace;
    size_t patterns = measure->selection->patterns.count;
    uint32_t blocks = model_blocks(measure->selection->model);
    uint64_t work = (uint64_t)blocks * measure->rows;

    for (size_t i = 0; i < trace->layers * patterns; i++) {
        if (!measure->known[i])
            work += measure->rows *
                    (blocks - trace->layer[i / patterns].shape.block + 1);
    }
    return work;
}

static void embed(struct measure *measure)
{
    for (size_t row = 0; row < measure->rows; row++)
        model_embed(measure->selection->model,
                    measure->tokens.ids + row * measure->tokens.length,
                    measure->tokens.length,
                    measure->in + row * measure->row_size);
}

static int sensitivity_measure_missing(struct measure *measure,
                                       struct error *err)
{
    const struct model *model = measure->selection->model;
    int status = 0;

    progress_begin(measure->selection->work.progress, "sensitivity",
                   sensitivity_work(measure), "rows x blocks");
    embed(measure);
    for (uint32_t b = 0; status == 0 && b < model_blocks(model); b++)
        status = sensitivity_measure_block(measure, b, err);
    progress_end(measure->selection->work.progress);
    return status;
}

/* The dense model's last output, and what is compared with it. */
static int sensitivity_measure_begin(struct measure *measure,
                                     const struct selection *selection,
                                     struct error *err)
{
    const struct model_walk walk = { .work.workers = selection->work.workers };
    size_t all;

    *measure = (struct measure){
        .selection = selection,
        .tokens = *selection->tokens,
        .rows = selection->samples,
        .row_size =
            (size_t)selection->tokens->length * model_width(selection->model),
        .workers = work_workers(&selection->work),
        .tried = { .selection = selection,
                   .workers = work_workers(&selection->work) },
    };
    measure->tokens.rows = selection->samples;
    all = measure->rows * measure->row_size;
    measure->last = memory_new_aligned(all, sizeof *measure->last);
    if (model_walk_blocks(selection->model, &measure->tokens, &walk,
                          measure->last, err) == 0 &&
        divergence_begin(&measure->divergence, selection->model,
                         &measure->tokens, measure->last, measure->workers,
                         err) == 0)
        return 0;
    free(measure->last);
    return -1;
}

static void sensitivity_measure_end(struct measure *measure)
{
    for (unsigned w = 0; measure->scratch && w < measure->workers; w++)
        model_scratch_free(measure->scratch[w]);
    divergence_end(measure->divergence);
    tried_layer_release(&measure->tried);
    free(measure->scratch);
    free(measure->in);
    free(measure->last);
    free(measure->trial);
    free(measure->hidden);
    free(measure->row_cost);
}

static void sensitivity_make_room(struct measure *measure)
{
    const struct selection *selection = measure->selection;
    size_t all = measure->rows * measure->row_size;
    size_t trials = selection->trace->layers * selection->patterns.count;

    measure->batch = batch_bytes / (all * sizeof(float));
    if (measure->batch > trials)
        measure->batch = trials;
    if (measure->batch < 1)
        measure->batch = 1;
    measure->scratch = memory_new(measure->workers, sizeof *measure->scratch);
    for (unsigned w = 0; w < measure->workers; w++)
        measure->scratch[w] = model_scratch_new(measure->selection->model,
                                                measure->tokens.length);
    measure->in = memory_new_aligned(all, sizeof *measure->in);
    measure->trial = memory_new(measure->batch, sizeof *measure->trial);
    measure->hidden =
        memory_new_aligned(measure->batch * all, sizeof *measure->hidden);
    measure->row_cost =
        memory_new(measure->batch * measure->rows, sizeof *measure->row_cost);
}

int sensitivity_measure(double *cost, const struct selection *selection,
                        struct error *err)
{
    size_t cells = selection->trace->layers * selection->patterns.count;
    char *of = tried_layer_measure(selection, "sensitivity 1");
    struct costs *costs = costs_open(of, selection);
    bool *known = memory_new(cells, sizeof *known);
    struct measure measure;
    int status = 0;

    if (costs_look_up(costs, cost, known) > 0) {
        status = sensitivity_measure_begin(&measure, selection, err);
        if (status == 0) {
            measure.cost = cost;
            measure.known = known;
            measure.costs = costs;
            sensitivity_make_room(&measure);
            status = sensitivity_measure_missing(&measure, err);
            sensitivity_measure_end(&measure);
        }
    }
    free(known);
    costs_close(costs);
    free(of);
    return status;
}

static int compare_all(struct measure *measure, const float *hidden,
                       double *divergence, struct error *err)
{
    double sum = 0;

    measure->hidden = (float *)(uintptr_t)hidden;
    measure->row_cost = memory_new(measure->rows, sizeof *measure->row_cost);
    parallel_for(measure->workers, measure->rows, sensitivity_compare_row,
                 measure);
    measure->hidden = NULL;
    for (size_t row = 0; row < measure->rows; row++)
        sum += measure->row_cost[row];
    *divergence = sum / (double)(measure->rows * measure->tokens.length);
    return stop_check(err);
}

static int run_plan(float *hidden, const struct measure *measure,
                    const struct plan *plan,
                    const struct model_tokens *calibration, struct error *err)
{
    const struct selection *selection = measure->selection;
    const struct prune prune = { .plan = plan,
                                 .trace = selection->trace,
                                 .model = selection->model,
                                 .tokens = calibration,
                                 .trial = true,
                                 .work.workers = selection->work.workers };
    struct model_walk walk = { .edit = pruning_block,
                               .work.workers = selection->work.workers };
    struct pruning *pruning;
    int status;

    if (pruning_begin(&pruning, &prune, err) < 0)
        return -1;
    walk.context = pruning;
    status = model_walk_blocks(selection->model, &measure->tokens, &walk,
                               hidden, err);
    pruning_end(pruning);
    return status;
}

int sensitivity_of_plan(double *divergence, const struct plan *plan,
                        const struct selection *selection,
                        const struct model_tokens *calibration,
                        struct error *err)
{
    struct measure measure;
    float *hidden;
    int status;

    if (sensitivity_measure_begin(&measure, selection, err) < 0)
        return -1;
    hidden =
        memory_new_aligned(measure.rows * measure.row_size, sizeof *hidden);
    status = run_plan(hidden, &measure, plan, calibration, err);
    if (status == 0)
        status = compare_all(&measure, hidden, divergence, err);
    free(hidden);
    sensitivity_measure_end(&measure);
    return status;
}
