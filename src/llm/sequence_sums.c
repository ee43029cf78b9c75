/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Workers share tiles of the sums, and add the rows that run now to each, in
 * their order, always as many in one product: so neither the number of workers
 * nor how many rows run at once is seen in the bits.
 */
#include "llm/sequence_sums.h"

#include <cblas.h>
#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/parallel.h"

enum { TILE = 128 };

/* Places of one product, of those that the rows which run now have. */
struct places {
    size_t first, count;
};

/* Columns from .. to - 1 of the sum of d x^T, and as many rows of that of
 * x' x^T. */
static void add_beside(const struct sequence *sequence,
                       const struct sight *sight, const struct places *at,
                       uint32_t from, uint32_t to)
{
    int places = (int)at->count;
    int width = (int)model_width(sequence->model), k_all = (int)sight->inputs;
    size_t x_at = at->first * sight->inputs;

    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)(to - from),
                k_all, places, 1, sight->beside + x_at + from, k_all,
                sight->x + x_at, k_all, 1,
                sight->cross + (size_t)from * sight->inputs, k_all);
    if (atomic_load(&sight->adds))
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, width,
                    (int)(to - from), places, 1,
                    sight->apart + at->first * (size_t)width, width,
                    sight->x + x_at + from, k_all, 1, sight->lack + from,
                    k_all);
}

/* Adds tokens of the rows to one tile of columns of one sight. */
static void sequence_add_places(const struct sequence *sequence,
                                struct sight *sight, const struct places *at,
                                uint32_t from, uint32_t to)
{
    uint32_t k_all = sight->inputs;
    const double *x_at = sight->x + at->first * k_all;

    for (size_t i = 0; i < at->count; i++) {
        const double *x = x_at + i * k_all;

        for (uint32_t k = from; k < to; k++)
            sight->mean_square[k] += x[k] * x[k];
    }
    for (uint32_t j = 0; sight->gram && j <= from; j += TILE) {
        uint32_t width = k_all - j < TILE ? k_all - j : TILE;

        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)(to - from),
                    (int)width, (int)at->count, 1, x_at + from, (int)k_all,
                    x_at + j, (int)k_all, 1,
                    sight->gram + (size_t)from * k_all + j, (int)k_all);
    }
    if (sequence->dense)
        add_beside(sequence, sight, at, from, to);
}

static void sequence_add_tile(const struct sequence *sequence,
                              struct sight *sight, uint32_t from, uint32_t to)
{
    size_t length = sequence->tokens->length;

    for (size_t row = 0; row < sequence->rows; row += sequence->together) {
        size_t rows = min(sequence->rows - row, sequence->together);
        const struct places at = { row * length, rows * length };

        sequence_add_places(sequence, sight, &at, from, to);
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

void sequence_add_rows(struct sequence *sequence)
{
    size_t items = 0;

    for (size_t i = 0; i < sequence->sights; i++)
        items += divide_up(sequence->sight[i].inputs, TILE);
    parallel_for(sequence->workers, items, sequence_add_item, sequence);
}

/* Only tiles on and below the diagonal were added up. */
void sight_finish(struct sight *sight)
{
    double count = sight->tokens > 0 ? (double)sight->tokens : 1;
    size_t k_all = sight->inputs;

    for (size_t k = 0; k < k_all; k++)
        sight->mean_square[k] /= count;
    for (size_t i = 0; sight->gram && i < k_all; i++) {
        for (size_t j = i + 1; j < k_all; j++)
            sight->gram[i * k_all + j] = sight->gram[j * k_all + i];
    }
    free(sight->x);
    free(sight->beside);
    free(sight->apart);
    sight->x = sight->beside = sight->apart = NULL;
}

void sight_release(struct sight *sight)
{
    free(sight->x);
    free(sight->seen);
    free(sight->mean_square);
    free(sight->gram);
    free(sight->beside);
    free(sight->apart);
    free(sight->cross);
    free(sight->lack);
    *sight = (struct sight){ 0 };
}
