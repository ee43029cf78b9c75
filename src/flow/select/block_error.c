/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cost of a pattern in a layer is what pruning that layer alone does to the
 * output of its decoder block: one pass of the calibration rows through the
 * block for the dense output, and for each layer and pattern one of what
 * depends on that layer.
 *
 * Only blocks are run, never the model behind them, and the block's input is
 * that of the dense model.  Rows stand between two blocks, and as many as may
 * be tried together (trials.h) are run at once.
 */
#include "flow/select/block_error.h"

#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/stop.h"
#include "flow/select/trials.h"
#include "llm/effort.h"
#include "llm/walk.h"

struct block_errors {
    struct row_stretch *stretch;
    struct trials trials;
    uint32_t tokens, width;
    size_t rows;         /* of the stretch */
    float *in;           /* [rows][tokens][width] of a block */
    float *out;          /* likewise */
    float *room;         /* [workers][tokens][width] */
    struct trial *trial; /* of a block */
    size_t count;
    size_t first; /* row that the trials at hand begin at */
};

/* Sum over tokens of the squared error, relative to the dense output. */
static double relative_error(const float *pruned, const float *dense,
                             uint32_t tokens, uint32_t width)
{
    double total = 0;

    for (size_t t = 0; t < tokens; t++) {
        const float *a = pruned + t * width, *b = dense + t * width;
        double apart = 0, size = 0;

        for (uint32_t i = 0; i < width; i++) {
            double difference = (double)a[i] - (double)b[i];

            apart += difference * difference;
            size += (double)b[i] * (double)b[i];
        }
        if (size > 0)
            total += apart / size;
    }
    return total;
}

static float *block_errors_room(void *context, size_t trial, size_t row,
                                unsigned worker)
{
    const struct block_errors *all = context;

    (void)trial, (void)row;
    return all->room + worker * all->trials.row_size;
}

static void block_errors_take(void *context, size_t trial, size_t row,
                              const float *hidden)
{
    struct block_errors *all = context;
    size_t patterns = all->stretch->selection->patterns.count;
    const struct trial *of = &all->trial[trial];
    size_t place = all->first + row;

    row_stretch_put(all->stretch, of->layer * patterns + of->pattern, place,
                    relative_error(hidden,
                                   all->out + place * all->trials.row_size,
                                   all->tokens, all->width));
    progress_add(all->stretch->selection->work.progress, 1);
}

/* The block's cells that lack numbers. */
static void find_trials(struct block_errors *all, uint32_t number)
{
    const struct selection *selection = all->stretch->selection;
    const struct layer_span layers =
        recorded_layers_of_block(selection->trace, number);
    size_t patterns = selection->patterns.count;

    all->count = 0;
    for (size_t c = layers.first * patterns; c < layers.end * patterns; c++)
        if (row_stretch_lacks(all->stretch, c))
            all->trial[all->count++] =
                (struct trial){ c / patterns, c % patterns };
}

/* All trials of the block: some rows after the others. */
static int run_rows(struct block_errors *all, const struct model_block *block,
                    uint32_t number, struct error *err)
{
    const struct trials_taker taker = { block_errors_room, block_errors_take,
                                        all };
    size_t together = trials_rows(&all->trials, number);
    size_t row_size = all->trials.row_size;
    int status = 0;

    memcpy(all->out, all->in, all->rows * row_size * sizeof *all->out);
    for (size_t row = 0; status == 0 && row < all->rows; row += together) {
        size_t some = min(all->rows - row, together);

        all->first = row;
        trials_dense(&all->trials, block, number, all->out + row * row_size,
                     some);
        status = trials_run(&all->trials, all->trial, all->count, &taker, err);
        trials_leave(&all->trials);
    }
    return status;
}

static int run_block(struct block_errors *all, uint32_t number,
                     struct error *err)
{
    const struct model *model = all->stretch->selection->model;
    struct model_block *block;
    struct row_place place = { .block = number + 1 };
    float *swap;
    int status;

