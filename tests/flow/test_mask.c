/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/mask.h"

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
    mask_layer(mask, &layer, (struct pattern){ 3, 8 }, 1);
    for (unsigned workers = 1; workers < 4; workers++) {
        memcpy(pruned, weights, sizeof weights);
        same.weights = pruned;
        mask_apply(pruned, &same, (struct pattern){ 3, 8 }, workers);
        for (int i = 0; i < O * K; i++)
            ck_assert(pruned[i] == (mask[i] ? weights[i] : 0));
    }
}
END_TEST

START_TEST(outputs_that_share_a_mask_keep_the_largest_sums_of_scores)
{
    enum { O = 71, K = 29, A = 32 };
    uint64_t seed = 5;
    float weights[O * K], pruned[O * K];
    uint8_t mask[O * K], wanted[K];
    double root[K], sums[K];
    struct scored layer = { weights, root, K, O }, same = layer;

    for (int i = 0; i < O * K; i++)
        weights[i] = (float)random_below(&seed, 2000) - 1000;
    for (int k = 0; k < K; k++)
        root[k] = (double)random_below(&seed, 100);
    mask_layer_shared(mask, &layer, (struct pattern){ 3, 8 }, A, 3);
    for (int from = 0; from < O; from += A) {
        int to = from + A < O ? from + A : O;

        for (int k = 0; k < K; k++) {
            sums[k] = 0;
            for (int o = from; o < to; o++)
                sums[k] += fabs((double)weights[o * K + k]) * root[k];
        }
        mask_row(wanted, sums, K, (struct pattern){ 3, 8 });
        for (int o = from; o < to; o++)
            ck_assert_mem_eq(mask + o * K, wanted, K);
    }
    memcpy(pruned, weights, sizeof weights);
    same.weights = pruned;
    mask_apply_shared(pruned, &same, (struct pattern){ 3, 8 }, A, 2);
    for (int i = 0; i < O * K; i++)
        ck_assert(pruned[i] == (mask[i] ? weights[i] : 0));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("mask");
    TCase *masks = tcase_create("masks");

    tcase_add_loop_test(
        masks, the_largest_of_each_group_are_kept_and_of_equals_the_first, 0,
        4);
    tcase_add_test(masks, wanda_weighs_an_input_by_the_root_of_its_mean_square);
    tcase_add_test(masks,
                   statistics_that_are_all_zero_keep_the_first_of_each_group);
    tcase_add_test(masks,
                   pruning_in_place_keeps_what_the_mask_keeps_with_any_workers);
    tcase_add_test(masks,
                   outputs_that_share_a_mask_keep_the_largest_sums_of_scores);
    suite_add_tcase(suite, masks);
    return suite;
}
