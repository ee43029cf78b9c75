/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arithmetic.h"

#include "tests/suite.h"

START_TEST(a_remainder_takes_one_more)
{
    ck_assert_uint_eq(divide_up(0, 7), 0);
    ck_assert_uint_eq(divide_up(1, 7), 1);
    ck_assert_uint_eq(divide_up(20, 7), 3);
    ck_assert_uint_eq(divide_up(21, 7), 3);
    ck_assert_uint_eq(divide_up(22, 7), 4);
}
END_TEST

/* (value + by - 1) / by would begin again at 0. */
START_TEST(the_largest_values_are_divided_too)
{
    ck_assert_uint_eq(divide_up(UINT64_MAX, 1), UINT64_MAX);
    ck_assert_uint_eq(divide_up(UINT64_MAX, 2), (uint64_t)1 << 63);
    ck_assert_uint_eq(divide_up(UINT64_MAX, UINT64_MAX), 1);
    ck_assert_uint_eq(divide_up(UINT64_MAX - 1, UINT64_MAX), 1);
}
END_TEST

START_TEST(the_least_and_the_most_of_two_in_either_order)
{
    ck_assert_uint_eq(min(3, UINT64_MAX), 3);
    ck_assert_uint_eq(min(UINT64_MAX, 3), 3);
    ck_assert_uint_eq(max(3, UINT64_MAX), UINT64_MAX);
    ck_assert_uint_eq(max(UINT64_MAX, 3), UINT64_MAX);
    ck_assert_uint_eq(min(5, 5), 5);
    ck_assert_uint_eq(max(5, 5), 5);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("arithmetic");
    TCase *whole = tcase_create("whole");

    tcase_add_test(whole, a_remainder_takes_one_more);
    tcase_add_test(whole, the_largest_values_are_divided_too);
    tcase_add_test(whole, the_least_and_the_most_of_two_in_either_order);
    suite_add_tcase(suite, whole);
    return suite;
}
