/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/printable.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/suite.h"

static void assert_made(const char *text, const char *wanted)
{
    char *made = memory_text(text);

    printable_make(made);
    ck_assert_str_eq(made, wanted);
    free(made);
}

START_TEST(what_a_terminal_obeys_is_taken_out)
{
    assert_made("a\x1b[2Jb\x7f\x01", "a?[2Jb??");
    assert_made("one\ttwo\r\n", "one two  ");
    assert_made("csi \xc2\x9b[31m", "csi ??[31m"); /* U+009B */
    assert_made("bare \x9b[31m", "bare ?[31m");
    assert_made("\xe2\x9b", "\xe2?");                 /* cut */
    assert_made("\xe2\x80\xaetxt.exe", "???txt.exe"); /* U+202E */
    assert_made("\xe2\x81\xa6x\xe2\x80\x8f", "???x???");
}
END_TEST

START_TEST(letters_of_all_kinds_stay)
{
    const char *words = "h\xc3\xb6he \xc2\xb5J \xe2\x89\xa4 \xe2\x80\x94 "
                        "\xe2\x9b\x84 \xf0\x9f\x9b\x9b lat\xe9in \xc2\xa0";

    assert_made(words,
                words); /* U+26C4 and U+1F6DB have the byte 0x9b in them */
    assert_made("", "");
}
END_TEST

START_TEST(lines_stay_where_they_are_asked_for)
{
    char text[] = "a\nb\r\tc\x1b";

    printable_make_lines(text);
    ck_assert_str_eq(text, "a\nb\r\tc?");
}
END_TEST

START_TEST(json_says_the_same_in_escapes)
{
    char *json = printable_json(
        memory_text("\"\xc2\x9b[1m \x7f \xe2\x80\xae \xe2\x81\xa9 \xc3\xb6\""));

    ck_assert_str_eq(json, "\"\\u009b[1m \\u007f \\u202e \\u2069 \xc3\xb6\"");
    free(json);
}
END_TEST

/* Examples of RFC 3629: too long, half of a pair, past U+10FFFF, cut. */
START_TEST(what_is_no_utf8_is_replaced_byte_by_byte)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        { "\xc3\xb6 \xf0\x9f\x9b\x9b", "\xc3\xb6 \xf0\x9f\x9b\x9b" },
        { "m\xff\xfex", "m\xef\xbf\xbd\xef\xbf\xbdx" },
        { "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf" },
        { "a\xe2\x9b", "a\xef\xbf\xbd\xef\xbf\xbd" },
        { "\x1b", "\x1b" },
        { "", "" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *made = printable_utf8(cases[i].text);

        ck_assert_str_eq(made, cases[i].wanted);
        free(made);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("printable");
    TCase *tests = tcase_create("printable");

    tcase_add_test(tests, what_a_terminal_obeys_is_taken_out);
    tcase_add_test(tests, letters_of_all_kinds_stay);
    tcase_add_test(tests, lines_stay_where_they_are_asked_for);
    tcase_add_test(tests, json_says_the_same_in_escapes);
    tcase_add_test(tests, what_is_no_utf8_is_replaced_byte_by_byte);
    suite_add_tcase(suite, tests);
    return suite;
}
