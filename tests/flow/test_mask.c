/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/prune/mask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "tests/suite.h"

/* By sorting the group: larger scores first, then lower k. */
static void mask_by_sorting(uint8_t *mask, const double *scores,
                            uint32_t inputs, struct pattern pattern)
{
    memset(mask, 0, inputs);
    for (uint32_t k = 0; k < inputs; k += pattern.m) {
        uint32_t end = k + pattern.m < inputs ? k + pattern.m : inputs;

        for (uint32_t n = 0; n < pattern.n; n++) {
            uint32_t best = end;

            for (uint32_t i = k; i < end; i++) {
                if (!mask[i] && (best == end || scores[i] > scores[best]))
                    best = i;
            }
            if (best < end)
                mask[best] = 1;
        }
    }
}

/* Few different scores, so that there are ties. */
START_TEST(the_largest_of_each_group_are_kept_and_of_equals_the_first)
{
    uint64_t seed = (uint64_t)_i;
    double scores[70];
    uint8_t mask[70], wanted[70];

    for (int round = 0; round < 500; round++) {
        uint32_t inputs = 1 + (uint32_t)random_below(&seed, 70), kept = 0;
        uint16_t m = (uint16_t)(2 + 2 * random_below(&seed, 8));
        struct pattern pattern = { (uint16_t)(1 + random_below(&seed, m)), m };

        for (uint32_t k = 0; k < inputs; k++)
            scores[k] = (double)random_below(&seed, 4);
        mask_row(mask, scores, inputs, pattern);
        mask_by_sorting(wanted, scores, inputs, pattern);
        ck_assert_msg(memcmp(mask, wanted, inputs) == 0, "seed %d round %d", _i,
                      round);
        for (uint32_t k = 0; k < inputs; k++)
            kept += mask[k];
        ck_assert_uint_eq(kept, pattern_kept(pattern, inputs));
    }
}
END_TEST

/* Ties, runs that are sorted either way, and all numbers of kept ones. */
START_TEST(without_groups_the_largest_of_an_output_are_kept)
{
    uint64_t seed = 1000 + (uint64_t)_i;
    double scores[330];
    uint8_t mask[330], wanted[330];

    for (int round = 0; round < 200; round++) {
        uint32_t inputs = 1 + (uint32_t)random_below(&seed, 330);
        uint16_t kept = (uint16_t)random_below(&seed, inputs + 1);
        uint64_t values = 1 + random_below(&seed, 400);

        for (uint32_t k = 0; k < inputs; k++)
            scores[k] = _i == 0   ? (double)random_below(&seed, values)
                        : _i == 1 ? (double)(k / values)
                                  : -(double)(k / values);
        mask_largest(mask, scores, inputs, kept);
        mask_by_sorting(wanted, scores, inputs,
                        (struct pattern){ kept, (uint16_t)inputs });
        ck_assert_msg(memcmp(mask, wanted, inputs) == 0, "kind %d round %d", _i,
                      round);
    }
}
END_TEST

START_TEST(an_unstructured_output_keeps_as_many_as_its_pattern_does)
{
    enum { O = 3, K = 29 };
    const struct mask_rule rule = { { 3, 8 }, 1, 2, MASK_UNSTRUCTURED };
    uint64_t seed = 12;
    float weights[O * K];
    double root[K];
    uint8_t mask[O * K], wanted[K];
    const struct scored layer = { weights, root, K, O };

    for (int i = 0; i < O * K; i++)
        weights[i] = (float)random_below(&seed, 2000) - 1000;
    for (int k = 0; k < K; k++)
        root[k] = (double)random_below(&seed, 100);
    mask_layer(mask, &layer, rule);
    for (int o = 0; o < O; o++) {
        double scores[K];

        for (int k = 0; k < K; k++)
            scores[k] = fabs((double)weights[o * K + k]) * root[k];
        mask_by_sorting(wanted, scores, K, (struct pattern){ 12, K });
        ck_assert_mem_eq(mask + o * K, wanted, K);
    }
}
END_TEST

START_TEST(wanda_weighs_an_input_by_the_root_of_its_mean_square)
{
    static const float weights[4] = { 1, -3, 2, 4 };
    static const double mean_square[4] = { 100, 4, 16, 1 };
    double root[4], row[4];
    uint8_t mask[4];

    score_roots(root, SCORE_WANDA, mean_square, 4);
    score_row(row, weights, root, 4); /* 10 6 8 4 */
    mask_row(mask, row, 4, (struct pattern){ 2, 4 });
    ck_assert_mem_eq(mask, ((uint8_t[]){ 1, 0, 1, 0 }), 4);
    score_roots(root, SCORE_MAGNITUDE, mean_square, 4);
    score_row(row, weights, root, 4);
    mask_row(mask, row, 4, (struct pattern){ 2, 4 });
    ck_assert_mem_eq(mask, ((uint8_t[]){ 0, 1, 0, 1 }), 4);
}
END_TEST

