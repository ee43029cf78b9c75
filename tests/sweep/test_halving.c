/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/halving.h"

#include <stdlib.h>

#include "tests/suite.h"

enum { MOST = 300 };

START_TEST(the_order_has_every_layer_once_and_samples_them_evenly)
{
    for (size_t layers = 1; layers <= MOST; layers++) {
        uint32_t order[MOST];
        unsigned seen[MOST] = { 0 }, thirds[3] = { 0 };
        size_t first = (layers + 8) / 9;

        halving_order(order, layers);
        for (size_t i = 0; i < layers; i++)
            seen[order[i]]++;
        for (size_t i = 0; i < layers; i++)
            ck_assert_uint_eq(seen[i], 1);
        for (size_t i = 0; i < first; i++)
            thirds[order[i] * 3 / layers]++;
        /* The golden ratio leaves no third without its share. */
        for (size_t i = 0; layers >= 50 && i < 3; i++)
            ck_assert_msg(thirds[i] * 3 + 6 >= first, "%zu layers: %u %u %u",
                          layers, thirds[0], thirds[1], thirds[2]);
    }
}
END_TEST

START_TEST(rungs_grow_threefold_to_all_layers)
{
    uint32_t after[HALVING_RUNGS];

    ck_assert_uint_eq(halving_rungs(after, 56, HALVING_IN_RUNGS), 3);
    ck_assert(after[0] == 7 && after[1] == 19 && after[2] == 56);
    ck_assert_uint_eq(halving_rungs(after, 3, HALVING_IN_RUNGS), 2);
    ck_assert(after[0] == 1 && after[1] == 3);
    ck_assert_uint_eq(halving_rungs(after, 1, HALVING_IN_RUNGS), 1);
    ck_assert_uint_eq(after[0], 1);
    ck_assert_uint_eq(halving_rungs(after, 56, HALVING_WHOLE), 1);
    ck_assert_uint_eq(after[0], 56);
}
END_TEST

START_TEST(so_many_points_cost_the_budget)
{
    for (size_t layers = 1; layers <= MOST; layers += 7) {
        uint32_t after[HALVING_RUNGS];
        unsigned rungs = halving_rungs(after, layers, HALVING_IN_RUNGS);
        size_t points = halving_points(1000, after, rungs), left = points;
        double replayed = 0;

        for (unsigned i = 0; i < rungs; i++) {
            replayed += (double)left * (after[i] - (i ? after[i - 1] : 0));
            left = (left + 2) / 3;
        }
        /* Thirds are rounded up, points down. */
        ck_assert_double_ge(replayed, 999.0 * (double)layers - (double)layers);
        ck_assert_double_le(replayed,
                            1000.0 * (double)layers + 2.0 * (double)layers);
        ck_assert_uint_eq(halving_points(0, after, rungs), 1);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("halving");
    TCase *tcase = tcase_create("halving");

    tcase_add_test(tcase,
                   the_order_has_every_layer_once_and_samples_them_evenly);
    tcase_add_test(tcase, rungs_grow_threefold_to_all_layers);
    tcase_add_test(tcase, so_many_points_cost_the_budget);
    suite_add_tcase(suite, tcase);
    return suite;
}
