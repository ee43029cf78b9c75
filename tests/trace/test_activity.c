/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/activity.h"

#include "tests/suite.h"

static const int8_t values[] = { 1, -1, 0, 7 };       /* 1 + 8 + 0 + 3 ones */
static const int8_t input[] = { 0, 3, 1, 3, -1, -4 }; /* three tokens of two */

static struct layer example(void)
{
    return (struct layer){ .tokens = 3,
                           .shape.inputs = 2,
                           .shape.outputs = 2,
                           .pattern = { 2, 2 },
                           .values = values,
                           .input = input };
}

START_TEST(bits_that_change_and_bits_that_are_one_are_counted)
{
    struct layer layer = example();
    struct activity activity;

    activity_count(&activity, &layer);
    ck_assert(!activity.assumed);
    /* 0 to 1: one bit, 3 to 3: none, 1 to -1: seven, 3 to -4: eight */
    ck_assert_double_eq(activity.input_toggle, 16 / 32.);
    ck_assert_double_eq(activity.input_zeros, 1 / 6.);
    ck_assert_double_eq(activity.weight_ones, 12 / 32.);
    ck_assert_double_eq(activity.weight_zeros, 1 / 4.);
}
END_TEST

START_TEST(without_values_or_change_it_is_assumed_and_says_so)
{
    struct layer layer = example();
    struct activity activity;

    layer.values = NULL;
    activity_count(&activity, &layer);
    ck_assert(activity.assumed);
    ck_assert_double_eq(activity.input_toggle * activity.weight_ones, 0.25);
    layer = example();
    layer.tokens = 1;
    activity_count(&activity, &layer);
    ck_assert(activity.assumed);
}
END_TEST

START_TEST(a_single_token_has_the_activity_of_those_recorded_with_it)
{
    const float recorded[2] = { 0.3125f, 0.125f };
    struct layer layer = example();
    struct activity activity;

    layer.tokens = 1;
    layer.input_activity = recorded;
    activity_count(&activity, &layer);
    ck_assert(!activity.assumed);
    ck_assert_double_eq(activity.input_toggle, 0.3125);
    ck_assert_double_eq(activity.input_zeros, 0.125);
    ck_assert_double_eq(activity.weight_ones, 12 / 32.);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("activity");
    TCase *tcase = tcase_create("activity");

    tcase_add_test(tcase, bits_that_change_and_bits_that_are_one_are_counted);
    tcase_add_test(tcase, without_values_or_change_it_is_assumed_and_says_so);
    tcase_add_test(tcase,
                   a_single_token_has_the_activity_of_those_recorded_with_it);
    suite_add_tcase(suite, tcase);
    return suite;
}
