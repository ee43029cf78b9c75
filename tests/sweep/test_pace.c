/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/pace.h"

#include <math.h>

#include "tests/suite.h"

START_TEST(nothing_is_known_before_a_point_is_done_and_then_its_time)
{
    struct pace pace = { 0 };

    ck_assert_double_eq(pace_of(&pace, 100), 0);
    pace_add(&pace, 100, 3);
    ck_assert_double_eq(pace_of(&pace, 1), 3);
    ck_assert_double_eq(pace_of(&pace, 100), 3);
    ck_assert_double_eq(pace_of(&pace, 1e9), 3);
    pace_release(&pace);
}
END_TEST

/* What is linear between the neighbours is told exactly. */
START_TEST(between_points_the_time_is_on_the_line_through_their_means)
{
    static const double estimates[] = { 70, 10, 50, 30, 90, 110 };
    struct pace pace = { 0 };

    for (unsigned i = 0; i < 6; i++)
        pace_add(&pace, estimates[i], 7 + 0.5 * estimates[i]);
    ck_assert_double_eq_tol(pace_of(&pace, 60), 37, 1e-12);
    ck_assert_double_eq_tol(pace_of(&pace, 45), 29.5, 1e-12);
    ck_assert_double_eq_tol(pace_of(&pace, 5), 7 + 0.5 * 30, 1e-12);
    pace_release(&pace);
}
END_TEST

START_TEST(every_point_has_one_place_and_those_from_all_over_come_first)
{
    size_t order[1000], first;

    for (size_t count = 0; count <= 1000; count += 1 + count / 7) {
        bool seen[1000] = { 0 };

        first = pace_order(order, count);
        ck_assert_uint_eq(first > 0, count >= 16);
        ck_assert_uint_le(first, count);
        for (size_t i = 0; i < count; i++) {
            ck_assert_uint_lt(order[i], count);
            ck_assert(!seen[order[i]]);
            seen[order[i]] = true;
            if (i > 0 && i != first)
                ck_assert_uint_lt(order[i - 1], order[i]);
        }
        if (first > 0) {
            ck_assert_uint_eq(order[0], 0);
            ck_assert_uint_eq(order[first - 1], count - 1);
        }
    }
}
END_TEST

/* 576 points of 10^2 to 10^7 clocks, the largest first, each with a twentieth
 * of a second beside what grows with its clocks, and machines of which some
 * take half as long again: by their clocks alone, nearly nothing was left when
 * half of the time was. */
START_TEST(the_time_left_is_right_within_half_as_much_from_a_tenth_on)
{
    enum { POINTS = 576 };
    double estimate[POINTS], seconds[POINTS], left = 0;
    struct pace pace = { 0 };
    bool done[POINTS] = { 0 };
    size_t order[POINTS];

    for (size_t i = 0; i < POINTS; i++) {
        estimate[i] = pow(10, 7 - 5.0 * (double)i / (POINTS - 1));
        seconds[i] = (0.05 + 1e-7 * estimate[i]) * (i % 3 ? 1 : 1.5);
        left += seconds[i];
    }
    pace_order(order, POINTS);
    for (size_t i = 0; i < POINTS - 1; i++) {
        double told = 0;

        done[order[i]] = true;
        left -= seconds[order[i]];
        pace_add(&pace, estimate[order[i]], seconds[order[i]]);
        if (i < POINTS / 10)
            continue;
        for (size_t k = 0; k < POINTS; k++)
            told += done[k] ? 0 : pace_of(&pace, estimate[k]);
        ck_assert_msg(told < 1.5 * left && told > left / 1.5,
                      "after %zu points: %g s told, %g s left", i + 1, told,
                      left);
    }
    pace_release(&pace);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("pace");
    TCase *tests = tcase_create("pace");

    tcase_add_test(tests,
                   nothing_is_known_before_a_point_is_done_and_then_its_time);
    tcase_add_test(tests,
                   between_points_the_time_is_on_the_line_through_their_means);
    tcase_add_test(
        tests, every_point_has_one_place_and_those_from_all_over_come_first);
    tcase_add_test(tests,
                   the_time_left_is_right_within_half_as_much_from_a_tenth_on);
    suite_add_tcase(suite, tests);
    return suite;
}
