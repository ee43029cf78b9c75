/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A step takes a batch of rows, some of them at a time: each goes forward and
 * back on its own (gradient.h), on any worker.  Then the workers share tiles,
 * runs of a layer's outputs: a tile's gradient is the sum over these rows in
 * the order in which they were drawn, one product a row.  When the batch is
 * through, Adam moves the tiles.  So nothing depends on who does what, nor on
 * how many rows are on their way at a time, which is a question of memory.
 */
#include "flow/prune/reconstruct.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "base/stop.h"
#include "llm/effort.h"
#include "llm/gradient.h"

enum { BATCH = 16, MOST_AT_A_TIME = 8, TILE = 128 };

/* Bytes that rows on their way may take though no worker waits for them. */
static const double standard_room = 2e9;

static const double first_decay = 0.9, second_decay = 0.95, epsilon = 1e-8;

/* A layer that is trained. */
struct trained {
    size_t layer;
    uint32_t inputs, outputs;
    float *weights;              /* the block's */
    const uint8_t *mask;         /* NULL: dense */
    float *sum, *first, *second; /* [O][K]: gradient, and Adam's moments */
};

struct tile {
    struct trained *trained;
    uint32_t from, to;
};

struct training {
    const struct reconstruction *what;
    struct trained *trained;
    struct tile *tiles;
    size_t layers, tile_count;
    size_t at_a_time; /* rows on their way, at most */
    struct gradient_row *row[MOST_AT_A_TIME];
    float *slope[MOST_AT_A_TIME]; /* [tokens][width] */
    size_t drawn[BATCH];          /* rows */
    size_t first, count;          /* of the batch, that are on their way */
    double scale; /* of a difference, to the loss by the output */
    double rate, correct_first, correct_second;
    double *lost; /* [rows]: squared differences */
};

static size_t row_size(const struct reconstruction *what)
{
    return what->tokens * (size_t)model_width(what->model);
}

static void reconstruct_find_layers(struct training *training)
{
    const struct reconstruction *what = training->what;
    size_t count = model_layers(what->model), tiles = 0;

    training->trained = memory_new(count, sizeof *training->trained);
    for (size_t i = 0; i < count; i++) {
        const struct model_layer *layer = model_layer(what->model, i);
        size_t size = (size_t)layer->shape.inputs * layer->shape.outputs;

        if (layer->shape.block != what->number)
            continue;
        training->trained[training->layers++] = (struct trained){
            .layer = i,
            .inputs = layer->shape.inputs,
            .outputs = layer->shape.outputs,
            .weights = model_block_layer(what->block, i),
            .mask = what->mask[i],
            .sum = memory_new(size, sizeof(float)),
            .first = memory_new(size, sizeof(float)),
            .second = memory_new(size, sizeof(float)),
        };
        tiles += divide_up(layer->shape.outputs, TILE);
    }
    training->tiles = memory_new(tiles, sizeof *training->tiles);
    for (size_t l = 0; l < training->layers; l++) {
        struct trained *layer = &training->trained[l];

        for (uint32_t o = 0; o < layer->outputs; o += TILE)
            training->tiles[training->tile_count++] = (struct tile){
                layer, o, layer->outputs - o < TILE ? layer->outputs : o + TILE
            };
    }
}

static size_t bytes_of_row(const struct model *model, uint32_t tokens)
{
    return gradient_row_bytes(model, tokens) +
           (size_t)tokens * model_width(model) * sizeof(float);
}

/* Where a row takes much, no more are on their way than workers have use for.
 */
static size_t rows_at_a_time(size_t row_bytes, double room, unsigned workers)
{
    if (MOST_AT_A_TIME * (double)row_bytes <= room)
        return MOST_AT_A_TIME;
    return min(workers, MOST_AT_A_TIME);
}

static void reconstruct_begin(struct training *training)
{
    const struct reconstruction *what = training->what;
    double sum = 0;

    reconstruct_find_layers(training);
    training->at_a_time =
        rows_at_a_time(bytes_of_row(what->model, what->tokens),
                       what->room > 0 ? what->room : standard_room,
                       work_workers(&what->work));
    for (size_t i = 0; i < training->at_a_time; i++) {
        training->row[i] = gradient_row_new(what->model, what->tokens);
        training->slope[i] = memory_new_aligned(row_size(what), sizeof(float));
    }
    training->lost = memory_new(what->rows, sizeof *training->lost);
    for (size_t row = 0; row < what->rows; row++) {
        const float *target = what->target + row * row_size(what);
        double of_row = 0;

        for (size_t i = 0; i < row_size(what); i++)
            of_row += (double)target[i] * (double)target[i];
        sum += of_row;
    }
    sum /= (double)what->rows * (double)row_size(what);
    training->scale = 1 / ((double)row_size(what) * (sum > 0 ? sum : 1));
}

static void reconstruct_end(struct training *training)
{
    for (size_t l = 0; l < training->layers; l++) {
        free(training->trained[l].sum);
        free(training->trained[l].first);
        free(training->trained[l].second);
    }
    for (size_t i = 0; i < training->at_a_time; i++) {
        gradient_row_free(training->row[i]);
        free(training->slope[i]);
    }
    free(training->lost);
    free(training->tiles);
    free(training->trained);
}