START_TEST(statistics_that_are_all_zero_keep_the_first_of_each_group)
{
    static const float weights[6] = { 1, 2, 3, 4, 5, 6 };
    static const double zero[6];
    double root[6], row[6];
    uint8_t mask[6];

    score_roots(root, SCORE_WANDA, zero, 6);
    score_row(row, weights, root, 6);
    mask_row(mask, row, 6, (struct pattern){ 1, 4 });
    ck_assert_mem_eq(mask, ((uint8_t[]){ 1, 0, 0, 0, 1, 0 }), 6);
}
END_TEST

START_TEST(pruning_in_place_keeps_what_the_mask_keeps_with_any_workers)
{
    enum { O = 77, K = 29 };
    uint64_t seed = 11;
    float weights[O * K], pruned[O * K];
    uint8_t mask[O * K];
    double root[K];
    struct scored layer = { weights, root, K, O }, same = layer;

    for (int i = 0; i < O * K; i++)
        weights[i] = (float)random_below(&seed, 2000) - 1000;
    for (int k = 0; k < K; k++)
        root[k] = (double)random_below(&seed, 100);
    mask_layer(mask, &layer, (struct mask_rule){ { 3, 8 }, 1, 1, MASK_GROUPS });
    for (unsigned workers = 1; workers < 4; workers++) {
        memcpy(pruned, weights, sizeof weights);
        same.weights = pruned;
        mask_apply(pruned, &same,
                   (struct mask_rule){ { 3, 8 }, 1, workers, MASK_GROUPS });
        for (int i = 0; i < O * K; i++)
            ck_assert(pruned[i] == (mask[i] ? weights[i] : 0));
    }
}
END_TEST

/* Squared scores that a row keeps if each pair has so many slots. */
static double kept_energy(const double *scores, const uint32_t *slots,
                          uint32_t size)
{
    double sum = 0;

    for (uint32_t k = 0; k < size; k += 2) {
        double a = scores[k] * scores[k];
        double b = k + 1 < size ? scores[k + 1] * scores[k + 1] : 0;

        sum += slots[k / 2] == 2 ? a + b : slots[k / 2] ? fmax(a, b) : 0;
    }
    return sum;
}

/* All ways to hand n slots to the pairs of a group, the best of them. */
static double best_energy(const double *scores, uint32_t rows, uint32_t inputs,
                          uint32_t size, uint32_t n)
{
    uint32_t pairs = (size + 1) / 2, ways = 1;
    double best = -1;

    for (uint32_t p = 0; p < pairs; p++)
        ways *= 3;
    for (uint32_t way = 0; way < ways; way++) {
        uint32_t slots[PATTERN_MAX_M / 2], sum = 0;
        double energy = 0;
        bool fits = true;

        for (uint32_t p = 0, rest = way; p < pairs; p++, rest /= 3) {
            slots[p] = rest % 3;
            sum += slots[p];
            fits &= slots[p] < 2 || 2 * p + 1 < size;
        }
        for (uint32_t o = 0; o < rows; o++)
            energy += kept_energy(scores + o * inputs, slots, size);
        if (fits && sum == n)
            best = fmax(best, energy);
    }
    return best;
}

START_TEST(agreeing_masks_keep_the_most_that_one_set_of_selects_can)
{
    enum { ROWS = 3, MOST = 21 };
    uint64_t seed = (uint64_t)_i;
    double scores[ROWS * MOST];
    uint8_t mask[ROWS * MOST];

    for (int round = 0; round < 50; round++) {
        uint32_t inputs = 1 + (uint32_t)random_below(&seed, MOST);
        uint16_t m = (uint16_t)(2 + 2 * random_below(&seed, 5));
        struct pattern pattern = { (uint16_t)(1 + random_below(&seed, m)), m };

        for (uint32_t i = 0; i < ROWS * inputs; i++)
            scores[i] = (double)random_below(&seed, 6);
        mask_rows(mask, scores, ROWS, inputs, pattern);
        for (uint32_t k = 0; k < inputs; k += m) {
            uint32_t size = inputs - k < m ? inputs - k : m;
            uint32_t n = size < pattern.n ? size : pattern.n;
            double energy = 0;

            for (uint32_t o = 0; o < ROWS; o++) {
                for (uint32_t i = 0; i < size; i++) {
                    double score = scores[o * inputs + k + i];

                    energy += mask[o * inputs + k + i] ? score * score : 0;
                    if (i % 2 == 0) { /* as many of each pair as row 0 has */
                        const uint8_t *mine = mask + o * inputs + k + i;
                        const uint8_t *first = mask + k + i;
                        bool whole = i + 1 < size;

                        ck_assert_int_eq(mine[0] + (whole ? mine[1] : 0),
                                         first[0] + (whole ? first[1] : 0));
                    }
                }
            }
            ck_assert_msg(fabs(energy - best_energy(scores + k, ROWS, inputs,
                                                    size, n)) < 1e-9,
                          "seed %d round %d", _i, round);
        }
    }
}
END_TEST

