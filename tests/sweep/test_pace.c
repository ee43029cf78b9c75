/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/pace.h"

#include <math.h>

#include "tests/suite.h"

START_TEST(nothing_is_known_before_a_point_is_done_and_then_its_time)
{
    struct pace_points points;
    struct pace pace;

    pace_points_init(&points, 3, 0);
    for (size_t i = 0; i < 3; i++)
        points.estimate[i] = 100;
    pace_begin(&pace, &points);
    pace_learn(&pace);
    ck_assert_double_eq(pace_left(&pace), 0);
    pace_add(&pace, 1, 3);
    pace_learn(&pace);
    ck_assert_double_eq_tol(pace_of(&pace, 0), 3, 1e-12);
    ck_assert_double_eq_tol(pace_left(&pace), 6, 1e-12);
    pace_end(&pace);
    pace_points_release(&points);
}
END_TEST

/* A point of a parameter's value and one of a machine's tell what both together
 * take; whoever took no time was lost, and tells nothing. */
START_TEST(what_digits_do_is_a_product)
{
    enum { ROWS = 6, MACHINES = 5, POINTS = ROWS * MACHINES };
    static const double row[ROWS] = { 1, 7, 2.5, 0.3, 20, 3 };
    static const double machine[MACHINES] = { 1, 0.2, 5, 1.7, 11 };
    struct pace_points points;
    struct pace pace;

    pace_points_init(&points, POINTS, 2);
    for (size_t i = 0; i < POINTS; i++) {
        points.estimate[i] = 1000;
        points.digit[2 * i] = (uint32_t)(i / MACHINES);
        points.digit[2 * i + 1] = (uint32_t)(i % MACHINES);
    }
    pace_begin(&pace, &points);
    for (size_t i = 0; i < POINTS; i++) {
        size_t r = i / MACHINES, m = i % MACHINES;

        if (i == POINTS - 2)
            pace_add(&pace, i, 0);
        else if (i < POINTS - 2)
            pace_add(&pace, i, 0.01 * row[r] * machine[m]);
    }
    pace_learn(&pace);
    ck_assert_double_eq_tol(pace_left(&pace),
                            0.01 * row[ROWS - 1] * machine[MACHINES - 1],
                            0.1 * pace_left(&pace));
    pace_end(&pace);
    pace_points_release(&points);
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
 * take half as long again, known as such or not: by their clocks alone, nearly
 * nothing was left when half of the time was. */
static void check_constant_part(bool is_known)
{
    enum { POINTS = 576 };
    double seconds[POINTS], left = 0;
    struct pace_points points;
    struct pace pace;
    size_t order[POINTS];

    pace_points_init(&points, POINTS, 1);
    for (size_t i = 0; i < POINTS; i++) {
        points.estimate[i] = pow(10, 7 - 5.0 * (double)i / (POINTS - 1));
        points.digit[i] = is_known && i % 3 == 0;
        seconds[i] = (0.05 + 1e-7 * points.estimate[i]) * (i % 3 ? 1 : 1.5);
        left += seconds[i];
    }
    pace_order(order, POINTS);
    pace_begin(&pace, &points);
    for (size_t i = 0; i < POINTS - 1; i++) {
        double told;

        left -= seconds[order[i]];
        pace_add(&pace, order[i], seconds[order[i]]);
        if (i < POINTS / 10)
            continue;
        pace_learn(&pace);
        told = pace_left(&pace);
        ck_assert_msg(told < 1.5 * left && told > left / 1.5,
                      "after %zu points: %g s told, %g s left", i + 1, told,
                      left);
    }
    pace_end(&pace);
    pace_points_release(&points);
}

START_TEST(the_time_left_is_right_within_half_as_much_from_a_tenth_on)
{
    check_constant_part(false);
    check_constant_part(true);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("pace");
    TCase *tests = tcase_create("pace");

    tcase_add_test(tests,
                   nothing_is_known_before_a_point_is_done_and_then_its_time);
    tcase_add_test(tests, what_digits_do_is_a_product);
    tcase_add_test(
        tests, every_point_has_one_place_and_those_from_all_over_come_first);
    tcase_add_test(tests,
                   the_time_left_is_right_within_half_as_much_from_a_tenth_on);
    suite_add_tcase(suite, tests);
    return suite;
}
