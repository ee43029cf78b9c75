/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/outliers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "tests/suite.h"

static struct pattern_list patterns;

static void parse_patterns(void)
{
    struct error err;

    ck_assert_int_eq(
        pattern_list_parse(&patterns, "1:2,2:4,3:8,dense,1:16", &err), 0);
}

/* Each output has `count` outliers of K at random places. */
static double random_distribution(uint32_t inputs, uint32_t count,
                                  uint64_t *seed)
{
    uint8_t *row = memory_new(inputs, 1);
    struct outliers outliers = { 0 };

    for (int o = 0; o < 4000; o++) {
        uint32_t left = count;

        for (uint32_t k = 0; k < inputs; k++) {
            row[k] = random_below(seed, inputs - k) < left;
            left -= row[k];
        }
        outliers_add_row(&outliers, row, inputs, &patterns);
    }
    free(row);
    return outliers_distribution(&outliers);
}

START_TEST(distribution_is_zero_by_chance_at_any_density)
{
    uint64_t seed = 5;

    for (uint32_t count = 1; count < 64; count += 9)
        ck_assert_double_eq_tol(random_distribution(64, count, &seed), 0, 0.01);
}
END_TEST

START_TEST(distribution_is_one_for_whole_groups_and_minus_a_third_if_even)
{
    struct outliers whole = { 0 }, even = { 0 };
    enum { K = 4000 };
    uint8_t row[K];

    for (int k = 0; k < K; k++)
        row[k] = k / 4 % 4 == 1;
    outliers_add_row(&whole, row, K, &patterns);
    ck_assert_double_eq_tol(outliers_distribution(&whole), 1, 0.002);
    for (int k = 0; k < K; k++)
        row[k] = k % 4 == 1;
    outliers_add_row(&even, row, K, &patterns);
    ck_assert_double_eq_tol(outliers_distribution(&even), -1. / 3, 0.002);
    ck_assert_double_eq(outliers_presence(&even), 0.25);
}
END_TEST

START_TEST(a_scope_of_no_outliers_or_only_outliers_has_no_distribution)
{
    struct outliers none = { 0 }, all = { 0 };
    uint8_t row[12] = { 0 };

    outliers_add_row(&none, row, 12, &patterns);
    ck_assert_double_eq(outliers_distribution(&none), 0);
    memset(row, 1, sizeof row);
    outliers_add_row(&all, row, 12, &patterns);
    ck_assert_double_eq(outliers_distribution(&all), 0);
    ck_assert_double_eq(outliers_presence(&all), 1);
}
END_TEST

START_TEST(lost_outliers_are_those_over_n_in_a_group_the_ragged_one_too)
{
    static const uint8_t row[11] = { 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1 };
    struct outliers outliers = { 0 };

    outliers_add_row(&outliers, row, 11, &patterns);
    outliers_add_row(&outliers, row, 11, &patterns);
    ck_assert_uint_eq(outliers.count, 16);
    ck_assert_uint_eq(outliers.lost[0], 2 * 3); /* 1:2 of 11|11|00|01|11|1 */
    ck_assert_uint_eq(outliers.lost[1], 2 * (2 + 0 + 1)); /* 2:4 */
    ck_assert_uint_eq(outliers.lost[2], 2 * (2 + 0));     /* 3:8 */
    ck_assert_uint_eq(outliers.lost[3], 0);
    ck_assert_uint_eq(outliers.lost[4], 2 * 7); /* 1:16 */
}
END_TEST

START_TEST(an_outlier_is_strictly_over_the_threshold)
{
    static const float weights[4] = { 1, -2, 3, 2 };
    static const double root[4] = { 1, 1, 1, 1 };
    const struct scored layer = { weights, root, 4, 1 };
    struct outliers outliers = { 0 };

    ck_assert_double_eq(score_sum(&layer), 8);
    outliers_add_layer(&outliers, &layer, 2, &patterns);
    ck_assert_uint_eq(outliers.count, 1);
}
END_TEST

START_TEST(parts_of_a_scope_add_up)
{
    uint64_t seed = 3;
    struct outliers whole = { 0 }, part[2] = { { 0 }, { 0 } }, sum = { 0 };
    uint8_t row[33];

    for (int o = 0; o < 20; o++) {
        for (int k = 0; k < 33; k++)
            row[k] = random_below(&seed, 5) == 0;
        outliers_add_row(&whole, row, 33, &patterns);
        outliers_add_row(&part[o < 7], row, 33, &patterns);
    }
    outliers_merge(&sum, &part[0], &patterns);
    outliers_merge(&sum, &part[1], &patterns);
    ck_assert_uint_eq(sum.count, whole.count);
    ck_assert_uint_eq(sum.weights, 20 * 33);
    ck_assert_mem_eq(sum.lost, whole.lost, sizeof sum.lost);
    ck_assert_double_eq_tol(outliers_distribution(&sum),
                            outliers_distribution(&whole), 1e-12);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("outliers");
    TCase *outliers = tcase_create("outliers");

    tcase_add_unchecked_fixture(outliers, parse_patterns, NULL);
    tcase_add_test(outliers, distribution_is_zero_by_chance_at_any_density);
    tcase_add_test(
        outliers,
        distribution_is_one_for_whole_groups_and_minus_a_third_if_even);
    tcase_add_test(outliers,
                   a_scope_of_no_outliers_or_only_outliers_has_no_distribution);
    tcase_add_test(
        outliers, lost_outliers_are_those_over_n_in_a_group_the_ragged_one_too);
    tcase_add_test(outliers, an_outlier_is_strictly_over_the_threshold);
    tcase_add_test(outliers, parts_of_a_scope_add_up);
    suite_add_tcase(suite, outliers);
    return suite;
}
