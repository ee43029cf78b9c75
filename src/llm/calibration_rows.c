/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows meet only in sums, so a sum over some rows is all that must be handed
 * on: an eighth's rows go through all blocks, and what is left of them is one
 * double a channel and the tokens of the sample that lie in them.  Within an
 * eighth a row adds up its own tokens on its own thread; the rows' sums are
 * added when the block is done.  Only these are in memory, for one block.
 *
 * Where Gram matrices are wanted, rows run a few at a time and leave their
 * inputs with them (gram.h), which are added before the next rows run; all of
 * it in the one run of the block that there is.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "llm/calibration_part.h"
#include "llm/vector.h"
#include "llm/walk.h"
#include "tensor/quantize.h"

/* What an expert saw of a row. */
struct routed_row {
    uint32_t seen;
    struct calibration_part part;
};

/* Rows while they run through a block. */
struct measuring {
    struct calibration_rows *rows;
    const struct calibration *calibration;
    size_t first_row; /* of all */
    size_t count;
    /* Of each layer, [count]; NULL but for the block that runs. */
    double **sums; /* [count][K] */
    struct routed_row **routed;
    struct gram *gram; /* NULL: not wanted */
    const struct model_block *block;
    struct model_scratch **scratch; /* [workers], made when needed */
    size_t at;                      /* the first that runs now */
    struct progress *progress;
};

/* An expert's tokens of a row: those that lie in the sample are kept. */
static void see_routed(const struct measuring *measuring,
                       const struct model_sight *sight)
{
    const struct calibration *calibration = measuring->calibration;
    struct routed_row *row = &measuring->routed[sight->layer][sight->row];
    size_t inputs = calibration_inputs(calibration, sight->layer);
    size_t first =
        (measuring->first_row + sight->row) * calibration->tokens->length;
    uint32_t count = 0;

    row->seen = sight->tokens;
    while (count < sight->tokens &&
           first + sight->place[count] < calibration->sampled)
        count++;
    if (count == 0)
        return;
    calibration_part_grow(&row->part, count, inputs);
    row->part.tokens = count;
    for (uint32_t i = 0; i < count; i++)
        row->part.place[i] = (int32_t)(first + sight->place[i]);
    quantize_rows(row->part.input, row->part.input_scale, sight->x, count,
                  inputs);
}

static void calibration_see(void *context, const struct model_sight *sight)
{
    const struct measuring *measuring = context;
    const struct calibration *calibration = measuring->calibration;
    const struct calibration_layer *into = &calibration->layer[sight->layer];
    size_t inputs = calibration_inputs(calibration, sight->layer);
    uint32_t tokens = sight->tokens;
    size_t first = (measuring->first_row + sight->row) * tokens;
    const float *x = sight->x;

    if (measuring->gram)
        gram_see(measuring->gram, sight->row - measuring->at, sight);
    for (size_t t = 0; t < tokens; t++)
        vector_add_squares(measuring->sums[sight->layer] + sight->row * inputs,
                           x + t * inputs, inputs);
    if (sight->place) {
        see_routed(measuring, sight);
    } else if (first < calibration->sampled) {
        size_t left = calibration->sampled - first;

        quantize_rows(into->input + first * inputs, into->input_scale + first,
                      x, (uint32_t)min(left, tokens), inputs);
    }
}

/* Makes room for the block's sums before it runs. */
static void measuring_begin(struct measuring *measuring)
{
    const struct calibration *calibration = measuring->calibration;
    const struct layer_span span =
        model_layers_of_block(calibration->model, measuring->rows->block);

    measuring->sums = memory_new(calibration->layers, sizeof *measuring->sums);
    measuring->routed =
        memory_new(calibration->layers, sizeof *measuring->routed);
    for (size_t i = span.first; i < span.end; i++) {
        if (!calibration_owns(calibration, i))
            continue;
        measuring->sums[i] =
            memory_new(measuring->count * calibration_inputs(calibration, i),
                       sizeof(double));
        if (calibration->layer[i].seen)
            measuring->routed[i] =
                memory_new(measuring->count, sizeof(struct routed_row));
    }
}

