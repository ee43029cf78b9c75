/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Some rows run at once, at least one a worker, and leave their inputs in
 * memory; then they are added to the sums (sequence_sums.c).
 * Looking beside a dense model, each row runs through both blocks, one after
 * the other, on the same thread: what the stream lacks is the difference of
 * what both taps saw.
 */
#include "llm/sequence.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "llm/model_parts.h"
#include "llm/sequence_sums.h"
#include "llm/walk.h"

/* Rows of one product: at most eight, and no more than 4,096 tokens (of longer
 * rows, one). */
enum { MOST_TOGETHER = 8, MOST_TOKENS = 4096 };

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
    sequence->together =
        max(1, min(MOST_TOGETHER, MOST_TOKENS / tokens->length));
    sequence->room =
        sequence->together * divide_up(sequence->workers, sequence->together);
    spill_take(&sequence->rows_at,
               tokens->rows * sequence->row_size * sizeof *sequence->hidden);
    sequence->hidden = sequence->rows_at.at;
    sequence->trial = memory_new_aligned(sequence->workers * sequence->row_size,
                                         sizeof *sequence->trial);
    sequence->place = memory_new(tokens->rows, sizeof *sequence->place);
    for (size_t row = 0; row < tokens->rows; row++)
        model_embed(model, tokens->ids + row * tokens->length, tokens->length,
                    sequence->hidden + row * sequence->row_size);
    return sequence;
}

static void sequence_forget(struct sequence *sequence)
{
    for (size_t i = 0; i < sequence->sights; i++)
        sight_release(&sequence->sight[i]);
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
    spill_release(&sequence->rows_at);
    sight_release(&sequence->restored);
    free(sequence->place);
    free(sequence->trial);
    free(sequence);
}

void sequence_stay(struct sequence *sequence)
{
    sequence->stays = true;
}

void sequence_keep_by(struct sequence *sequence,
                      const struct sequence_keeper *keeper)
{
    sequence->keeper = *keeper;
}

/* Rows that are behind their block, or new, stand before another one. */
static void enter_block(struct sequence *sequence, uint32_t number)
{
    if (sequence->number == number)
        return;
    for (size_t row = 0; row < sequence->tokens->rows; row++) {
        assert(sequence->place[row] == SEQUENCE_BEHIND ||
               sequence->place[row] == 0 || stop_requested());
        sequence->place[row] = 0;
    }
    sequence->number = number;
}