    find_trials(all, number);
    if (stop_check(err) < 0 || model_block_load(&block, model, number, err) < 0)
        return -1;
    status = run_rows(all, block, number, err);
    model_block_free(block);
    if (status < 0)
        return -1;
    swap = all->in;
    all->in = all->out;
    all->out = swap;
    place.in = all->in;
    return row_stretch_keep(
        all->stretch, place.block < model_blocks(model) ? &place : NULL, err);
}

static void block_errors_begin(struct block_errors *all,
                               struct row_stretch *stretch)
{
    const struct selection *selection = stretch->selection;
    size_t rows = stretch->end - stretch->first, size;

    *all = (struct block_errors){
        .stretch = stretch,
        .tokens = selection->tokens->length,
        .width = model_width(selection->model),
        .rows = rows,
        .trial =
            memory_new(selection->trace->layers * selection->patterns.count,
                       sizeof *all->trial),
    };
    trials_begin(&all->trials, selection);
    size = all->trials.row_size;
    all->in = memory_new_aligned(rows * size, sizeof *all->in);
    all->out = memory_new_aligned(rows * size, sizeof *all->out);
    all->room =
        memory_new_aligned(all->trials.workers * size, sizeof *all->room);
    for (size_t row = 0; row < rows; row++) {
        if (stretch->place.in)
            memcpy(all->in + row * size, stretch->place.in + row * size,
                   size * sizeof *all->in);
        else
            model_embed(selection->model,
                        selection->tokens->ids +
                            (stretch->first + row) * all->tokens,
                        all->tokens, all->in + row * size);
    }
}

static void block_errors_end(struct block_errors *all)
{
    trials_end(&all->trials);
    free(all->trial);
    free(all->in);
    free(all->out);
    free(all->room);
}

static size_t lacking(const struct row_stretch *stretch)
{
    const struct selection *selection = stretch->selection;
    size_t cells = selection->trace->layers * selection->patterns.count;
    size_t count = 0;

    for (size_t c = 0; c < cells; c++)
        count += row_stretch_lacks(stretch, c);
    return count;
}

static int block_error_rows(struct row_stretch *stretch, struct error *err)
{
    const struct selection *selection = stretch->selection;
    struct progress *progress = selection->work.progress;
    struct block_errors all;
    int status = 0;

    block_errors_begin(&all, stretch);
    progress_begin(progress, "block error", lacking(stretch) * all.rows,
                   "rows x costs");
    for (uint32_t b = stretch->place.block;
         status == 0 && b < model_blocks(selection->model); b++)
        status = run_block(&all, b, err);
    progress_end(progress);
    block_errors_end(&all);
    return status;
}

/* A pass for each cell, and one of the block as it is. */
static double block_error_effort(const struct row_costs *costs, size_t rows)
{
    const struct selection *selection = row_costs_selection(costs);
    const struct model *model = selection->model;
    uint32_t tokens = selection->tokens->length;
    double sum = 0;

    for (uint32_t b = 0; b < model_blocks(model); b++)
        sum += effort_block(model, b, tokens);
    for (size_t l = 0; l < selection->trace->layers; l++)
        sum += (double)row_costs_lacking(costs, l) *
               effort_trial(model, l, tokens);
    return sum * (double)rows;
}

static struct row_need block_error_need(const struct selection *selection,
                                        size_t rows)
{
    struct row_need need = trials_need(selection, rows);
    double row = (double)selection->tokens->length *
                 model_width(selection->model) * sizeof(float);

    need.memory += 2 * (double)rows * row;
    need.thread += row;
    need.disk = (double)rows * row;
    return need;
}

#define BLOCK_ERROR(its_name)                                                  \
    {                                                                          \
        .name = (its_name), .measure = "block-error 1",                        \
        .effort = block_error_effort, .need = block_error_need,                \
        .rows = block_error_rows,                                              \
    }
const struct row_way block_error_way = BLOCK_ERROR("block-error");
const struct row_way block_error_first_way = BLOCK_ERROR("block-error-first");