/* The rows' sums, into those of their eighths. */
static void calibration_add_rows(const struct measuring *measuring,
                                 size_t layer)
{
    const struct calibration *calibration = measuring->calibration;
    size_t inputs = calibration_inputs(calibration, layer);

    for (unsigned e = measuring->rows->first; e < measuring->rows->end; e++) {
        double *sum = calibration->layer[layer].sum + e * inputs;

        for (size_t row = calibration_cut(calibration, e);
             row < calibration_cut(calibration, e + 1); row++) {
            const double *of =
                measuring->sums[layer] + (row - measuring->first_row) * inputs;

            for (size_t k = 0; k < inputs; k++)
                sum[k] += of[k];
        }
    }
}

/* The rows' sums of an expert, over the tokens that it saw, into the eighths'.
 */
static void calibration_add_routed(const struct measuring *measuring,
                                   size_t layer)
{
    const struct calibration *calibration = measuring->calibration;
    struct calibration_layer *into = &calibration->layer[layer];
    size_t inputs = calibration_inputs(calibration, layer);

    for (unsigned e = measuring->rows->first; e < measuring->rows->end; e++)
        for (size_t row = calibration_cut(calibration, e);
             row < calibration_cut(calibration, e + 1); row++) {
            struct routed_row *of =
                &measuring->routed[layer][row - measuring->first_row];

            into->seen[e] += of->seen;
            calibration_part_append(&into->part[e], &of->part, inputs);
        }
}

/* What is kept of a block's rows while it runs. */
static void forget_rows(const struct measuring *measuring, size_t layer)
{
    struct routed_row *routed = measuring->routed[layer];

    for (size_t row = 0; routed && row < measuring->count; row++)
        calibration_part_release(&routed[row].part);
    free(routed);
    free(measuring->sums[layer]);
    measuring->routed[layer] = NULL;
    measuring->sums[layer] = NULL;
}

/* The block has run, or was interrupted. */
static void measuring_end(const struct measuring *measuring, unsigned workers,
                          int status)
{
    for (size_t i = 0; i < measuring->calibration->layers; i++) {
        if (!measuring->sums[i])
            continue;
        if (status == 0)
            calibration_add_rows(measuring, i);
        if (status == 0 && measuring->routed[i])
            calibration_add_routed(measuring, i);
        forget_rows(measuring, i);
    }
    free(measuring->sums);
    free(measuring->routed);
    for (unsigned w = 0; w < workers; w++)
        model_scratch_free(measuring->scratch[w]);
    free(measuring->scratch);
}

static size_t row_size(const struct calibration *calibration)
{
    return (size_t)calibration->tokens->length *
           model_width(calibration->model);
}

static void calibration_run_row(void *context, size_t item, unsigned worker)
{
    struct measuring *measuring = context;
    const struct calibration *calibration = measuring->calibration;
    const struct model_tap tap = { .see = calibration_see,
                                   .context = measuring };
    uint32_t tokens = calibration->tokens->length;
    size_t row = measuring->at + item;
    float *hidden = measuring->rows->hidden.at;

    if (stop_requested())
        return;
    if (!measuring->scratch[worker])
        measuring->scratch[worker] =
            model_scratch_new(calibration->model, tokens);
    model_block_run(measuring->block, measuring->scratch[worker],
                    hidden + row * row_size(calibration), tokens, row, &tap);
    progress_add(measuring->progress, 1);
}

/* The next rows that are added in one product: of one eighth, so that it does
 * not matter which eighths run together. */
static struct gram_segment next_segment(const struct measuring *measuring,
                                        size_t row)
{
    const struct calibration *calibration = measuring->calibration;
    size_t of_all = measuring->first_row + row;
    size_t most = gram_together(calibration->tokens->length), left;
    unsigned e = 0;

    while (calibration_cut(calibration, e + 1) <= of_all)
        e++;
    left = calibration_cut(calibration, e + 1) - of_all;
    return (struct gram_segment){ min(left, most), left <= most };
}

/* As many rows as there is room for, and their products. */
static size_t run_some(struct measuring *measuring, unsigned workers)
{
    size_t room = measuring->gram->room, segments = 0, rows = 0;
    struct gram_segment *segment = memory_new(room, sizeof *segment);

    while (rows < room && measuring->at + rows < measuring->count) {
        segment[segments] = next_segment(measuring, measuring->at + rows);
        if (rows + segment[segments].rows > room)
            break;
        rows += segment[segments++].rows;
    }
    gram_begin(measuring->gram);
    parallel_for(workers, rows, calibration_run_row, measuring);
    gram_add(measuring->gram, segment, segments, workers);
    free(segment);
    return rows;
}

