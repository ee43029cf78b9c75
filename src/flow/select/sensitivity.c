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
 *
 * A batch that has come through a block is what is kept: where it stands, its
 * hidden states, those of the dense model at the batch's block, and the dense
 * model's last.
 */
#include "flow/select/sensitivity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "flow/select/divergence.h"
#include "flow/select/trials.h"
#include "llm/effort.h"
#include "llm/walk.h"

/* Hidden states of trials that run through the model together. */
static const size_t batch_bytes = (size_t)1 << 29;

struct sensitivities {
    struct row_stretch *stretch;
    struct trials trials;
    struct model_tokens tokens; /* those of the rows; borrowed ids */
    size_t rows, row_size;      /* row_size: tokens * width */
    struct divergence *divergence;
    struct row_place place; /* owns what it has */
    size_t batch;           /* the most trials */
    size_t first;           /* row that the trials at hand begin at */
    struct trial *trial;    /* [batch] */
    double *number;         /* [batch][rows] */
    /* Of rows that run through a block. */
    const struct model_block *block;
    float *at;
};

static size_t patterns_of(const struct sensitivities *all)
{
    return all->stretch->selection->patterns.count;
}

/* ---- through a block ----------------------------------------------------- */

static void sensitivities_run_row(void *context, size_t row, unsigned worker)
{
    struct sensitivities *all = context;

    if (stop_requested())
        return;
    model_block_run(all->block, all->trials.scratch[worker],
                    all->at + row * all->row_size, all->tokens.length, row,
                    NULL);
    progress_add(all->stretch->selection->work.progress, 1);
}

/* hidden [rows] through a block, in place.  -1 and `err`. */
static int run_rows(struct sensitivities *all, uint32_t number, float *hidden,
                    size_t rows, struct error *err)
{
    struct model_block *block;

    if (stop_check(err) < 0 ||
        model_block_load(&block, all->stretch->selection->model, number, err) <
            0)
        return -1;
    all->block = block;
    all->at = hidden;
    parallel_for(all->trials.workers, rows, sensitivities_run_row, all);
    model_block_free(block);
    return stop_check(err);
}

/* ---- a batch ------------------------------------------------------------- */

static float *sensitivities_room(void *context, size_t trial, size_t row,
                                 unsigned worker)
{
    const struct sensitivities *all = context;

    (void)worker;
    return all->place.hidden +
           (trial * all->rows + all->first + row) * all->row_size;
}

/* The output stays where it is. */
static void sensitivities_take(void *context, size_t trial, size_t row,
                               const float *hidden)
{
    const struct sensitivities *all = context;

    (void)trial, (void)row, (void)hidden;
    progress_add(all->stretch->selection->work.progress, 1);
}

/* Each trial of the batch through its own block, with its layer pruned. */
static int start_batch(struct sensitivities *all, struct error *err)
{
    const struct model *model = all->stretch->selection->model;
    uint32_t number = all->place.block;
    size_t together = min(trials_rows(&all->trials, number), all->rows);
    const struct trials_taker taker = { sensitivities_room, sensitivities_take,
                                        all };
    struct model_block *block;
    float *dense;
    int status = 0;

    if (stop_check(err) < 0 || model_block_load(&block, model, number, err) < 0)
        return -1;
    dense = memory_new_aligned(together * all->row_size, sizeof *dense);
    for (all->first = 0; status == 0 && all->first < all->rows;
         all->first += together) {
        size_t rows = min(all->rows - all->first, together);

        memcpy(dense, all->place.in + all->first * all->row_size,
               rows * all->row_size * sizeof *dense);
        trials_dense(&all->trials, block, number, dense, rows);
        status = trials_run(&all->trials, all->trial, all->place.trials, &taker,
                            err);
        trials_leave(&all->trials);
    }
    free(dense);
    model_block_free(block);
    all->place.next = number + 1;
    return status;
}

static void sensitivities_compare_row(void *context, size_t row,
                                      unsigned worker)
{
    struct sensitivities *all = context;

    if (stop_requested())
        return;
    all->number[row] =
        divergence_row(all->divergence, row % all->rows,
                       all->place.hidden + row * all->row_size, worker);
    progress_add(all->stretch->selection->work.progress, 1);
}

