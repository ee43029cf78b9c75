/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the page: texts, pictures, items. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/drawing.h"
#include "report/item.h"
#include "report/svg.h"
#include "report/utf8.h"
#include "tests/suite.h"

static void assert_clean(const char *text, const char *clean)
{
    char *seen = utf8_clean(text);

    ck_assert_str_eq(seen, clean);
    free(seen);
}

#define WRONG "\xef\xbf\xbd"

START_TEST(good_text_stays_and_a_bad_byte_becomes_the_replacement_character)
{
    assert_clean("", "");
    assert_clean("llama-7m", "llama-7m");
    assert_clean("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
                 "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
    assert_clean("a\tb\nc\rd", "a b c d");
    assert_clean("\x01\x1f\x7f", WRONG WRONG WRONG);
    assert_clean("\xff\xfe", WRONG WRONG);
    assert_clean("\xc3", WRONG);           /* cut off */
    assert_clean("\xc3(", WRONG "(");      /* no continuation */
    assert_clean("\x80x", WRONG "x");      /* nothing to continue */
    assert_clean("\xc0\x80", WRONG WRONG); /* longer than needed */
    assert_clean("\xe0\x80\x80", WRONG WRONG WRONG);
    assert_clean("\xed\xa0\x80", WRONG WRONG WRONG);           /* a surrogate */
    assert_clean("\xf4\x90\x80\x80", WRONG WRONG WRONG WRONG); /* too large */
    assert_clean("\xef\xbf\xbf", WRONG WRONG WRONG); /* U+FFFF is none */
    assert_clean("\xc2\x85", WRONG WRONG);           /* a control */
}
END_TEST

START_TEST(html_has_no_mark_of_its_own_from_a_text)
{
    struct text page;

    text_init(&page);
    html_add(&page, "a<b>&\"c\" 'd'");
    ck_assert_str_eq(page.at, "a&lt;b&gt;&amp;&quot;c&quot; &#39;d&#39;");
    text_release(&page);
}
END_TEST

START_TEST(a_picture_of_which_a_part_is_missing_is_not_whole)
{
    static const char svg[] =
        "<?xml version=\"1.0\"?><!DOCTYPE svg><svg a='<'><!-- <g> -->"
        "<style><![CDATA[a > b <]]></style><g b=\"</g>\"><path d='M0'/>"
        "<text>4:8</text></g></svg>";
    char part[sizeof svg];

    ck_assert(svg_is_whole(svg));
    for (size_t length = 0; length < sizeof svg - 1; length++) {
        snprintf(part, sizeof part, "%.*s", (int)length, svg);
        ck_assert_msg(!svg_is_whole(part), "%s", part);
    }
    ck_assert(!svg_is_whole("<svg><g fill=</g></svg>"));
    ck_assert(!svg_is_whole("<svg><g fill=\"a</g></svg>"));
    ck_assert(!svg_is_whole("<svg><g></svg>"));
    ck_assert(!svg_is_whole("<svg></g></svg></svg>"));
}
END_TEST

START_TEST(a_picture_loses_prolog_and_titles_and_its_ids_begin_with_its_name)
{
    static const char svg[] =
        "<?xml version=\"1.0\"?>\n<svg viewBox=\"0 0 1 1\">\n"
        "<title>Gnuplot</title><desc>Produced by</desc>"
        "<defs><g id='p'/><use xlink:href='#p' id=\"q\"/></defs>"
        "<path fill='url(#p)'/><text> id='p' href='#p'</text></svg>";
    struct text page;

    text_init(&page);
    svg_add(&page, svg, "cycles", "A & B");
    ck_assert_str_eq(
        page.at,
        "<svg role=\"img\" aria-label=\"A &amp; B\" viewBox=\"0 0 1 1\">\n"
        "<defs><g id='cycles-p'/>"
        "<use xlink:href='#cycles-p' id=\"cycles-q\"/></defs>"
        "<path fill='url(#cycles-p)'/><text> id='p' href='#p'</text></svg>");
    text_release(&page);
}
END_TEST

START_TEST(data_have_quotes_around_texts_and_nan_where_there_is_nothing)
{
    char name[] = "name", other[] = "a_b", say[] = "say \"x\"", none[] = "";
    char *names[] = { name, other };
    struct row_cell cells[] = {
        { .type = QUERY_TEXT, .text = say },
        { .type = QUERY_INTEGER, .integer = -7 },
        { .type = QUERY_TEXT, .text = none },
        { .type = QUERY_REAL, .real = 0.1 },
        { .type = QUERY_NULL },
        { .type = QUERY_REAL, .real = 2 },
    };
    const struct rows rows = { 2, 3, names, cells, 6 };
    struct text data;

    text_init(&data);
    drawing_data(&data, &rows);
    ck_assert_str_eq(data.at, "\"name\"\t\"a_b\"\n\"say ”x”\"\t-7\n"
                              "\"\"\t0.1\nNaN\t2.0\n");
    text_release(&data);
}
END_TEST

START_TEST(every_item_has_a_title_and_a_query_without_comments)
{
    ck_assert_uint_gt(report_item_count, 5);
    for (size_t i = 0; i < report_item_count; i++) {
        char *title = report_item_title(&report_items[i]);
        char *words = report_item_words(&report_items[i]);
        const char *query = report_item_query(&report_items[i]);

        ck_assert_msg(strlen(title) > 3, "%s", report_items[i].name);
        ck_assert_msg(strncmp(query, "SELECT", 6) == 0 ||
                          strncmp(query, "WITH", 4) == 0,
                      "%s", report_items[i].name);
        ck_assert_ptr_null(strstr(query, "@NAMES@"));
        ck_assert_msg(!report_items[i].script || strlen(words) > 0,
                      "%s: a figure needs words", report_items[i].name);
        free(words);
        free(title);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("page");
    TCase *tests = tcase_create("page");

    tcase_add_test(
        tests,
        good_text_stays_and_a_bad_byte_becomes_the_replacement_character);
    tcase_add_test(tests, html_has_no_mark_of_its_own_from_a_text);
    tcase_add_test(tests, a_picture_of_which_a_part_is_missing_is_not_whole);
    tcase_add_test(
        tests,
        a_picture_loses_prolog_and_titles_and_its_ids_begin_with_its_name);
    tcase_add_test(
        tests, data_have_quotes_around_texts_and_nan_where_there_is_nothing);
    tcase_add_test(tests, every_item_has_a_title_and_a_query_without_comments);
    suite_add_tcase(suite, tests);
    return suite;
}
