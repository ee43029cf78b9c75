/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/sequence.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"

enum { ROWS_AT_ONCE = 8, TILE = 128 };

/* What is known of one distinct input of the block. */
struct sight {
    size_t layer; /* the first that has it */
    uint32_t inputs;
    double *x;           /* [ROWS_AT_ONCE][tokens][K] */
    double *mean_square; /* [K] */
    double *gram;        /* [K][K], or NULL */
};

struct sequence {
    const struct model *model;
    const struct model_tokens *tokens;
    unsigned workers;
    struct model_scratch **scratch; /* [workers], made when needed */
    size_t row_size;                /* tokens * width */
    float *hidden;                  /* [rows][tokens][width] */
    float *trial;                   /* [workers][tokens][width] */
    struct sight *sight;
    size_t sights;
    const struct model_block *block;
    size_t first, rows; /* that run at once */
};

struct sequence *sequence_begin(const struct model *model,
                                const struct model_tokens *tokens,
                                unsigned workers)
{
    struct sequence *sequence = memory_new(1, sizeof *sequence);

    sequence->model = model;
    sequence->tokens = tokens;
    sequence->workers = workers ? workers : parallel_processors();
    sequence->scratch =
        memory_new(sequence->workers, sizeof *sequence->scratch);
    sequence->row_size = (size_t)tokens->length * model_width(model);
    sequence->hidden = memory_new_aligned(tokens->rows * sequence->row_size,
                                          sizeof *sequence->hidden);
    sequence->trial = memory_new_aligned(sequence->workers * sequence->row_size,
                                         sizeof *sequence->trial);
    for (size_t row = 0; row < tokens->rows; row++)
        model_embed(model, tokens->ids + row * tokens->length, tokens->length,
                    sequence->hidden + row * sequence->row_size);
    return sequence;
}

static void sequence_forget(struct sequence *sequence)
{
    for (size_t i = 0; i < sequence->sights; i++) {
        free(sequence->sight[i].x);
        free(sequence->sight[i].mean_square);
        free(sequence->sight[i].gram);
    }
    free(sequence->sight);
    sequence->sight = NULL;
    sequence->sights = 0;
}

void sequence_end(struct sequence *sequence)
{
    if (!sequence)
        return;
    sequence_forget(sequence);
    for (unsigned w = 0; w < sequence->workers; w++)
        model_scratch_free(sequence->scratch[w]);
    free(sequence->scratch);
    free(sequence->hidden);
    free(sequence->trial);
    free(sequence);
}

static struct sight *sight_of(const struct sequence *sequence, size_t layer)
{
    size_t of = model_input_of(sequence->model, layer);

    for (size_t i = 0; i < sequence->sights; i++) {
        if (sequence->sight[i].layer == of)
            return &sequence->sight[i];
    }
    return NULL;
}

static void sequence_see(void *context, size_t layer, size_t row,
                         const float *x, uint32_t tokens)
{
    const struct sequence *sequence = context;
    struct sight *sight = sight_of(sequence, layer);
    size_t size = sight ? (size_t)tokens * sight->inputs : 0;
    double *into;

    if (!sight)
        return;
    into = sight->x + (row - sequence->first) * size;
    for (size_t i = 0; i < size; i++)
        into[i] = (double)x[i];
}

static struct model_scratch *scratch_of(struct sequence *sequence,
                                        unsigned worker)
{
    if (!sequence->scratch[worker])
        sequence->scratch[worker] =
            model_scratch_new(sequence->model, sequence->tokens->length);
    return sequence->scratch[worker];
}

static void look_at_row(void *context, size_t item, unsigned worker)
{
    struct sequence *sequence = context;
    const struct model_tap tap = { sequence_see, sequence };
    float *trial = sequence->trial + worker * sequence->row_size;
    size_t row = sequence->first + item;

    if (stop_requested())
        return;
    memcpy(trial, sequence->hidden + row * sequence->row_size,
           sequence->row_size * sizeof *trial);
    model_block_run(sequence->block, scratch_of(sequence, worker), trial,
                    sequence->tokens->length, row, &tap);
}

/* Adds the rows' tokens to one tile of columns of one sight. */
static void sequence_add_tile(const struct sequence *sequence,
                              struct sight *sight, uint32_t from, uint32_t to)
{
    size_t places = sequence->rows * sequence->tokens->length;
    uint32_t k_all = sight->inputs;

    for (size_t i = 0; i < places; i++) {
        const double *x = sight->x + i * k_all;

        for (uint32_t k = from; k < to; k++)
            sight->mean_square[k] += x[k] * x[k];
    }
    for (uint32_t j = 0; sight->gram && j <= from; j += TILE) {
        uint32_t width = k_all - j < TILE ? k_all - j : TILE;

        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)(to - from),
                    (int)width, (int)places, 1, sight->x + from, (int)k_all,
                    sight->x + j, (int)k_all, 1,
                    sight->gram + (size_t)from * k_all + j, (int)k_all);
    }
}