/* The batch from where it stands to the end of the model. */
static int finish_batch(struct sensitivities *all, struct error *err)
{
    uint32_t blocks = model_blocks(all->stretch->selection->model);
    size_t rows = all->place.trials * all->rows;

    while (all->place.next < blocks) {
        if (run_rows(all, all->place.next, all->place.hidden, rows, err) < 0)
            return -1;
        all->place.next++;
        if (row_stretch_keep(all->stretch, &all->place, err) < 0)
            return -1;
    }
    parallel_for(all->trials.workers, rows, sensitivities_compare_row, all);
    if (stop_check(err) < 0)
        return -1;
    for (size_t i = 0; i < rows; i++)
        row_stretch_put(all->stretch, (size_t)all->place.trial[i / all->rows],
                        i % all->rows, all->number[i]);
    all->place.trials = 0;
    return 0;
}

/* The next cells of the block that lack numbers. */
static void fill_batch(struct sensitivities *all)
{
    const struct layer_span layers = recorded_layers_of_block(
        all->stretch->selection->trace, all->place.block);
    size_t patterns = patterns_of(all);

    for (size_t c = layers.first * patterns;
         c < layers.end * patterns && all->place.trials < all->batch; c++)
        if (row_stretch_lacks(all->stretch, c)) {
            all->trial[all->place.trials] =
                (struct trial){ c / patterns, c % patterns };
            all->place.trial[all->place.trials++] = (int64_t)c;
        }
}

/* What is kept between two batches is without their hidden states. */
static int keep_between(struct sensitivities *all, struct error *err)
{
    struct row_place place = all->place;

    place.hidden = NULL;
    place.trial = NULL;
    return row_stretch_keep(all->stretch, &place, err);
}

static int run_block(struct sensitivities *all, struct error *err)
{
    if (all->place.trials > 0 && finish_batch(all, err) < 0)
        return -1;
    for (fill_batch(all); all->place.trials > 0; fill_batch(all)) {
        if (start_batch(all, err) < 0 || finish_batch(all, err) < 0 ||
            keep_between(all, err) < 0)
            return -1;
    }
    if (run_rows(all, all->place.block, all->place.in, all->rows, err) < 0)
        return -1;
    all->place.block++;
    return 0;
}

/* ---- all of it ----------------------------------------------------------- */

/* The dense model's last output. */
static int find_last(struct sensitivities *all, struct error *err)
{
    const struct selection *selection = all->stretch->selection;
    const struct model_walk walk = { .work.workers = selection->work.workers };

    if (all->place.last)
        return 0;
    all->place.last =
        memory_new_aligned(all->rows * all->row_size, sizeof *all->place.last);
    return model_walk_blocks(selection->model, &all->tokens, &walk,
                             all->place.last, err);
}

/* Trials that were on their way are those of the batch. */
static void take_up_batch(struct sensitivities *all, size_t kept)
{
    size_t patterns = patterns_of(all);

    for (size_t t = 0; t < kept; t++)
        all->trial[t] =
            (struct trial){ (size_t)all->place.trial[t] / patterns,
                            (size_t)all->place.trial[t] % patterns };
}

/* Trials of the block that has the most. */
static size_t most_of_block(const struct selection *selection)
{
    size_t most = 0;

    for (uint32_t b = 0; b < model_blocks(selection->model); b++) {
        const struct layer_span span =
            recorded_layers_of_block(selection->trace, b);

        most = max(most, span.end - span.first);
    }
    return most * selection->patterns.count;
}

static void sensitivities_make_room(struct sensitivities *all)
{
    const struct selection *selection = all->stretch->selection;
    size_t row = all->rows * all->row_size, kept = all->place.trials;
    int64_t *trial = all->place.trial;
    float *hidden = all->place.hidden;

    all->batch = max(
        min(batch_bytes / (row * sizeof(float)), most_of_block(selection)), 1);
    all->batch = max(all->batch, kept);
    all->trial = memory_new(all->batch, sizeof *all->trial);
    all->number = memory_new(all->batch * all->rows, sizeof *all->number);
    all->place.trial = memory_new(all->batch, sizeof *trial);
    all->place.hidden = memory_new_aligned(all->batch * row, sizeof *hidden);
    if (kept > 0) {
        memcpy(all->place.trial, trial, kept * sizeof *trial);
        memcpy(all->place.hidden, hidden, kept * row * sizeof *hidden);
        take_up_batch(all, kept);
    }
    free(trial);
    free(hidden);
    if (all->place.in)
        return;
    all->place.in = memory_new_aligned(row, sizeof *all->place.in);
    for (size_t i = 0; i < all->rows; i++)
        model_embed(selection->model, all->tokens.ids + i * all->tokens.length,
                    all->tokens.length, all->place.in + i * all->row_size);
}

