/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is given out is the sequence's own, between rows that run; what is taken
 * in comes from a file, perhaps unaligned, and is copied.  Sums that were taken
 * in wait until their input is looked at: if another one is, they are of no
 * use, and go.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "llm/sequence_sums.h"

/* Sums are raw while rows are added to them. */
struct sequence_stand sequence_stand(const struct sequence *sequence)
{
    struct sequence_stand stand = { .block = sequence->number,
                                    .rows = sequence->hidden,
                                    .place = sequence->place };
    const struct sight *sight = sequence->sight;

    if (sequence->looked == 0 || sequence->sights != 1)
        return stand;
    stand.layer = sight->layer;
    stand.looked = sequence->looked;
    stand.tokens = sight->tokens;
    stand.squares = sight->mean_square;
    stand.gram = sight->gram;
    stand.cross = sight->cross;
    stand.lack = atomic_load(&sight->adds) ? sight->lack : NULL;
    return stand;
}

static uint32_t place_of(const struct sequence_stand *stand, size_t row)
{
    uint32_t place;

    memcpy(&place, (const uint32_t *)stand->place + row, sizeof place);
    return place;
}

static bool has_places(const struct sequence *sequence,
                       const struct sequence_stand *stand)
{
    const struct model *model = sequence->model;
    const struct layer_span span = model_layers_of_block(model, stand->block);
    size_t last =
        span.end > span.first ? model_sublayer_of(model, span.end - 1) : 0;

    for (size_t row = 0; row < sequence->tokens->rows; row++) {
        uint32_t place = place_of(stand, row);

        if (place > last && place != SEQUENCE_BEHIND)
            return false;
        if (sequence->stays && place != 0 && place != SEQUENCE_BEHIND)
            return false;
    }
    return true;
}

/* Rows are added several in one product, always as many. */
static bool has_looked(const struct sequence *sequence,
                       const struct sequence_stand *stand)
{
    const struct model *model = sequence->model;
    const struct layer_span span = model_layers_of_block(model, stand->block);
    size_t rows = sequence->tokens->rows;

    return stand->looked == 0 ||
           (stand->squares && stand->layer >= span.first &&
            stand->layer < span.end &&
            model_input_of(model, stand->layer) == stand->layer &&
            (stand->looked == rows ||
             (stand->looked < rows &&
              stand->looked % sequence->together == 0)) &&
            stand->tokens <= stand->looked * sequence->tokens->length);
}

static double *copy_of(const void *numbers, size_t count)
{
    double *copy;

    if (!numbers)
        return NULL;
    copy = memory_new_aligned(count, sizeof *copy);
    memcpy(copy, numbers, count * sizeof *copy);
    return copy;
}

bool sequence_can_stand(const struct sequence *sequence,
                        const struct sequence_stand *stand)
{
    return stand->block < model_blocks(sequence->model) &&
           has_places(sequence, stand) && has_looked(sequence, stand);
}

void sequence_restore(struct sequence *sequence,
                      const struct sequence_stand *stand)
{
    size_t rows = sequence->tokens->rows, k, width;

    memcpy(sequence->hidden, stand->rows,
           rows * sequence->row_size * sizeof *sequence->hidden);
    memcpy(sequence->place, stand->place, rows * sizeof *sequence->place);
    sequence->number = stand->block;
    sight_release(&sequence->restored);
    sequence->restored_rows = stand->looked;
    if (stand->looked == 0)
        return;
    k = model_layer(sequence->model, stand->layer)->shape.inputs;
    width = model_width(sequence->model);
    sequence->restored = (struct sight){
        .layer = stand->layer,
        .tokens = stand->tokens,
        .mean_square = copy_of(stand->squares, k),
        .gram = copy_of(stand->gram, k * k),
        .cross = copy_of(stand->cross, k * k),
        .lack = copy_of(stand->lack, width * k),
        .adds = stand->lack != NULL,
    };
}

static void swap_sums(double **a, double **b)
{
    double *both = *a;

    *a = *b;
    *b = both;
}

void sequence_take_up(struct sequence *sequence, struct sight *sight)
{
    struct sight *restored = &sequence->restored;

    if (sequence->restored_rows > 0 && sequence->sights == 1 &&
        restored->layer == sight->layer && !restored->gram == !sight->gram &&
        !restored->cross == !sight->cross) {
        swap_sums(&sight->mean_square, &restored->mean_square);
        swap_sums(&sight->gram, &restored->gram);
        swap_sums(&sight->cross, &restored->cross);
        if (restored->lack)
            swap_sums(&sight->lack, &restored->lack);
        atomic_store(&sight->adds, atomic_load(&restored->adds));
        sight->tokens = restored->tokens;
        sequence->looked = sequence->restored_rows;
    }
    sight_release(restored);
    sequence->restored_rows = 0;
}

bool sequence_is_behind(const struct sequence *sequence,
                        const struct sequence_stand *stand, size_t layer)
{
    uint32_t block = model_layer(sequence->model, layer)->shape.block;
    size_t sublayer = model_sublayer_of(sequence->model, layer);
    bool behind = block < stand->block;

    if (block == stand->block)
        for (size_t row = 0; !behind && row < sequence->tokens->rows; row++)
            behind = place_of(stand, row) > sublayer;
    return behind;
}
