/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bookkeeping of results: which operator makes what, who reads it last, and
 * whether it stays on chip until then.
 */
#include "models/inference/building.h"

#include <string.h>

#include "base/arithmetic.h"

static uint64_t result_bytes(struct building *building, size_t number)
{
    const struct operator_row *row = building->row[number];
    bool is_residual = number + 1 == building->rows ||
                       strcmp(row->name, "add") == 0 ||
                       strcmp(row->name, "embedding") == 0;

    building->element[number] = is_residual ? RESIDUAL_BYTES : 1;
    switch (row->kind) {
    case OPERATOR_LINEAR:
        return building_product(building, row->rows) *
               building_product(building, row->outputs) *
               building->element[number];
    case OPERATOR_PRODUCT:
        return building_product(building, row->elements);
    case OPERATOR_SCAN:
        return building_dim(building, DIM_TOKENS) *
               building_dim(building, DIM_INNER);
    case OPERATOR_MOVE:
        return row->written[0] != DIM_END
                   ? 0
                   : building_product(building, row->work) *
                         building->element[number];
    default:
        return building_product(building, row->work) *
               building->element[number];
    }
}

/* Scores, softmax and their like never leave the chip: the block of queries is
 * chosen so. */
static bool is_inside_attention(const struct operator_row *row)
{
    return row->work[0] == DIM_PAIRS && strcmp(row->name, "values") != 0;
}

/* Members of a group read until the last of them ends. */
bool building_is_group(const struct building *building, size_t a, size_t b)
{
    return building->row[a]->kind == OPERATOR_LINEAR &&
           building->row[b]->kind == OPERATOR_LINEAR &&
           building->row[a]->count[0] == DIM_END &&
           strcmp(building->row[a]->from, building->row[b]->from) == 0;
}

static void find_readers(struct building *building)
{
    building->input_reader = 0;
    for (size_t i = 0; i < building->rows; i++)
        building->last_reader[i] = i;
    for (size_t i = 0; i < building->rows; i++) {
        size_t until = i;

        while (until + 1 < building->rows &&
               building_is_group(building, i, until + 1))
            until++;
        building->makers[i] =
            operator_makers(building->maker[i], building->row, i);
        for (size_t m = 0; m < building->makers[i]; m++) {
            int maker = building->maker[i][m];

            if (maker < 0)
                building->input_reader = until;
            else
                building->last_reader[maker] =
                    max(building->last_reader[maker], until);
        }
    }
    /* A block's result is read by the next; logits are read by nobody. */
    if (building->made->place != PLACE_FINISH)
        building->last_reader[building->rows - 1] = building->rows;
}

void results_place(struct building *building)
{
    uint64_t capacity = building->inference->capacity;

    find_readers(building);
    for (size_t i = 0; i < building->rows; i++) {
        uint64_t kept = 0;

        building->bytes[i] = result_bytes(building, i);
        if (building->made->input_on_chip && building->input_reader >= i)
            kept += building->input_bytes;
        for (size_t j = 0; j < i; j++)
            if (building->on_chip[j] && building->last_reader[j] >= i &&
                !is_inside_attention(building->row[j]))
                kept += building->bytes[j];
        building->on_chip[i] =
            is_inside_attention(building->row[i]) ||
            building->last_reader[i] == i ||
            !building->inference->has_channel ||
            (kept <= capacity && building->bytes[i] <= capacity - kept);
    }
}
