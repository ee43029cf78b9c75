/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/number.h"

#include "tests/suite.h"

START_TEST(a_whole_number_is_digits_and_nothing_else)
{
    static const char *const wrong[] = {
        "",   "010", "3x",  " 3", "3 ",
        "+3", "0x3", "3.0", "-3", "18446744073709551616"
    };
    uint64_t value = 77;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_msg(!number_u64(&value, wrong[i]), "took \"%s\"", wrong[i]);
        ck_assert_uint_eq(value, 77);
    }
    ck_assert(number_u64(&value, "18446744073709551615"));
    ck_assert_uint_eq(value, UINT64_MAX);
    ck_assert(number_u64(&value, "0"));
    ck_assert_uint_eq(value, 0);
}
END_TEST

START_TEST(signed_numbers_reach_both_ends)
{
    int64_t value;

    ck_assert(number_i64(&value, "-9223372036854775808"));
    ck_assert_int_eq(value, INT64_MIN);
    ck_assert(number_i64(&value, "9223372036854775807"));
    ck_assert_int_eq(value, INT64_MAX);
    ck_assert(!number_i64(&value, "9223372036854775808"));
    ck_assert(!number_i64(&value, "-9223372036854775809"));
    ck_assert(!number_i64(&value, "--3"));
}
END_TEST

START_TEST(a_decimal_number_is_finite_and_plain)
{
    static const char *const wrong[] = { "",   "nan", "inf",  "1e999", ".",
                                         "5.", "1e",  "00.5", "0x1p3", "1,5" };
    double value = 7;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!number_f64(&value, wrong[i]), "took \"%s\"", wrong[i]);
    ck_assert(value == 7);
    ck_assert(number_f64(&value, "-1.25e-2") && value == -0.0125);
    ck_assert(number_f64(&value, "3") && value == 3);
}
END_TEST

START_TEST(bytes_are_whole_with_a_unit_or_without)
{
    static const char *const wrong[] = { "",     "1.5",   "0.3KiB", "-1kB",
                                         "2 MB", "2mb",   "1e30B",  "MB",
                                         "03kB", "2MB/s", "1GHz",   "1e16B" };
    uint64_t value = 77;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_msg(!number_bytes(&value, wrong[i]), "took \"%s\"", wrong[i]);
        ck_assert_uint_eq(value, 77);
    }
    ck_assert(number_bytes(&value, "2000000") && value == 2000000);
    ck_assert(number_bytes(&value, "2.5MB") && value == 2500000);
    ck_assert(number_bytes(&value, "1.5KiB") && value == 1536);
    ck_assert(number_bytes(&value, "3GiB") && value == 3221225472);
    ck_assert(number_bytes(&value, "18446744073709551615"));
    ck_assert_uint_eq(value, UINT64_MAX);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("number");
    TCase *numbers = tcase_create("text");

    tcase_add_test(numbers, a_whole_number_is_digits_and_nothing_else);
    tcase_add_test(numbers, signed_numbers_reach_both_ends);
    tcase_add_test(numbers, a_decimal_number_is_finite_and_plain);
    tcase_add_test(numbers, bytes_are_whole_with_a_unit_or_without);
    suite_add_tcase(suite, numbers);
    return suite;
}
