/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows that stand somewhere in a block go on there in another sequence of them,
 * as if nothing had been: sums and rows have the same bits.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "llm/sequence.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

enum { ROWS = 20, LENGTH = 6, MOST_STANDS = 200 };

/* What was seen of a block's inputs: sums of the first layer of each. */
struct sums {
    double *squares, *gram, *cross, *lack;
};

/* Both models' rows, at one time. */
struct kept {
    struct sequence_stand stand, dense;
};

struct walk {
    struct sequence *rows, *dense; /* dense: NULL if nothing is beside */
    struct sums sums[TINY_LAYERS];
    struct kept kept[MOST_STANDS];
    size_t kepts;
};

static struct model *model;
static struct model_tokens tokens;

static void enter(void)
{
    tiny_begin(&model, &tokens, ROWS, LENGTH);
}

static void leave(void)
{
    tiny_close(model, &tokens);
}

static void *copy(const void *bytes, size_t size)
{
    void *made;

    if (!bytes)
        return NULL;
    made = memory_new(size, 1);
    memcpy(made, bytes, size);
    return made;
}

static struct sequence_stand copy_stand(const struct sequence *sequence)
{
    struct sequence_stand stand = sequence_stand(sequence);
    size_t k = model_layer(model, stand.layer)->shape.inputs;

    stand.rows = copy(stand.rows, sizeof(float) * ROWS * LENGTH * TINY_WIDTH);
    stand.place = copy(stand.place, sizeof(uint32_t) * ROWS);
    stand.squares = copy(stand.squares, sizeof(double) * k);
    stand.gram = copy(stand.gram, sizeof(double) * k * k);
    stand.cross = copy(stand.cross, sizeof(double) * k * k);
    stand.lack = copy(stand.lack, sizeof(double) * k * TINY_WIDTH);
    return stand;
}

static void free_stand(struct sequence_stand *stand)
{
    free((void *)stand->rows);
    free((void *)stand->place);
    free((void *)stand->squares);
    free((void *)stand->gram);
    free((void *)stand->cross);
    free((void *)stand->lack);
}

static void keep(void *context)
{
    struct walk *walk = context;
    struct kept *kept = &walk->kept[walk->kepts++];

    ck_assert_uint_lt(walk->kepts, MOST_STANDS);
    kept->stand = copy_stand(walk->rows);
    if (walk->dense)
        kept->dense = copy_stand(walk->dense);
}

static struct sums copy_sums(const struct sequence *sequence, size_t layer,
                             bool beside)
{
    size_t k = model_layer(model, layer)->shape.inputs;
    struct sums sums = {
        copy(sequence_mean_square(sequence, layer), sizeof(double) * k),
        copy(sequence_gram((struct sequence *)sequence, layer),
             sizeof(double) * k * k),
        NULL,
        NULL,
    };

    if (beside) {
        sums.cross =
            copy(sequence_cross(sequence, layer), sizeof(double) * k * k);
        sums.lack = copy(sequence_lack(sequence, layer),
                         sizeof(double) * k * TINY_WIDTH);
    }
    return sums;
}

/* As if it had been pruned. */
static void settle(struct model_block *block, size_t layer)
{
    const struct layer_shape *shape = &model_layer(model, layer)->shape;
    float *weights = model_block_layer(block, layer);

    for (size_t i = layer % 3; i < (size_t)shape->inputs * shape->outputs;
         i += 3)
        weights[i] *= 0.5f;
}

/* A block, from where the rows stand. */
static void walk_block(struct walk *walk, uint32_t number,
                       const struct sequence_stand *from)
{
    const struct layer_span span = model_layers_of_block(model, number);
    struct model_block *block, *dense;
    struct error err;

    ck_assert_int_eq(model_block_load(&block, model, number, &err), 0);
    ck_assert_int_eq(model_block_load(&dense, model, number, &err), 0);
    for (size_t l = span.first; l < span.end; l++) {
        bool before = from && (from->looked == 0 || l < from->layer);

        if (model_input_of(model, l) != l)
            continue;
        if (!before && walk->dense)
            sequence_look_beside(walk->rows, block, l, walk->dense, dense);
        else if (!before)
            sequence_look_at(walk->rows, block, l, SEQUENCE_GRAM);
        if (!before)
            walk->sums[l] = copy_sums(walk->rows, l, walk->dense != NULL);
        for (size_t same = l; same < span.end; same++)
            if (model_input_of(model, same) == l)
                settle(block, same);
    }
    if (walk->dense)
        sequence_pass(walk->dense, dense);
    sequence_pass(walk->rows, block);
    model_block_free(dense);
    model_block_free(block);
}

static void walk_on(struct walk *walk, const struct sequence_stand *from)
{
    for (uint32_t b = from ? from->block : 0; b < model_blocks(model); b++)
        walk_block(walk, b, from && b == from->block ? from : NULL);
}

static void walk_begin(struct walk *walk, bool beside, unsigned workers)
{
    *walk = (struct walk){ .rows = sequence_begin(model, &tokens, workers) };
    if (beside)
        walk->dense = sequence_begin(model, &tokens, workers);
}

