/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/parameter.h"

#include <stddef.h>

#include "tests/suite.h"

struct box {
    uint64_t rows, bytes;
    double clock;
    bool straddle;
    unsigned loop;
    char name[PARAMETER_TEXT];
};

static const char *const loops[] = { "k_inner", "o_inner", NULL };

static const struct parameter *const table[] = {
    &(const struct parameter){ .path = "macro.rows",
                               .type = PARAMETER_U64,
                               .offset = offsetof(struct box, rows),
                               .unit = "rows",
                               .minimum = 1,
                               .maximum = 4096,
                               .standard = "32",
                               .power_of_two = true },
    &(const struct parameter){ .path = "buffer.bytes",
                               .type = PARAMETER_U64,
                               .offset = offsetof(struct box, bytes),
                               .unit = "bytes",
                               .minimum = 1,
                               .maximum = 1e9,
                               .standard = "none",
                               .none = true },
    &(const struct parameter){ .path = "clock",
                               .type = PARAMETER_F64,
                               .offset = offsetof(struct box, clock),
                               .unit = "MHz",
                               .minimum = 1,
                               .maximum = 5000,
                               .standard = "500" },
    &(const struct parameter){ .path = "straddle",
                               .type = PARAMETER_BOOL,
                               .offset = offsetof(struct box, straddle),
                               .unit = "",
                               .standard = "no" },
    &(const struct parameter){ .path = "loop",
                               .type = PARAMETER_CHOICE,
                               .offset = offsetof(struct box, loop),
                               .unit = "",
                               .standard = "k_inner",
                               .choices = loops },
    &(const struct parameter){ .path = "name",
                               .type = PARAMETER_TEXT_FIELD,
                               .offset = offsetof(struct box, name),
                               .unit = "",
                               .standard = "a box" },
};
enum { ROWS = sizeof table / sizeof *table };

START_TEST(defaults_print_as_they_are_written)
{
    struct box box;
    struct text text;

    parameter_defaults(&box, table, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        text_init(&text);
        parameter_print(&text, &box, table[i]);
        ck_assert_str_eq(text.at, table[i]->standard);
        text_release(&text);
    }
    ck_assert_uint_eq(box.bytes, 0);
}
END_TEST

static const struct {
    const char *path, *text, *words;
} refused[] = {
    { "macro.rows", "48", "power of two" },
    { "macro.rows", "8192", "outside 1..4096 rows" },
    { "macro.rows", "0", "outside" },
    { "macro.rows", "010", "not a whole number" },
    { "macro.rows", "none", "not a whole number" },
    { "clock", "fast", "not a number" },
    { "clock", "0.5", "outside 1..5000 MHz" },
    { "straddle", "true", "neither yes nor no" },
    { "loop", "inner", "no inner; did you mean k_inner?" },
    { "loop", "sideways", "there is k_inner, o_inner" },
    { "macro.row", "32", "did you mean macro.rows?" },
};

START_TEST(what_does_not_fit_is_refused_and_changes_nothing)
{
    struct box box;
    struct error err;

    parameter_defaults(&box, table, ROWS);
    ck_assert_int_eq(parameter_set_path(&box, table, ROWS, refused[_i].path,
                                        refused[_i].text, &err),
                     -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_msg(strstr(err.text, refused[_i].words) != NULL, "%s", err.text);
    ck_assert_uint_eq(box.rows, 32);
    ck_assert(box.clock == 500 && !box.straddle && box.loop == 0);
}
END_TEST

START_TEST(a_range_says_what_is_taken)
{
    static const char *const ranges[ROWS] = { "1..4096, powers of two",
                                              "1..1000000000 or none",
                                              "1..5000",
                                              "yes, no",
                                              "k_inner, o_inner",
                                              "" };

    for (size_t i = 0; i < ROWS; i++) {
        struct text text;

        text_init(&text);
        parameter_print_range(&text, table[i]);
        ck_assert_str_eq(text.at, ranges[i]);
        text_release(&text);
    }
}
END_TEST

START_TEST(a_value_in_range_is_stored)
{
    struct box box;
    struct error err;

    parameter_defaults(&box, table, ROWS);
    ck_assert_int_eq(
        parameter_set_path(&box, table, ROWS, "macro.rows", "64", &err), 0);
    ck_assert_int_eq(
        parameter_set_path(&box, table, ROWS, "loop", "o_inner", &err), 0);
    ck_assert_int_eq(
        parameter_set_path(&box, table, ROWS, "straddle", "yes", &err), 0);
    ck_assert_uint_eq(box.rows, 64);
    ck_assert_uint_eq(box.loop, 1);
    ck_assert(box.straddle);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("parameter");
    TCase *rows = tcase_create("rows");

    tcase_add_test(rows, defaults_print_as_they_are_written);
    tcase_add_test(rows, a_range_says_what_is_taken);
    tcase_add_loop_test(rows, what_does_not_fit_is_refused_and_changes_nothing,
                        0, sizeof refused / sizeof *refused);
    tcase_add_test(rows, a_value_in_range_is_stored);
    suite_add_tcase(suite, rows);
    return suite;
}
