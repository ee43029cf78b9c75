/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every way of the arithmetic against loops over single cells; built twice, the
 * second time without what needs a newer processor. */
#include "models/fast/lanes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "tests/suite.h"

enum { ROWS = 24, MOST = 96 };

struct cells {
    struct lanes lanes;
    int8_t vector[ROWS * 16 + LANES_PADDING];
    uint32_t input[ROWS];
    uint8_t pairs[ROWS];
    uint8_t select[ROWS * MOST], metadata[ROWS * MOST];
    int8_t word[ROWS * MOST], low[ROWS * MOST], high[ROWS * MOST];
    int16_t product[ROWS * MOST];
    int32_t sum[8 * MOST];
};

static void draw(struct cells *cells, uint64_t *seed)
{
    static const uint32_t strides[] = { 1, 5, 32, 64, 96, 33 };
    uint32_t stride = strides[random_below(seed, 6)];
    uint32_t first =
        random_below(seed, 2) ? 0 : (uint32_t)random_below(seed, stride);
    uint32_t columns =
        first ? 1 + (uint32_t)random_below(seed, stride - first) : stride;

    memset(cells, 0, sizeof *cells);
    cells->lanes = (struct lanes){ (uint32_t)random_below(seed, ROWS + 1),
                                   stride, first, columns };
    for (size_t i = 0; i < ROWS * 16; i++)
        cells->vector[i] = (int8_t)random_next(seed);
    for (size_t r = 0; r < ROWS; r++) {
        cells->input[r] = 16 * (uint32_t)random_below(seed, ROWS);
        cells->pairs[r] = (uint8_t)random_below(seed, 9);
    }
    for (size_t i = 0; i < (size_t)ROWS * MOST; i++) {
        cells->select[i] = (uint8_t)random_below(seed, 8);
        cells->metadata[i] = (uint8_t)random_below(seed, 2);
        cells->word[i] = (int8_t)random_next(seed);
    }
}

static bool served(const struct lanes *lanes, uint32_t column)
{
    return column >= lanes->first && column < lanes->first + lanes->columns;
}

/* Of two's complement: `bits` bits from bit beat * bits on. */
static int slice_of(int input, uint32_t beat, uint32_t bits)
{
    int place = 1 << (beat * bits), below = ((input % place) + place) % place,
        rest = (input - below) / place, base = 1 << bits;

    return (beat + 1) * bits == 8 ? rest : ((rest % base) + base) % base;
}

static void check_cell(const struct cells *cells, uint32_t r, uint32_t c,
                       uint32_t beat, uint32_t bits)
{
    size_t at = (size_t)r * cells->lanes.stride + c;
    const int8_t *pair =
        cells->vector + cells->input[r] + 2 * cells->select[at];
    int low = cells->pairs[r] ? pair[0] : 0,
        high = cells->pairs[r] ? pair[1] : 0;

    if (!served(&cells->lanes, c))
        return;
    ck_assert_int_eq(cells->low[at], low);
    ck_assert_int_eq(cells->high[at], high);
    ck_assert_int_eq(cells->product[at],
                     cells->word[at] *
                         slice_of(cells->metadata[at] ? high : low, beat,
                                  bits));
}

static void check_sums(const struct cells *cells, uint32_t ways)
{
    for (uint32_t p = 0; p < ways; p++) {
        for (uint32_t c = 0; c < cells->lanes.stride; c++) {
            int32_t sum = 0;

            for (uint32_t r = p; r < cells->lanes.rows; r += ways)
                sum += cells->product[(size_t)r * cells->lanes.stride + c];
            if (served(&cells->lanes, c))
                ck_assert_int_eq(cells->sum[p * cells->lanes.stride + c], sum);
        }
    }
}

START_TEST(rows_of_cells_do_what_single_cells_do)
{
    struct cells *cells = memory_new(1, sizeof *cells);
    struct lanes_cells together = { cells->word, cells->metadata, cells->low,
                                    cells->high };
    uint64_t seed = (uint64_t)_i;

    for (unsigned round = 0; round < suite_rounds(300); round++) {
        uint32_t bits = 1u << random_below(&seed, 4),
                 beat = (uint32_t)random_below(&seed, 8 / bits),
                 ways = 1u << random_below(&seed, 4);

        draw(cells, &seed);
        lanes_pick(cells->low, cells->high, &cells->lanes,
                   &(struct lanes_choice){ cells->vector, cells->input,
                                           cells->pairs, cells->select });
        if (bits == 8)
            lanes_multiply(cells->product, &cells->lanes, &together);
        else
            lanes_multiply_slice(cells->product, &cells->lanes, &together, beat,
                                 bits);
        lanes_sum(cells->sum, &cells->lanes, ways, cells->product);
        for (uint32_t r = 0; r < cells->lanes.rows; r++) {
            for (uint32_t c = 0; c < cells->lanes.stride; c++)
                check_cell(cells, r, c, beat, bits);
        }
        check_sums(cells, ways);
    }
    free(cells);
}
END_TEST

START_TEST(a_strip_of_tokens_adds_the_products_of_each)
{
    enum { INPUTS = 50, WORDS = 64 };
    int16_t *inputs = memory_new_aligned(INPUTS, LANES_STRIP * sizeof *inputs);
    int32_t *sum = memory_new_aligned(1, LANES_STRIP * sizeof *sum);
    uint64_t seed = 3;

    for (unsigned round = 0; round < suite_rounds(300); round++) {
        uint32_t count = 2 * (uint32_t)random_below(&seed, WORDS / 2 + 1);
        uint32_t input[WORDS];
        int16_t word[WORDS];
        int32_t expected[LANES_STRIP];
        bool extreme = round % 10 == 0;

        for (size_t i = 0; i < (size_t)INPUTS * LANES_STRIP; i++)
            inputs[i] = extreme ? -128 : (int8_t)random_next(&seed);
        for (uint32_t t = 0; t < LANES_STRIP; t++)
            expected[t] = sum[t] = (int32_t)random_below(&seed, 1000);
        for (uint32_t i = 0; i < count; i++) {
            input[i] = (uint32_t)random_below(&seed, INPUTS);
            word[i] = extreme ? -128 : (int8_t)random_next(&seed);
            for (uint32_t t = 0; t < LANES_STRIP; t++)
                expected[t] += word[i] * inputs[input[i] * LANES_STRIP + t];
        }
        lanes_add_products(sum, inputs, input, word, count);
        ck_assert_mem_eq(sum, expected, sizeof expected);
    }
    free(inputs);
    free(sum);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("lanes");
    TCase *lanes = tcase_create("lanes");

    tcase_add_loop_test(lanes, rows_of_cells_do_what_single_cells_do, 0, 4);
    tcase_add_test(lanes, a_strip_of_tokens_adds_the_products_of_each);
    suite_add_tcase(suite, lanes);
    return suite;
}