static void sequence_add_item(void *context, size_t item, unsigned worker)
{
    struct sequence *sequence = context;

    (void)worker;
    for (size_t i = 0; i < sequence->sights; i++) {
        struct sight *sight = &sequence->sight[i];
        size_t tiles = divide_up(sight->inputs, TILE);
        uint32_t from = (uint32_t)item * TILE;

        if (item < tiles) {
            sequence_add_tile(sequence, sight, from,
                              sight->inputs - from < TILE ? sight->inputs
                                                          : from + TILE);
            return;
        }
        item -= tiles;
    }
}

static const size_t every_input = SIZE_MAX;

/* Of the whole block, or of one layer's input. */
static void make_sights(struct sequence *sequence, uint32_t number,
                        size_t wanted, bool gram)
{
    size_t layers = model_layers(sequence->model);
    size_t places = ROWS_AT_ONCE * (size_t)sequence->tokens->length;

    sequence_forget(sequence);
    sequence->sight = memory_new(layers, sizeof *sequence->sight);
    for (size_t i = 0; i < layers; i++) {
        const struct model_layer *layer = model_layer(sequence->model, i);
        uint32_t inputs = layer->shape.inputs;

        if (layer->shape.block != number ||
            model_input_of(sequence->model, i) != i ||
            (wanted != every_input && wanted != i))
            continue;
        sequence->sight[sequence->sights++] = (struct sight){
            .layer = i,
            .inputs = inputs,
            .x = memory_new_aligned(places * inputs, sizeof(double)),
            .mean_square = memory_new(inputs, sizeof(double)),
            .gram = gram ? memory_new((size_t)inputs * inputs, sizeof(double))
                         : NULL,
        };
    }
}

/* Only tiles on and below the diagonal were added up. */
static void sequence_finish(struct sequence *sequence, struct sight *sight)
{
    double count = (double)sequence_tokens(sequence);
    size_t k_all = sight->inputs;

    for (size_t k = 0; k < k_all; k++)
        sight->mean_square[k] /= count;
    for (size_t i = 0; sight->gram && i < k_all; i++) {
        for (size_t j = i + 1; j < k_all; j++)
            sight->gram[i * k_all + j] = sight->gram[j * k_all + i];
    }
    free(sight->x);
    sight->x = NULL;
}

static void look(struct sequence *sequence, const struct model_block *block)
{
    size_t items = 0, rows = sequence->tokens->rows;

    sequence->block = block;
    for (size_t i = 0; i < sequence->sights; i++)
        items += divide_up(sequence->sight[i].inputs, TILE);
    for (size_t first = 0; first < rows; first += ROWS_AT_ONCE) {
        sequence->first = first;
        sequence->rows =
            rows - first < ROWS_AT_ONCE ? rows - first : ROWS_AT_ONCE;
        parallel_for(sequence->workers, sequence->rows, look_at_row, sequence);
        parallel_for(sequence->workers, items, sequence_add_item, sequence);
    }
    for (size_t i = 0; i < sequence->sights; i++)
        sequence_finish(sequence, &sequence->sight[i]);
}

void sequence_look(struct sequence *sequence, const struct model_block *block,
                   uint32_t number, bool gram)
{
    make_sights(sequence, number, every_input, gram);
    look(sequence, block);
}

void sequence_look_at(struct sequence *sequence,
                      const struct model_block *block, size_t layer, bool gram)
{
    make_sights(sequence, model_layer(sequence->model, layer)->shape.block,
                model_input_of(sequence->model, layer), gram);
    look(sequence, block);
}

const double *sequence_mean_square(const struct sequence *sequence,
                                   size_t layer)
{
    return sight_of(sequence, layer)->mean_square;
}

double *sequence_gram(struct sequence *sequence, size_t layer)
{
    return sight_of(sequence, layer)->gram;
}

const float *sequence_rows(const struct sequence *sequence)
{
    return sequence->hidden;
}

uint64_t sequence_tokens(const struct sequence *sequence)
{
    return (uint64_t)sequence->tokens->rows * sequence->tokens->length;
}

static void pass_row(void *context, size_t row, unsigned worker)
{
    struct sequence *sequence = context;

    if (stop_requested())
        return;
    model_block_run(sequence->block, scratch_of(sequence, worker),
                    sequence->hidden + row * sequence->row_size,
                    sequence->tokens->length, row, NULL);
}

void sequence_pass(struct sequence *sequence, const struct model_block *block)
{
    sequence->block = block;
    parallel_for(sequence->workers, sequence->tokens->rows, pass_row, sequence);
}