static void keep_now_and_then(const struct sequence *sequence)
{
    if (sequence->keeper.keep && !stop_requested())
        sequence->keeper.keep(sequence->keeper.context);
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

/* x of a row, among the rows that run at once.  What an expert does not see is
 * 0 there, which adds nothing to the sums. */
static void put_sight(const struct sequence *sequence, double *into,
                      const struct model_sight *seen, uint32_t inputs)
{
    into += (seen->row - sequence->first) * sequence->tokens->length * inputs;
    for (size_t t = 0; t < seen->tokens; t++) {
        size_t to = (seen->place ? seen->place[t] : t) * inputs;

        for (size_t i = 0; i < inputs; i++)
            into[to + i] = (double)seen->x[t * inputs + i];
    }
}

/* The stream of a row. */
static void put_row(const struct sequence *sequence, double *into,
                    const float *x, size_t row, size_t size)
{
    into += (row - sequence->first) * size;
    for (size_t i = 0; i < size; i++)
        into[i] = (double)x[i];
}

static void sequence_see(void *context, const struct model_sight *seen)
{
    const struct sequence *sequence = context;
    struct sight *sight = sight_of(sequence, seen->layer);

    if (!sight)
        return;
    put_sight(sequence, sight->x, seen, sight->inputs);
    sight->seen[seen->row - sequence->first] = seen->tokens;
}

static void sequence_see_dense(void *context, const struct model_sight *seen)
{
    const struct sequence *sequence = context;
    const struct sight *sight = sight_of(sequence, seen->layer);

    if (sight)
        put_sight(sequence, sight->beside, seen, sight->inputs);
}

/* The stream of this sequence, from which that of the dense one is yet to be
 * taken. */
static void sequence_see_stream(void *context, size_t layer, size_t row,
                                const float *hidden, uint32_t tokens)
{
    const struct sequence *sequence = context;
    struct sight *sight = sight_of(sequence, layer);

    (void)tokens;
    if (!sight)
        return;
    put_row(sequence, sight->apart, hidden, row, sequence->row_size);
    atomic_store(&sight->adds, true);
}

static void sequence_see_dense_stream(void *context, size_t layer, size_t row,
                                      const float *hidden, uint32_t tokens)
{
    const struct sequence *sequence = context;
    const struct sight *sight = sight_of(sequence, layer);
    double *apart;

    (void)tokens;
    if (!sight)
        return;
    apart = sight->apart + (row - sequence->first) * sequence->row_size;
    for (size_t i = 0; i < sequence->row_size; i++)
        apart[i] = (double)hidden[i] - apart[i];
}

static struct model_scratch *scratch_of(struct sequence *sequence,
                                        unsigned worker)
{
    if (!sequence->scratch[worker])
        sequence->scratch[worker] =
            model_scratch_new(sequence->model, sequence->tokens->length);
    return sequence->scratch[worker];
}

/* The sublayer that rows have come to when `sequence` looks at an input; all
 * inputs are looked at from the first one on. */
static size_t sublayer_wanted(const struct sequence *sequence,
                              const struct sequence *of)
{
    return of->stays || sequence->sights != 1
               ? 0
               : model_sublayer_of(sequence->model, sequence->sight[0].layer);
}

/* The row goes to the sublayer of what is looked at; then a copy of it on,
 * until that was seen. */
static void try_row(struct sequence *sequence, size_t row, unsigned worker,
                    const struct sequence *of, const struct model_block *block,
                    const struct model_tap *tap)
{
    float *trial = sequence->trial + worker * sequence->row_size;
    float *hidden = of->hidden + row * sequence->row_size;
    const struct model_passage passage = { of->place[row],
                                           sublayer_wanted(sequence, of),
                                           sequence->tokens->length };

    assert(passage.first <= passage.end);
    if (passage.first < passage.end)
        model_block_run_some(block, scratch_of(sequence, worker), hidden, row,
                             &passage);
    of->place[row] = (uint32_t)passage.end;
    memcpy(trial, hidden, sequence->row_size * sizeof *trial);
    if (sequence->sights == 1) /* then nothing behind it is wanted */
        model_block_look(block, scratch_of(sequence, worker), trial, row,
                         &(struct model_look){ tap, sequence->sight[0].layer,
                                               passage.end, passage.tokens });
    else
        model_block_run(block, scratch_of(sequence, worker), trial,
                        sequence->tokens->length, row, tap);
}

static void look_at_row(void *context, size_t item, unsigned worker)
{
    struct sequence *sequence = context;
    const struct model_tap alone = { .see = sequence_see, .context = sequence };
    const struct model_tap ours = { sequence_see, sequence_see_stream,
                                    sequence };
    const struct model_tap theirs = { sequence_see_dense,
                                      sequence_see_dense_stream, sequence };
    size_t row = sequence->first + item;

    if (stop_requested())
        return;
    try_row(sequence, row, worker, sequence, sequence->block,
            sequence->dense ? &ours : &alone);
    if (sequence->dense)
        try_row(sequence, row, worker, sequence->dense, sequence->dense_block,
                &theirs);
}

static const size_t every_input = SIZE_MAX;

static void make_room_beside(const struct sequence *sequence,
                             struct sight *sight)
{
    size_t inputs = sight->inputs, width = model_width(sequence->model);
    size_t places = sequence->room * sequence->tokens->length;

    sight->beside = memory_new_aligned(places * inputs, sizeof(double));
    sight->apart = memory_new_aligned(places * width, sizeof(double));
    sight->cross = memory_new(inputs * inputs, sizeof(double));
    sight->lack = memory_new(width * inputs, sizeof(double));
}

/* Of the whole block, or of one layer's input. */
static void make_sights(struct sequence *sequence, uint32_t number,
                        size_t wanted, enum sequence_sums sums)
{
    size_t layers = model_layers(sequence->model);
    size_t places = sequence->room * sequence->tokens->length;

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
            .seen = memory_new(sequence->room, sizeof(uint32_t)),
            .mean_square = memory_new(inputs, sizeof(double)),
            .gram = sums == SEQUENCE_GRAM
                        ? memory_new((size_t)inputs * inputs, sizeof(double))
                        : NULL,
        };
        if (sequence->dense)
            make_room_beside(sequence, &sequence->sight[sequence->sights - 1]);
    }
    sequence->looked = 0;
    sequence_take_up(sequence, &sequence->sight[0]);
}