START_TEST(equal_gains_take_the_lower_pair_and_first_slots_first)
{
    static const double same[2 * 8] = { 1, 1, 1, 1, 1, 1, 1, 1,
                                        1, 1, 1, 1, 1, 1, 1, 1 };
    uint8_t mask[2 * 8];

    mask_rows(mask, same, 2, 8, (struct pattern){ 3, 8 });
    ck_assert_mem_eq(mask, ((uint8_t[]){ 1, 1, 1, 0, 0, 0, 0, 0 }), 8);
    ck_assert_mem_eq(mask + 8, mask, 8);
}
END_TEST

/* Runs of three over ten outputs: the last run is one output alone. */
START_TEST(masks_agree_in_aligned_runs_of_a_layer)
{
    enum { O = 10, K = 12 };
    uint64_t seed = 1;
    float weights[O * K];
    uint8_t mask[O * K], alone[K];
    double root[K], scores[K];
    struct scored layer = { weights, root, K, O };

    for (int i = 0; i < O * K; i++)
        weights[i] = (float)random_below(&seed, 2000) - 1000;
    for (int k = 0; k < K; k++)
        root[k] = 1;
    mask_layer(mask, &layer, (struct mask_rule){ { 2, 6 }, 3, 2, MASK_GROUPS });
    for (int o = 0; o < O; o++) {
        for (int k = 0; k < K; k += 2)
            ck_assert_int_eq(mask[o * K + k] + mask[o * K + k + 1],
                             mask[o / 3 * 3 * K + k] +
                                 mask[o / 3 * 3 * K + k + 1]);
    }
    score_row(scores, weights + 9 * K, root, K);
    mask_row(alone, scores, K, (struct pattern){ 2, 6 });
    ck_assert_mem_eq(mask + 9 * K, alone, K);
}
END_TEST

/* Against the sums over the rows, sorted anew. */
START_TEST(blocks_keep_the_inputs_that_matter_most_to_all)
{
    uint64_t seed = 5;

    for (int round = 0; round < 200; round++) {
        uint32_t rows = 1 + (uint32_t)random_below(&seed, 6),
                 inputs = 1 + (uint32_t)random_below(&seed, 40);
        struct pattern pattern = { (uint16_t)(1 + random_below(&seed, 7)), 8 };
        double scores[6 * 40], sums[40] = { 0 };
        uint8_t mask[6 * 40];

        for (uint32_t i = 0; i < rows * inputs; i++) {
            scores[i] = (double)random_below(&seed, 1000);
            sums[i % inputs] += scores[i] * scores[i];
        }
        mask_blocks(mask, scores, rows, inputs, pattern);
        for (uint32_t i = 0; i < rows * inputs; i++) {
            uint32_t k = i % inputs, first = k / 8 * 8, better = 0;

            for (uint32_t j = first; j < first + 8 && j < inputs; j++)
                better += sums[j] > sums[k] || (sums[j] == sums[k] && j < k);
            ck_assert_uint_eq(mask[i], better < pattern.n);
        }
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("mask");
    TCase *masks = tcase_create("masks");

    tcase_add_loop_test(
        masks, the_largest_of_each_group_are_kept_and_of_equals_the_first, 0,
        4);
    tcase_add_loop_test(masks, without_groups_the_largest_of_an_output_are_kept,
                        0, 3);
    tcase_add_test(masks,
                   an_unstructured_output_keeps_as_many_as_its_pattern_does);
    tcase_add_test(masks, wanda_weighs_an_input_by_the_root_of_its_mean_square);
    tcase_add_test(masks,
                   statistics_that_are_all_zero_keep_the_first_of_each_group);
    tcase_add_test(masks,
                   pruning_in_place_keeps_what_the_mask_keeps_with_any_workers);
    tcase_add_loop_test(
        masks, agreeing_masks_keep_the_most_that_one_set_of_selects_can, 0, 4);
    tcase_add_test(masks,
                   equal_gains_take_the_lower_pair_and_first_slots_first);
    tcase_add_test(masks, masks_agree_in_aligned_runs_of_a_layer);
    tcase_add_test(masks, blocks_keep_the_inputs_that_matter_most_to_all);
    suite_add_tcase(suite, masks);
    return suite;
}