/* One row of the batch, forward and back. */
static void reconstruct_run_row(void *context, size_t item, unsigned worker)
{
    struct training *training = context;
    const struct reconstruction *what = training->what;
    size_t row = training->drawn[training->first + item];
    const float *target = what->target + row * row_size(what);
    float factor = (float)(2 * training->scale / BATCH);
    float *slope = training->slope[item];
    const float *output;

    (void)worker;
    if (stop_requested())
        return;
    output = gradient_forward(training->row[item], what->block,
                              what->input + row * row_size(what), what->tokens);
    for (size_t i = 0; i < row_size(what); i++)
        slope[i] = factor * (output[i] - target[i]);
    gradient_back(training->row[item], slope);
}

/* The rows' shares of one tile's gradient, in their order. */
static void reconstruct_add_tile(void *context, size_t number, unsigned worker)
{
    struct training *training = context;
    const struct tile *tile = &training->tiles[number];
    struct trained *layer = tile->trained;
    size_t begins = (size_t)tile->from * layer->inputs;
    size_t size = (size_t)(tile->to - tile->from) * layer->inputs;

    (void)worker;
    if (stop_requested())
        return;
    if (training->first == 0)
        memset(layer->sum + begins, 0, size * sizeof *layer->sum);
    for (size_t i = 0; i < training->count; i++)
        gradient_add(training->row[i], layer->layer, layer->sum, tile->from,
                     tile->to);
}

/* Adam. */
static void move_tile(void *context, size_t number, unsigned worker)
{
    const struct training *training = context;
    const struct tile *tile = &training->tiles[number];
    struct trained *layer = tile->trained;
    size_t begins = (size_t)tile->from * layer->inputs;
    size_t ends = (size_t)tile->to * layer->inputs;

    (void)worker;
    for (size_t i = begins; i < ends; i++) {
        double slope =
            layer->mask && !layer->mask[i] ? 0 : (double)layer->sum[i];
        double first =
            first_decay * (double)layer->first[i] + (1 - first_decay) * slope;
        double second = second_decay * (double)layer->second[i] +
                        (1 - second_decay) * slope * slope;

        layer->first[i] = (float)first;
        layer->second[i] = (float)second;
        layer->weights[i] =
            (float)((double)layer->weights[i] -
                    training->rate * first * training->correct_first /
                        (sqrt(second * training->correct_second) + epsilon));
    }
}

static void run_step(struct training *training, uint32_t step, uint64_t *random)
{
    const struct reconstruction *what = training->what;
    unsigned workers = what->work.workers;
    double of = (double)step / (double)what->how.steps;

    for (size_t i = 0; i < BATCH; i++)
        training->drawn[i] = (size_t)random_below(random, what->rows);
    for (training->first = 0; training->first < BATCH;
         training->first += training->count) {
        training->count = min(BATCH - training->first, training->at_a_time);
        parallel_for(workers, training->count, reconstruct_run_row, training);
        parallel_for(workers, training->tile_count, reconstruct_add_tile,
                     training);
    }
    training->rate = what->how.rate * (1 + cos(M_PI * of)) / 2;
    training->correct_first = 1 / (1 - pow(first_decay, step + 1.0));
    training->correct_second = 1 / (1 - pow(second_decay, step + 1.0));
    if (!stop_requested())
        parallel_for(workers, training->tile_count, move_tile, training);
}

static void lose_row(void *context, size_t item, unsigned worker)
{
    struct training *training = context;
    const struct reconstruction *what = training->what;
    size_t row = training->first + item;
    const float *target = what->target + row * row_size(what);
    const float *output =
        gradient_forward(training->row[item], what->block,
                         what->input + row * row_size(what), what->tokens);
    double sum = 0;

    (void)worker;
    for (size_t i = 0; i < row_size(what); i++)
        sum += pow((double)output[i] - (double)target[i], 2);
    training->lost[row] = sum;
}

static double find_loss(struct training *training)
{
    const struct reconstruction *what = training->what;
    double sum = 0;

    for (size_t row = 0; row < what->rows; row += training->at_a_time) {
        training->first = row;
        parallel_for(what->work.workers,
                     min(what->rows - row, training->at_a_time), lose_row,
                     training);
    }
    for (size_t row = 0; row < what->rows; row++)
        sum += training->lost[row];
    return sum * training->scale / (double)what->rows;
}

/* Back takes two products where forward takes one; Adam's root and quotient
 * take as long as some 40 multiplications of a product. */
double reconstruct_effort(const struct model *model, uint32_t block,
                          uint32_t steps, uint32_t tokens)
{
    enum { OF_A_WEIGHT = 40 };

    return steps *
           (3.0 * BATCH * effort_block(model, block, tokens) +
            OF_A_WEIGHT *
                effort_weights(model, model_layers_of_block(model, block)));
}

size_t reconstruct_bytes(const struct model *model, uint32_t block,
                         uint32_t tokens, unsigned workers)
{
    enum { ARRAYS = 3 }; /* struct trained */
    size_t row = bytes_of_row(model, tokens);

    return ARRAYS * sizeof(float) *
               (size_t)effort_weights(model,
                                      model_layers_of_block(model, block)) +
           row * rows_at_a_time(row, standard_room, workers);
}

int reconstruct_run(const struct reconstruction *what,
                    struct reconstruction_loss *loss, struct error *err)
{
    struct training training = { .what = what };
    uint64_t random = random_mix(((uint64_t)what->number << 32) +
                                 what->how.seed); /* of this block alone */

    reconstruct_begin(&training);
    if (loss)
        loss->before = find_loss(&training);
    for (uint32_t step = 0; step < what->how.steps && !stop_requested();
         step++) {
        run_step(&training, step, &random);
        progress_add(what->work.progress, 1);
    }
    if (loss && !stop_requested())
        loss->after = find_loss(&training);
    reconstruct_end(&training);
    return stop_check(err);
}
