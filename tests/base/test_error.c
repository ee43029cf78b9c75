/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"

#include <string.h>

#include "tests/suite.h"

START_TEST(what_is_quoted_cannot_end_the_line_or_speak_to_the_terminal)
{
    struct error err;

    ck_assert_int_eq(
        error_set(&err, ERROR_DATA, "near '%s'", "\x1b[2Ja\nb\tc\x7f"), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_str_eq(err.text, "near '?[2Ja b c?'");
    error_prefix(&err, "%s: ", "x\r.json");
    ck_assert_str_eq(err.text, "x .json: near '?[2Ja b c?'");
}
END_TEST

START_TEST(what_is_too_long_is_cut)
{
    struct error err;
    char name[2 * sizeof err.text] = { 0 };

    memset(name, 'n', sizeof name - 1);
    error_set(&err, ERROR_DATA, "wrong");
    error_prefix(&err, "%s: ", name);
    ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
}
END_TEST

START_TEST(an_interruption_is_told_as_nothing_else)
{
    struct error err;

    error_set(&err, ERROR_INTERRUPTED, "interrupted");
    ck_assert_int_eq(error_prefix(&err, "%s: ", "layer 7"), -1);
    ck_assert_str_eq(err.text, "interrupted");
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("error");
    TCase *tests = tcase_create("error");

    tcase_add_test(tests,
                   what_is_quoted_cannot_end_the_line_or_speak_to_the_terminal);
    tcase_add_test(tests, what_is_too_long_is_cut);
    tcase_add_test(tests, an_interruption_is_told_as_nothing_else);
    suite_add_tcase(suite, tests);
    return suite;
}
