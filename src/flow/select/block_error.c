/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cost of a pattern in a layer is what pruning that layer alone does to the
 * output of its decoder block: one pass of the calibration rows through the
 * block for the dense output, and one for each layer and pattern.
 *
 * Only blocks are run, never the model behind them, and the block's input is
 * that of the dense model: so a block costs (layers x patterns + 1) passes of
 * itself.  What is known already is not measured again (costs.h).
 */
#include "flow/select/block_error.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "flow/select/costs.h"
#include "flow/select/tried_layer.h"
#include "llm/walk.h"

struct measure {
    const struct selection *selection;
    double *cost;        /* [layers][patterns] */
    bool *known;         /* [layers][patterns] */
    struct costs *costs; /* those of earlier selections */
    uint32_t tokens, width;
    size_t rows, row_size; /* row_size: tokens * width */
    unsigned workers;
    struct model_scratch **scratch; /* [workers] */
    float *in, *out;                /* [rows][tokens][width] of a block */
    float *trial;                   /* [workers][tokens][width] */
    double *row_cost;               /* [rows] */
    struct model_block *block;
    struct tried_layer tried;
    bool dense; /* the pass at hand: fill `out`, or compare with it */
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

static void block_error_run_row(void *context, size_t row, unsigned worker)
{
    struct measure *measure = context;
    float *dense = measure->out + row * measure->row_size;
    float *to =
        measure->dense ? dense : measure->trial + worker * measure->row_size;

    memcpy(to, measure->in + row * measure->row_size,
           measure->row_size * sizeof *to);
    model_block_run(measure->block, measure->scratch[worker], to,
                    measure->tokens, row, NULL);
    if (!measure->dense)
        measure->row_cost[row] =
            relative_error(to, dense, measure->tokens, measure->width);
}

static double block_error_run_rows(struct measure *measure, bool dense)
{
    double total = 0;

    measure->dense = dense;
    parallel_for(measure->workers, measure->rows, block_error_run_row, measure);
    for (size_t row = 0; !dense && row < measure->rows; row++)
        total += measure->row_cost[row];
    return total / (double)(measure->rows * measure->tokens);
}

static int block_error_measure_layer(struct measure *measure, size_t layer,
                                     struct error *err)
{
    const struct selection *selection = measure->selection;
    const struct recorded_layer *recorded = &selection->trace->layer[layer];
    size_t size = (size_t)recorded->shape.outputs * recorded->shape.inputs;
    size_t patterns = selection->patterns.count;
    float *weights = model_block_layer(measure->block, layer);
    float *saved = memory_new_aligned(size, sizeof *saved);
    int status = 0;

    memcpy(saved, weights, size * sizeof *saved);
    for (size_t p = 0; status == 0 && p < patterns; p++) {
        size_t cell = layer * patterns + p;

        if (measure->known[cell])
            continue;
        status = tried_layer_prune(&measure->tried, weights, layer,
                                   selection->patterns.at[p], err);
        if (status < 0)
            break;
        measure->cost[cell] = block_error_run_rows(measure, false);
        memcpy(weights, saved, size * sizeof *saved);
        costs_note(measure->costs, layer, p, measure->cost[cell]);
        progress_add(selection->work.progress, 1);
    }
    free(saved);
    return status;
}

static int block_error_measure_block(struct measure *measure, uint32_t number,
                                     struct error *err)
{
    const struct layer_span layers =
        recorded_layers_of_block(measure->selection->trace, number);
    int status = 0;
    float *swap;

    if (stop_check(err) < 0 ||
        model_block_load(&measure->block, measure->selection->model, number,
                         err) < 0)
        return -1;
    block_error_run_rows(measure, true);
    for (size_t i = layers.first; status == 0 && i < layers.end; i++)
        status = block_error_measure_layer(measure, i, err);
    model_block_free(measure->block);
    costs_save(measure->costs);
    swap = measure->in;
    measure->in = measure->out;
    measure->out = swap;
    return status;
}

static void block_error_measure_begin(struct measure *measure)
{
    const struct selection *selection = measure->selection;
    size_t all = measure->rows * measure->row_size;

    measure->scratch = memory_new(measure->workers, sizeof *measure->scratch);
    for (unsigned w = 0; w < measure->workers; w++)
        measure->scratch[w] =
            model_scratch_new(selection->model, measure->tokens);
    measure->in = memory_new_aligned(all, sizeof *measure->in);
    measure->out = memory_new_aligned(all, sizeof *measure->out);
    measure->trial = memory_new_aligned(measure->workers * measure->row_size,
                                        sizeof *measure->trial);
    measure->row_cost = memory_new(measure->rows, sizeof *measure->row_cost);
    for (size_t row = 0; row < measure->rows; row++)
        model_embed(selection->model,
                    selection->tokens->ids + row * measure->tokens,
                    measure->tokens, measure->in + row * measure->row_size);
}

static void block_error_measure_end(struct measure *measure)
{
    for (unsigned w = 0; w < measure->workers; w++)
        model_scratch_free(measure->scratch[w]);
    free(measure->scratch);
    free(measure->in);
    free(measure->out);
    free(measure->trial);
    free(measure->row_cost);
}

static int block_error_measure_missing(struct measure *measure, size_t missing,
                                       struct error *err)
{
    const struct selection *selection = measure->selection;
    uint32_t blocks = model_blocks(selection->model);
    int status = 0;

    block_error_measure_begin(measure);
    progress_begin(selection->work.progress, "block error", missing, "costs");
    for (uint32_t b = 0; status == 0 && b < blocks; b++)
        status = block_error_measure_block(measure, b, err);
    progress_end(selection->work.progress);
    block_error_measure_end(measure);
    return status;
}

int block_error_measure(double *cost, const struct selection *selection,
                        struct error *err)
{
    size_t cells = selection->trace->layers * selection->patterns.count;
    uint32_t tokens = selection->tokens->length;
    char *of = tried_layer_measure(selection, "block-error 1");
    struct measure measure = {
        .selection = selection,
        .cost = cost,
        .known = memory_new(cells, sizeof *measure.known),
        .costs = costs_open(of, selection),
        .tried = { .selection = selection,
                   .workers = work_workers(&selection->work) },
        .tokens = tokens,
        .width = model_width(selection->model),
        .rows = selection->samples,
        .row_size = (size_t)tokens * model_width(selection->model),
        .workers = work_workers(&selection->work),
    };
    size_t missing = costs_look_up(measure.costs, cost, measure.known);
    int status = 0;

    if (missing > 0)
        status = block_error_measure_missing(&measure, missing, err);
    tried_layer_release(&measure.tried);
    costs_close(measure.costs);
    free(measure.known);
    free(of);
    return status;
}