int calibration_rows_pass(struct calibration_rows *rows, struct gram *gram,
                          const struct work *work, struct error *err)
{
    unsigned workers = work_workers(work);
    struct measuring measuring = {
        .rows = rows,
        .calibration = rows->calibration,
        .first_row = calibration_cut(rows->calibration, rows->first),
        .count = calibration_rows_count(rows),
        .gram = gram,
        .progress = work->progress,
    };
    struct model_block *block;
    int status;

    if (stop_check(err) < 0 ||
        model_block_load(&block, rows->calibration->model, rows->block, err) <
            0)
        return -1;
    measuring.block = block;
    measuring.scratch = memory_new(workers, sizeof *measuring.scratch);
    measuring_begin(&measuring);
    if (gram)
        while (measuring.at < measuring.count && !stop_requested())
            measuring.at += run_some(&measuring, workers);
    else
        parallel_for(workers, measuring.count, calibration_run_row, &measuring);
    status = stop_check(err);
    measuring_end(&measuring, workers, status);
    model_block_free(block);
    rows->block++;
    return status;
}

size_t calibration_rows_count(const struct calibration_rows *rows)
{
    return calibration_cut(rows->calibration, rows->end) -
           calibration_cut(rows->calibration, rows->first);
}

/* A part that is measured again begins at zero. */
static void calibration_clear(struct calibration *calibration, unsigned first,
                              unsigned end)
{
    for (size_t i = 0; i < calibration->layers; i++) {
        size_t inputs = calibration_inputs(calibration, i);

        if (!calibration_owns(calibration, i))
            continue;
        memset(calibration->layer[i].sum + first * inputs, 0,
               (end - first) * inputs * sizeof(double));
        for (unsigned e = first; calibration->layer[i].seen && e < end; e++) {
            calibration->layer[i].seen[e] = 0;
            calibration_part_release(&calibration->layer[i].part[e]);
        }
    }
}

void calibration_rows_open(struct calibration_rows *rows,
                           struct calibration *calibration, unsigned first,
                           unsigned end)
{
    *rows = (struct calibration_rows){ .calibration = calibration,
                                       .first = first,
                                       .end = end };
    spill_take(&rows->hidden, calibration_rows_count(rows) *
                                  row_size(calibration) * sizeof(float));
}

struct embedding {
    const struct calibration_rows *rows;
    const int32_t *ids; /* of the first row */
};

static void calibration_embed_row(void *context, size_t row, unsigned worker)
{
    const struct embedding *of = context;
    const struct calibration *calibration = of->rows->calibration;
    uint32_t tokens = calibration->tokens->length;
    float *hidden = of->rows->hidden.at;

    (void)worker;
    model_embed(calibration->model, of->ids + row * tokens, tokens,
                hidden + row * row_size(calibration));
}

void calibration_rows_begin(struct calibration_rows *rows, unsigned workers)
{
    struct calibration *calibration = rows->calibration;
    struct embedding of = { rows,
                            calibration->tokens->ids +
                                calibration_cut(calibration, rows->first) *
                                    calibration->tokens->length };

    calibration_clear(calibration, rows->first, rows->end);
    rows->block = 0;
    parallel_for(workers, calibration_rows_count(rows), calibration_embed_row,
                 &of);
}

void calibration_rows_close(struct calibration_rows *rows)
{
    spill_release(&rows->hidden);
}

int calibration_add(struct calibration *calibration, unsigned first,
                    unsigned end, const struct work *work, struct error *err)
{
    struct calibration_rows rows;
    int status = 0;

    calibration_rows_open(&rows, calibration, first, end);
    calibration_rows_begin(&rows, work->workers);
    while (status == 0 && calibration_rows_count(&rows) > 0 &&
           rows.block < model_blocks(calibration->model))
        status = calibration_rows_pass(&rows, NULL, work, err);
    calibration_rows_close(&rows);
    return status;
}
