/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/mask.h"

#include <gsl/gsl_cdf.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "tests/suite.h"
#include "trace/layer.h"

static const struct pattern patterns[] = { { 1, 2 }, { 2, 4 },  { 1, 4 },
                                           { 4, 8 }, { 3, 8 },  { 1, 8 },
                                           { 5, 8 }, { 4, 16 }, { 8, 16 } };

START_TEST(a_table_holds_every_mask_once)
{
    for (unsigned size = 0; size <= 16; size++) {
        uint32_t all = 0;

        for (unsigned kept = 0; kept <= size; kept++) {
            struct mask_table table = mask_table(kept, size);

            for (uint32_t i = 0; i < table.count; i++) {
                ck_assert_int_eq(__builtin_popcount(table.mask[i]), (int)kept);
                ck_assert(table.mask[i] < 1u << size);
                ck_assert(i == 0 || table.mask[i] > table.mask[i - 1]);
            }
            all += table.count;
        }
        ck_assert_uint_eq(all, 1u << size);
    }
}
END_TEST

/* Pearson's test: how likely so uneven a count is by chance. */
static double chance(const uint32_t *count, uint32_t cells, uint64_t draws)
{
    double expected = (double)draws / cells, sum = 0;

    for (uint32_t i = 0; i < cells; i++)
        sum += (count[i] - expected) * (count[i] - expected) / expected;
    return gsl_cdf_chisq_Q(sum, cells - 1);
}

static uint32_t rank_of(const struct mask_table *table, uint16_t mask)
{
    uint32_t rank = 0;

    while (table->mask[rank] != mask)
        rank++;
    return rank;
}

START_TEST(every_mask_is_equally_likely)
{
    struct mask_table table = mask_table(patterns[_i].n, patterns[_i].m);
    uint64_t draws = 50ull * table.count + 20000;

    for (uint64_t seed = 0; seed < 4; seed++) {
        uint32_t *count = memory_new(table.count, sizeof *count);
        uint32_t *rank = memory_new(1 << 16, sizeof *rank);
        double p;

        for (uint32_t i = 0; i < table.count; i++)
            rank[table.mask[i]] = i;
        for (uint64_t i = 0; i < draws; i++)
            count[rank[mask_draw(&table, seed, i)]]++;
        p = chance(count, table.count, draws);
        ck_assert_msg(p > 1e-4 && p < 1 - 1e-4, "seed %d: p = %g", (int)seed,
                      p);
        free(count);
        free(rank);
    }
}
END_TEST

/* Neighbours in a stream, in an output and in a group must not know of each
 * other. */
START_TEST(neighbouring_masks_are_independent)
{
    struct mask_table table = mask_table(2, 4);
    static const uint64_t distance[] = { 1, 2, 64, 1024, 1 << 20 };

    for (size_t d = 0; d < sizeof distance / sizeof *distance; d++) {
        uint32_t count[36] = { 0 };
        double p;

        for (uint64_t i = 0; i < 100000; i++)
            count[6 * rank_of(&table, mask_draw(&table, 9, i)) +
                  rank_of(&table, mask_draw(&table, 9, i + distance[d]))]++;
        p = chance(count, 36, 100000);
        ck_assert_msg(p > 1e-4 && p < 1 - 1e-4, "distance %d: p = %g",
                      (int)distance[d], p);
    }
}
END_TEST

START_TEST(any_part_of_a_drawn_layer_can_be_drawn_alone)
{
    uint64_t seed = (uint64_t)_i;

    for (int round = 0; round < 200; round++) {
        uint16_t m = (uint16_t)(2 + 2 * random_below(&seed, 8));
        struct layer layer = {
            .shape.name = (char[]){ "drawn" },
            .shape.inputs = 1 + (uint32_t)random_below(&seed, 200),
            .shape.outputs = 1 + (uint32_t)random_below(&seed, 20),
            .pattern = { (uint16_t)(1 + random_below(&seed, m - 1u)), m },
            .agreement = 1u << random_below(&seed, 3),
            .seed = random_next(&seed),
        };
        uint32_t position[200], part[200], kept = layer_kept(&layer);
        uint32_t o = (uint32_t)random_below(&seed, layer.shape.outputs);
        uint32_t from = (uint32_t)random_below(&seed, layer.shape.inputs);
        uint32_t to = from + (uint32_t)random_below(&seed, 80), inside = 0;
        uint32_t count = layer_range(&layer, o, from, to, part, NULL);
        uint64_t bits[5] = { 0 };
        struct error err;

        ck_assert_msg(layer_check(&layer, &err) == 0, "%s", err.text);
        layer_output(&layer, o, position, NULL);
        layer_mask(&layer, o, bits);
        for (uint32_t i = 0; i < kept; i++) {
            ck_assert(bits[position[i] / 64] >> position[i] % 64 & 1);
            if (position[i] >= from && position[i] < to)
                ck_assert_uint_eq(part[inside++], position[i]);
        }
        ck_assert_uint_eq(inside, count);
        for (int i = 0, set = 0; i < 5; i++) {
            set += __builtin_popcountll(bits[i]);
            ck_assert(i < 4 || set == (int)kept);
        }
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("mask");
    TCase *masks = tcase_create("masks");

    tcase_add_test(masks, a_table_holds_every_mask_once);
    tcase_add_loop_test(masks, every_mask_is_equally_likely, 0,
                        (int)(sizeof patterns / sizeof *patterns));
    tcase_add_test(masks, neighbouring_masks_are_independent);
    tcase_add_loop_test(masks, any_part_of_a_drawn_layer_can_be_drawn_alone, 0,
                        3);
    suite_add_tcase(suite, masks);
    return suite;
}
