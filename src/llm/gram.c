/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A sum is [K][K] and symmetric; at 7B the four of a block would be 1.4 GB in
 * double, and its inputs of 4,096 tokens 0.8.  So only the tiles on and below
 * the diagonal are kept,
 *
 *     tile row 0   [ x ]             128 rows of 128 numbers
 *     tile row 1   [ x x ]           128 rows of 256
 *     tile row 2   [ x x x ]         ...
 *
 * and inputs lie in f32, as they were computed, until a tile needs 128 columns
 * of them in double.  A tile row is what a thread takes; nothing that it adds
 * depends on the others.
 */
#include "llm/gram.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/parallel.h"

enum { TILE = 128 };

size_t gram_together(size_t length)
{
    return max(1, GRAM_TOKENS / length);
}

/* Whole products; as many rows as there are threads, if these are more; no more
 * than there are. */
static size_t gram_room(const struct gram_rows *rows)
{
    size_t together = gram_together(rows->length);
    size_t room = together * divide_up(max(rows->workers, 1), together);

    return max(1, min(room, rows->rows));
}

/* Numbers of the tile rows before `from`, a multiple of TILE, or of all. */
static size_t before(size_t from)
{
    size_t tiles = from / TILE, rest = from % TILE;

    return (size_t)TILE * TILE * tiles * (tiles + 1) / 2 + rest * from;
}

size_t gram_bytes(const struct model *model, uint32_t block,
                  const struct gram_rows *rows)
{
    const struct layer_span span = model_layers_of_block(model, block);
    size_t places = gram_room(rows) * rows->length, sum = 0;

    for (size_t l = span.first; l < span.end; l++) {
        size_t k = model_layer(model, l)->shape.inputs;

        if (model_input_of(model, l) == l)
            sum += k * places * sizeof(float) +
                   before(k) * sizeof(double) * (rows->eighths > 1 ? 2 : 1);
    }
    return sum;
}

struct gram *gram_new(const struct model *model, uint32_t block,
                      const struct gram_rows *rows)
{
    const struct layer_span span = model_layers_of_block(model, block);
    struct gram *gram = memory_new(1, sizeof *gram);

    *gram = (struct gram){
        .model = model,
        .block = block,
        .length = rows->length,
        .room = gram_room(rows),
        .input = memory_new(span.end - span.first, sizeof *gram->input),
    };
    for (size_t l = span.first; l < span.end; l++) {
        uint32_t inputs = model_layer(model, l)->shape.inputs;
        size_t size = before(inputs);

        if (model_input_of(model, l) != l)
            continue;
        gram->input[gram->inputs++] = (struct gram_input){
            .layer = l,
            .inputs = inputs,
            .size = size,
            .seen = memory_new(gram->room, sizeof(uint32_t)),
            .part = memory_new(size, sizeof(double)),
            .total =
                rows->eighths > 1 ? memory_new(size, sizeof(double)) : NULL,
        };
    }
    return gram;
}

void gram_rest(struct gram *gram)
{
    for (size_t i = 0; i < gram->inputs; i++) {
        free(gram->input[i].x);
        gram->input[i].x = NULL;
    }
}

void gram_free(struct gram *gram)
{
    if (!gram)
        return;
    gram_rest(gram);
    for (size_t i = 0; i < gram->inputs; i++) {
        free(gram->input[i].seen);
        free(gram->input[i].part);
        free(gram->input[i].total);
    }
    free(gram->input);
    free(gram);
}

const double *gram_sum(const struct gram_input *input)
{
    return input->total ? input->total : input->part;
}

size_t gram_place(const struct gram_input *input, size_t i, size_t j)
{
    size_t from = i / TILE * TILE, to = min(from + TILE, input->inputs);

    return before(from) + (i - from) * to + j;
}

void gram_begin(struct gram *gram)
{
    for (size_t i = 0; i < gram->inputs; i++) {
        struct gram_input *input = &gram->input[i];
        size_t size = gram->room * gram->length * input->inputs;

        if (!input->x)
            input->x = memory_new_aligned(size, sizeof *input->x);
        memset(input->seen, 0, gram->room * sizeof *input->seen);
        if (model_is_routed(gram->model, input->layer))
            memset(input->x, 0, size * sizeof *input->x);
    }
}