static void sensitivities_begin(struct sensitivities *all,
                                struct row_stretch *stretch)
{
    const struct selection *selection = stretch->selection;

    *all = (struct sensitivities){
        .stretch = stretch,
        .tokens = *selection->tokens,
        .rows = stretch->end - stretch->first,
        .place = stretch->place,
    };
    stretch->place = (struct row_place){ 0 }; /* it is ours now */
    all->tokens.ids += stretch->first * all->tokens.length;
    all->tokens.rows = all->rows;
    trials_begin(&all->trials, selection);
    all->row_size = all->trials.row_size;
}

static void sensitivities_end(struct sensitivities *all)
{
    trials_end(&all->trials);
    divergence_end(all->divergence);
    row_place_release(&all->place);
    free(all->trial);
    free(all->number);
}

/* Rows of the stretch that will run through a block or the head. */
static uint64_t work_of(const struct sensitivities *all)
{
    const struct recorded_trace *trace = all->stretch->selection->trace;
    size_t patterns = patterns_of(all);
    uint32_t blocks = model_blocks(all->stretch->selection->model);
    uint64_t work = (uint64_t)(blocks - all->place.block) * all->rows;

    for (size_t c = 0; c < trace->layers * patterns; c++)
        if (row_stretch_lacks(all->stretch, c))
            work += all->rows *
                    (blocks - trace->layer[c / patterns].shape.block + 1);
    return work;
}

static int run_blocks(struct sensitivities *all, struct error *err)
{
    const struct selection *selection = all->stretch->selection;
    uint32_t blocks = model_blocks(selection->model);
    int status = find_last(all, err);

    if (status == 0)
        status =
            divergence_begin(&all->divergence, selection->model, &all->tokens,
                             all->place.last, all->trials.workers, err);
    while (status == 0 && all->place.block < blocks)
        status = run_block(all, err);
    return status;
}

static int sensitivity_rows(struct row_stretch *stretch, struct error *err)
{
    struct progress *progress = stretch->selection->work.progress;
    struct sensitivities all;
    int status;

    sensitivities_begin(&all, stretch);
    sensitivities_make_room(&all);
    progress_begin(progress, "sensitivity", work_of(&all), "rows x blocks");
    status = run_blocks(&all, err);
    progress_end(progress);
    sensitivities_end(&all);
    return status;
}

static double sensitivity_effort(const struct row_costs *costs, size_t rows)
{
    const struct selection *selection = row_costs_selection(costs);
    const struct model *model = selection->model;
    uint32_t tokens = selection->tokens->length;
    uint32_t blocks = model_blocks(model);
    double *left = memory_new(blocks + 1, sizeof *left);
    double sum = 2 * effort_blocks(model, tokens) + effort_head(model, tokens);

    left[blocks] = effort_head(model, tokens);
    for (uint32_t b = blocks; b-- > 0;)
        left[b] = left[b + 1] + effort_block(model, b, tokens);
    for (size_t l = 0; l < selection->trace->layers; l++)
        sum += (double)row_costs_lacking(costs, l) *
               (effort_trial(model, l, tokens) +
                left[selection->trace->layer[l].shape.block + 1]);
    free(left);
    return sum * (double)rows;
}

static struct row_need sensitivity_need(const struct selection *selection,
                                        size_t rows)
{
    struct row_need need = trials_need(selection, rows);
    double row = (double)selection->tokens->length *
                 model_width(selection->model) * sizeof(float);
    double batch =
        fmax((double)rows * row,
             fmin((double)batch_bytes,
                  (double)most_of_block(selection) * (double)rows * row));
    const struct row_need apart =
        divergence_need(selection->model, rows * selection->tokens->length);

    need.memory += apart.memory + 2 * (double)rows * row + batch;
    need.thread += apart.thread;
    need.disk = 2 * (double)rows * row + batch;
    return need;
}

const struct row_way sensitivity_way = {
    .name = "sensitivity",
    .measure = "sensitivity 1",
    .effort = sensitivity_effort,
    .need = sensitivity_need,
    .rows = sensitivity_rows,
};