static void begin_rows(const struct sequence *sequence)
{
    size_t places = sequence->room * sequence->tokens->length;

    for (size_t i = 0; i < sequence->sights; i++) {
        struct sight *sight = &sequence->sight[i];
        size_t size = places * sight->inputs * sizeof *sight->x;

        memset(sight->seen, 0, sequence->room * sizeof *sight->seen);
        if (!model_is_routed(sequence->model, sight->layer))
            continue;
        memset(sight->x, 0, size);
        if (sight->beside)
            memset(sight->beside, 0, size);
    }
}

static void count_rows(const struct sequence *sequence)
{
    for (size_t i = 0; i < sequence->sights; i++)
        for (size_t row = 0; row < sequence->rows; row++)
            sequence->sight[i].tokens += sequence->sight[i].seen[row];
}

static void look(struct sequence *sequence, const struct model_block *block)
{
    size_t rows = sequence->tokens->rows;

    sequence->block = block;
    enter_block(sequence, block->number);
    if (sequence->dense)
        enter_block(sequence->dense, block->number);
    while (sequence->looked < rows && !stop_requested()) {
        sequence->first = sequence->looked;
        sequence->rows = min(rows - sequence->first, sequence->room);
        begin_rows(sequence);
        parallel_for(sequence->workers, sequence->rows, look_at_row, sequence);
        count_rows(sequence);
        sequence_add_rows(sequence);
        sequence->looked += sequence->rows;
        keep_now_and_then(sequence);
    }
    sequence->looked = 0;
    for (size_t i = 0; i < sequence->sights; i++)
        sight_finish(&sequence->sight[i]);
}

void sequence_look(struct sequence *sequence, const struct model_block *block,
                   uint32_t number, enum sequence_sums sums)
{
    make_sights(sequence, number, every_input, sums);
    look(sequence, block);
}

void sequence_look_at(struct sequence *sequence,
                      const struct model_block *block, size_t layer,
                      enum sequence_sums sums)
{
    make_sights(sequence, model_layer(sequence->model, layer)->shape.block,
                model_input_of(sequence->model, layer), sums);
    look(sequence, block);
}

void sequence_look_beside(struct sequence *sequence,
                          const struct model_block *block, size_t layer,
                          struct sequence *dense,
                          const struct model_block *dense_block)
{
    sequence->dense = dense;
    sequence->dense_block = dense_block;
    sequence_look_at(sequence, block, layer, SEQUENCE_GRAM);
    sequence->dense = NULL;
}

const double *sequence_cross(const struct sequence *sequence, size_t layer)
{
    return sight_of(sequence, layer)->cross;
}

const double *sequence_lack(const struct sequence *sequence, size_t layer)
{
    const struct sight *sight = sight_of(sequence, layer);

    return atomic_load(&sight->adds) ? sight->lack : NULL;
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

uint64_t sequence_tokens(const struct sequence *sequence, size_t layer)
{
    return sight_of(sequence, layer)->tokens;
}

static void pass_row(void *context, size_t item, unsigned worker)
{
    struct sequence *sequence = context;
    size_t row = sequence->first + item;

    if (stop_requested() || sequence->place[row] == SEQUENCE_BEHIND)
        return;
    model_block_run_some(sequence->block, scratch_of(sequence, worker),
                         sequence->hidden + row * sequence->row_size, row,
                         &(struct model_passage){ sequence->place[row],
                                                  SIZE_MAX,
                                                  sequence->tokens->length });
    sequence->place[row] = SEQUENCE_BEHIND;
}

/* An eighth of the rows at once, so that they can be kept in between. */
void sequence_pass(struct sequence *sequence, const struct model_block *block)
{
    enum { EIGHTHS = 8 };
    size_t rows = sequence->tokens->rows;
    size_t most = max(sequence->room, divide_up(rows, EIGHTHS));

    sequence->block = block;
    enter_block(sequence, block->number);
    for (size_t first = 0; first < rows; first += most) {
        sequence->first = first;
        parallel_for(sequence->workers, min(rows - first, most), pass_row,
                     sequence);
        keep_now_and_then(sequence);
    }
}
