/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/pattern.h"

#include <string.h>

#include "tests/suite.h"

START_TEST(a_pattern_reads_as_it_prints)
{
    static const char *const texts[] = { "1:2", "4:8", "8:16", "3:10",
                                         "dense" };
    struct pattern pattern;
    struct error err;
    char text[PATTERN_TEXT];

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ck_assert_int_eq(pattern_parse(&pattern, texts[i], &err), 0);
        pattern_print(text, pattern);
        ck_assert_str_eq(text, texts[i]);
    }
    ck_assert_int_eq(pattern_parse(&pattern, "8:8", &err), 0);
    ck_assert(pattern_equal(pattern, pattern_dense));
}
END_TEST

START_TEST(what_is_no_pattern_is_refused)
{
    static const char *const texts[] = { "",     "4",     "0:8", "9:8", "3:7",
                                         "4:18", "4:8 ",  ":8",  "4:",  "Dense",
                                         "04:8", "4:8:8", "-1:8" };
    struct pattern pattern;
    struct error err;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ck_assert_msg(pattern_parse(&pattern, texts[i], &err) == -1,
                      "took \"%s\"", texts[i]);
        ck_assert_int_eq(err.kind, ERROR_DATA);
    }
}
END_TEST

/* Every mask of a:b on 16 inputs, by trying them all, against the rule. */
static bool fits(unsigned mask, struct pattern pattern, unsigned inputs)
{
    for (unsigned k = 0; k < inputs; k += pattern.m) {
        unsigned group = mask >> k & ((1u << pattern.m) - 1);

        if (__builtin_popcount(group) > pattern.n)
            return false;
    }
    return true;
}

START_TEST(covering_is_what_trying_all_masks_finds)
{
    static const struct pattern list[] = {
        { 1, 2 }, { 2, 4 }, { 1, 4 }, { 3, 4 },  { 1, 8 },  { 2, 8 },  { 3, 8 },
        { 4, 8 }, { 6, 8 }, { 2, 2 }, { 4, 16 }, { 8, 16 }, { 12, 16 }
    };
    enum { COUNT = sizeof list / sizeof *list };

    for (size_t a = 0; a < COUNT; a++) {
        for (size_t b = 0; b < COUNT; b++) {
            bool covers = true;

            for (unsigned mask = 0; covers && mask < 1u << 16; mask++)
                covers = !fits(mask, list[b], 16) || fits(mask, list[a], 16);
            ck_assert_msg(pattern_covers(list[a], list[b]) == covers,
                          "%u:%u covers %u:%u", list[a].n, list[a].m, list[b].n,
                          list[b].m);
        }
    }
}
END_TEST

START_TEST(the_ragged_group_keeps_what_it_has)
{
    ck_assert_uint_eq(pattern_kept((struct pattern){ 4, 8 }, 256), 128);
    ck_assert_uint_eq(pattern_kept((struct pattern){ 4, 8 }, 13), 8);
    ck_assert_uint_eq(pattern_kept((struct pattern){ 4, 8 }, 11), 7);
    ck_assert_uint_eq(pattern_kept(pattern_dense, 13), 13);
    ck_assert_uint_eq(pattern_kept((struct pattern){ 1, 16 }, 5), 1);
}
END_TEST

START_TEST(a_list_keeps_its_order_and_refuses_repeats)
{
    struct pattern_list list;
    struct error err;

    ck_assert_int_eq(pattern_list_parse(&list, "4:8,1:2,dense", &err), 0);
    ck_assert_uint_eq(list.count, 3);
    ck_assert_uint_eq(list.at[1].m, 2);
    ck_assert_int_eq(pattern_list_parse(&list, "4:8,4:8", &err), -1);
    ck_assert_int_eq(pattern_list_parse(&list, "8:8,dense", &err), -1);
    ck_assert_int_eq(pattern_list_parse(&list, "4:8,", &err), -1);
    ck_assert_int_eq(pattern_list_parse(&list, "", &err), -1);
    ck_assert_uint_eq(list.count, 3);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("pattern");
    TCase *patterns = tcase_create("patterns");

    tcase_add_test(patterns, a_pattern_reads_as_it_prints);
    tcase_add_test(patterns, what_is_no_pattern_is_refused);
    tcase_add_test(patterns, covering_is_what_trying_all_masks_finds);
    tcase_add_test(patterns, the_ragged_group_keeps_what_it_has);
    tcase_add_test(patterns, a_list_keeps_its_order_and_refuses_repeats);
    suite_add_tcase(suite, patterns);
    return suite;
}