static void walk_end(struct walk *walk)
{
    sequence_end(walk->rows);
    sequence_end(walk->dense);
    for (size_t l = 0; l < TINY_LAYERS; l++) {
        free(walk->sums[l].squares);
        free(walk->sums[l].gram);
        free(walk->sums[l].cross);
        free(walk->sums[l].lack);
    }
    for (size_t i = 0; i < walk->kepts; i++) {
        free_stand(&walk->kept[i].stand);
        free_stand(&walk->kept[i].dense);
    }
}

static void must_be_same(const struct walk *walk, const struct walk *all)
{
    size_t bytes = sizeof(float) * ROWS * LENGTH * TINY_WIDTH;

    ck_assert_mem_eq(sequence_rows(walk->rows), sequence_rows(all->rows),
                     bytes);
    for (size_t l = 0; l < TINY_LAYERS; l++) {
        const struct sums *is = &walk->sums[l], *was = &all->sums[l];
        size_t k = model_layer(model, l)->shape.inputs;

        if (!is->squares)
            continue; /* it was seen before */
        ck_assert_mem_eq(is->squares, was->squares, sizeof(double) * k);
        ck_assert_mem_eq(is->gram, was->gram, sizeof(double) * k * k);
        if (!walk->dense)
            continue;
        ck_assert_mem_eq(is->cross, was->cross, sizeof(double) * k * k);
        ck_assert_int_eq(is->lack == NULL, was->lack == NULL);
        if (is->lack)
            ck_assert_mem_eq(is->lack, was->lack,
                             sizeof(double) * k * TINY_WIDTH);
    }
}

/* _i: with the dense model beside. */
START_TEST(rows_go_on_where_they_stood)
{
    struct walk all, on;
    size_t amid = 0, passing = 0;

    walk_begin(&all, _i, 1);
    sequence_keep_by(all.rows, &(struct sequence_keeper){ keep, &all });
    if (_i)
        sequence_keep_by(all.dense, &(struct sequence_keeper){ keep, &all });
    walk_on(&all, NULL);
    for (size_t i = 0; i < all.kepts; i++) {
        const struct kept *kept = &all.kept[i];

        amid += kept->stand.looked > 0 && kept->stand.looked < ROWS;
        passing += kept->stand.looked == 0;
        walk_begin(&on, _i, 1 + (unsigned)i % 3);
        ck_assert(sequence_can_stand(on.rows, &kept->stand));
        sequence_restore(on.rows, &kept->stand);
        if (_i)
            sequence_restore(on.dense, &kept->dense);
        walk_on(&on, &kept->stand);
        must_be_same(&on, &all);
        walk_end(&on);
    }
    ck_assert_uint_gt(amid, 0);
    ck_assert_uint_gt(passing, 4);
    walk_end(&all);
}
END_TEST

/* What no sequence of these rows can have said. */
START_TEST(rows_can_stand_only_where_they_can_come_to)
{
    struct sequence *rows = sequence_begin(model, &tokens, 1);
    struct sequence_stand stand = sequence_stand(rows), other;
    double squares[TINY_WIDTH] = { 0 };
    uint32_t place[ROWS] = { 0 };

    stand.place = place;
    ck_assert(sequence_can_stand(rows, &stand));
    place[3] = 1;
    ck_assert(sequence_can_stand(rows, &stand));
    place[ROWS - 1] = SEQUENCE_BEHIND;
    ck_assert(sequence_can_stand(rows, &stand));
    place[3] = 2; /* a block has two sublayers */
    ck_assert(!sequence_can_stand(rows, &stand));
    place[3] = 0;
    stand.block = TINY_BLOCKS;
    ck_assert(!sequence_can_stand(rows, &stand));
    stand.block = 1;
    stand.layer = 7;
    stand.looked = 8;
    stand.tokens = 8 * LENGTH;
    stand.squares = squares;
    ck_assert(sequence_can_stand(rows, &stand));
    for (size_t looked = 0; looked <= 2 * ROWS; looked++) {
        other = stand;
        other.looked = looked;
        other.tokens = 0;
        ck_assert_int_eq(sequence_can_stand(rows, &other),
                         looked <= ROWS && (looked % 8 == 0 || looked == ROWS));
    }
    other = stand;
    other.tokens = 8 * LENGTH + 1;
    ck_assert(!sequence_can_stand(rows, &other));
    other = stand;
    other.squares = NULL;
    ck_assert(!sequence_can_stand(rows, &other));
    for (size_t layer = 0; layer < TINY_LAYERS; layer++) {
        other = stand;
        other.layer = layer;
        ck_assert_int_eq(sequence_can_stand(rows, &other),
                         layer >= 7 && model_input_of(model, layer) == layer);
    }
    sequence_stay(rows); /* who trains a block needs its input */
    place[3] = 1;
    ck_assert(!sequence_can_stand(rows, &stand));
    sequence_end(rows);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("sequence_stand");
    TCase *stands = tcase_create("stands");

    tcase_add_unchecked_fixture(stands, enter, leave);
    tcase_add_loop_test(stands, rows_go_on_where_they_stood, 0, 2);
    tcase_add_test(stands, rows_can_stand_only_where_they_can_come_to);
    suite_add_tcase(suite, stands);
    return suite;
}
