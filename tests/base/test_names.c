/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/names.h"

#include <stdlib.h>

#include "tests/suite.h"

static const char *const fruits[] = { "apple", "quince", "medlar", NULL };
static const char *const none[] = { NULL };

START_TEST(a_word_is_at_its_place)
{
    unsigned value = 7;
    struct error err;

    ck_assert_uint_eq(names_count(fruits), 3);
    ck_assert_uint_eq(names_count(none), 0);
    ck_assert_int_eq(names_place(fruits, "medlar"), 2);
    ck_assert_int_eq(names_parse(&value, fruits, "quince", &err), 0);
    ck_assert_uint_eq(value, 1);
}
END_TEST

START_TEST(part_of_a_word_and_other_letters_are_no_word)
{
    ck_assert_int_eq(names_place(fruits, "medla"), -1);
    ck_assert_int_eq(names_place(fruits, "medlars"), -1);
    ck_assert_int_eq(names_place(fruits, "Medlar"), -1);
    ck_assert_int_eq(names_place(fruits, ""), -1);
    ck_assert_int_eq(names_place(none, "apple"), -1);
}
END_TEST

START_TEST(a_misspelt_word_is_told_its_name_and_changes_nothing)
{
    unsigned value = 7;
    struct error err;

    ck_assert_int_eq(names_parse(&value, fruits, "quinze", &err), -1);
    ck_assert_str_eq(err.text, "no quinze; did you mean quince?");
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_uint_eq(value, 7);
}
END_TEST

START_TEST(a_strange_word_is_told_all_there_are)
{
    unsigned value = 7;
    struct error err;

    ck_assert_int_eq(names_parse(&value, fruits, "", &err), -1);
    ck_assert_str_eq(err.text, "no ; there is apple, quince, medlar");
    ck_assert_int_eq(names_parse(&value, fruits, "turnip", &err), -1);
    ck_assert_str_eq(err.text, "no turnip; there is apple, quince, medlar");
    ck_assert_uint_eq(value, 7);
}
END_TEST

START_TEST(a_list_has_all_of_them_in_order)
{
    char *list = names_list(fruits);

    ck_assert_str_eq(list, "apple, quince, medlar");
    free(list);
    list = names_list(none);
    ck_assert_str_eq(list, "");
    free(list);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("names");
    TCase *words = tcase_create("words");

    tcase_add_test(words, a_word_is_at_its_place);
    tcase_add_test(words, part_of_a_word_and_other_letters_are_no_word);
    tcase_add_test(words, a_misspelt_word_is_told_its_name_and_changes_nothing);
    tcase_add_test(words, a_strange_word_is_told_all_there_are);
    tcase_add_test(words, a_list_has_all_of_them_in_order);
    suite_add_tcase(suite, words);
    return suite;
}
