/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/nearest.h"

#include "tests/suite.h"

static const char *const names[] = { "replay", "report", "record", "run" };

START_TEST(a_misspelt_word_finds_its_name)
{
    ck_assert_str_eq(nearest_name("repaly", names, 4), "replay");
    ck_assert_str_eq(nearest_name("REPORT", names, 4), "report");
    ck_assert_str_eq(nearest_name("recrod", names, 4), "record");
    ck_assert_str_eq(nearest_name("rum", names, 4), "run");
}
END_TEST

START_TEST(a_strange_word_finds_nothing)
{
    ck_assert_ptr_null(nearest_name("banana", names, 4));
    ck_assert_ptr_null(nearest_name("", names, 4));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("nearest");
    TCase *words = tcase_create("words");

    tcase_add_test(words, a_misspelt_word_finds_its_name);
    tcase_add_test(words, a_strange_word_finds_nothing);
    suite_add_tcase(suite, words);
    return suite;
}