/* What an expert does not see stays 0, which adds nothing to a sum. */
void gram_see(struct gram *gram, size_t slot, const struct model_sight *sight)
{
    struct gram_input *input = gram->input;
    size_t k_all;
    float *x;

    while (input->layer != sight->layer)
        input++;
    k_all = input->inputs;
    x = input->x + slot * gram->length * k_all;
    input->seen[slot] = sight->tokens;
    if (!sight->place) {
        memcpy(x, sight->x, sight->tokens * k_all * sizeof *x);
        return;
    }
    for (size_t t = 0; t < sight->tokens; t++)
        memcpy(x + sight->place[t] * k_all, sight->x + t * k_all,
               k_all * sizeof *x);
}

/* ---- tiles --------------------------------------------------------------- */

struct gram_job {
    struct gram *gram;
    const struct gram_segment *segment;
    size_t segments;
};

/* One tile row of an input. */
struct tile_row {
    const struct gram_input *input;
    uint32_t from, to;
    double *left, *right; /* [places][TILE]: columns of the inputs */
};

static void widen(double *out, const float *x, size_t places, uint32_t columns,
                  uint32_t k_all)
{
    for (size_t i = 0; i < places; i++)
        for (uint32_t k = 0; k < columns; k++)
            out[i * columns + k] = (double)x[i * k_all + k];
}

static void add_product(const struct tile_row *row, const float *x,
                        size_t places)
{
    uint32_t k_all = row->input->inputs, rows = row->to - row->from;
    double *sum = row->input->part + before(row->from);

    widen(row->left, x + row->from, places, rows, k_all);
    for (uint32_t j = 0; j <= row->from; j += TILE) {
        uint32_t columns = j == row->from ? rows : TILE;
        const double *right = j == row->from ? row->left : row->right;

        if (j < row->from)
            widen(row->right, x + j, places, columns, k_all);
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)rows,
                    (int)columns, (int)places, 1, row->left, (int)rows, right,
                    (int)columns, 1, sum + j, (int)row->to);
    }
}

/* The eighth is whole. */
static void end_eighth(const struct tile_row *row)
{
    size_t at = before(row->from);
    size_t size = (size_t)(row->to - row->from) * row->to;

    if (!row->input->total)
        return;
    for (size_t i = at; i < at + size; i++) {
        row->input->total[i] += row->input->part[i];
        row->input->part[i] = 0;
    }
}

static void add_tile_row(const struct gram_job *job, struct tile_row *row)
{
    size_t length = job->gram->length, most = 0, first = 0;

    for (size_t s = 0; s < job->segments; s++)
        most = max(most, job->segment[s].rows * length);
    row->left = memory_new_aligned(most * TILE, sizeof *row->left);
    row->right = memory_new_aligned(most * TILE, sizeof *row->right);
    for (size_t s = 0; s < job->segments; s++) {
        size_t places = job->segment[s].rows * length;

        add_product(row, row->input->x + first * row->input->inputs, places);
        if (job->segment[s].ends)
            end_eighth(row);
        first += places;
    }
    free(row->left);
    free(row->right);
}

static void gram_add_item(void *context, size_t item, unsigned worker)
{
    const struct gram_job *job = context;
    const struct gram_input *input = job->gram->input;
    struct tile_row row;

    (void)worker;
    for (; item >= divide_up(input->inputs, TILE); input++)
        item -= divide_up(input->inputs, TILE);
    row = (struct tile_row){ .input = input, .from = (uint32_t)item * TILE };
    row.to = (uint32_t)min(row.from + TILE, input->inputs);
    add_tile_row(job, &row);
}

void gram_add(struct gram *gram, const struct gram_segment *segment,
              size_t segments, unsigned workers)
{
    struct gram_job job = { gram, segment, segments };
    size_t items = 0;

    for (size_t i = 0; i < gram->inputs; i++) {
        struct gram_input *input = &gram->input[i];

        items += divide_up(input->inputs, TILE);
        for (size_t slot = 0; slot < gram->room; slot++)
            input->tokens += input->seen[slot];
    }
    parallel_for(workers, items, gram_add_item, &job);
}
