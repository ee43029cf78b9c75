/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/front.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/random.h"
#include "tests/suite.h"

enum { MOST_POINTS = 30, MOST_OBJECTIVES = 3 };

static bool beats(const double *a, const double *b, size_t objectives)
{
    size_t no_worse = 0, better = 0;

    for (size_t i = 0; i < objectives; i++) {
        no_worse += a[i] <= b[i];
        better += a[i] < b[i];
    }
    return no_worse == objectives && better > 0;
}

/* The longest chain of points that beat each other and end with this one. */
static unsigned depth(const double *values, size_t points, size_t objectives,
                      size_t point)
{
    unsigned deepest = 0;

    for (size_t i = 0; i < points; i++) {
        if (beats(values + i * objectives, values + point * objectives,
                  objectives)) {
            unsigned below = depth(values, points, objectives, i) + 1;

            deepest = below > deepest ? below : deepest;
        }
    }
    return deepest;
}

START_TEST(a_rank_is_the_longest_chain_of_better_points)
{
    uint64_t seed = (uint64_t)_i;

    for (int round = 0; round < 20; round++) {
        double values[MOST_POINTS * MOST_OBJECTIVES];
        size_t points = 1 + random_below(&seed, MOST_POINTS);
        size_t objectives = 1 + random_below(&seed, MOST_OBJECTIVES);
        size_t order[MOST_POINTS];
        unsigned rank[MOST_POINTS], seen[MOST_POINTS] = { 0 };

        for (size_t i = 0; i < points * objectives; i++)
            values[i] = (double)random_below(&seed, 8);
        front_order(order, rank, values, points, objectives);
        for (size_t i = 0; i < points; i++) {
            ck_assert_msg(rank[i] == depth(values, points, objectives, i),
                          "seed %d, round %d, point %zu", _i, round, i);
            seen[order[i]]++;
            if (i > 0)
                ck_assert_uint_le(rank[order[i - 1]], rank[order[i]]);
        }
        for (size_t i = 0; i < points; i++)
            ck_assert_uint_eq(seen[i], 1);
    }
}
END_TEST

START_TEST(ends_of_a_front_come_first_then_those_with_most_room)
{
    /* On the line x + y = 10; from neighbour to neighbour it is 3, 6, 6, 3. */
    static const double values[][2] = { { 0, 10 }, { 1, 9 }, { 3, 7 },
                                        { 7, 3 },  { 9, 1 }, { 10, 0 },
                                        { 10, 10 } };
    static const size_t expected[] = { 0, 5, 2, 3, 1, 4, 6 };
    size_t order[7];

    front_order(order, NULL, &values[0][0], 7, 2);
    for (size_t i = 0; i < 7; i++)
        ck_assert_uint_eq(order[i], expected[i]);
}
END_TEST

START_TEST(equal_points_stay_in_order)
{
    static const double values[12] = { 0 };
    size_t order[6];

    front_order(order, NULL, values, 6, 2);
    for (size_t i = 0; i < 6; i++)
        ck_assert_uint_lt(order[i], 6);
    ck_assert_uint_eq(order[0], 0);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("front");
    TCase *tcase = tcase_create("front");

    tcase_add_loop_test(tcase, a_rank_is_the_longest_chain_of_better_points, 0,
                        3);
    tcase_add_test(tcase, ends_of_a_front_come_first_then_those_with_most_room);
    tcase_add_test(tcase, equal_points_stay_in_order);
    suite_add_tcase(suite, tcase);
    return suite;
}
