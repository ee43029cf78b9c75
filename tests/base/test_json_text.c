/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Held against Jansson, a reader that is not ours. */
#include "base/json_text.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "tests/suite.h"

static struct json_text must_take(const char *text, enum json_dialect dialect)
{
    struct json_trouble trouble;
    struct json_text root;

    ck_assert_msg(json_text_check(&root, text, strlen(text), dialect,
                                  &trouble) == 0,
                  "%s: %zu: %s", text, trouble.byte, trouble.words);
    return root;
}

static void must_refuse(const char *text, size_t line, size_t byte,
                        const char *words)
{
    struct json_trouble trouble;
    struct json_text root;

    ck_assert_msg(json_text_check(&root, text, strlen(text), JSON_PLAIN,
                                  &trouble) == -1,
                  "accepted: %s", text);
    ck_assert_msg(trouble.line == line && trouble.byte == byte &&
                      strstr(trouble.words, words),
                  "%s: line %zu, byte %zu: %s", text, trouble.line,
                  trouble.byte, trouble.words);
}

/* What both readers make of one value, all the way down. */
static void must_agree(struct json_text ours, json_t *theirs)
{
    struct json_walk walk = json_walk_begin(ours);
    int64_t integer;
    double number;
    size_t i = 0;
    char *string;

    switch (json_typeof(theirs)) {
    case JSON_OBJECT:
        ck_assert_int_eq(json_text_kind(ours), JSON_TEXT_OBJECT);
        ck_assert_uint_eq(json_text_count(ours), json_object_size(theirs));
        while (json_walk_next(&walk)) {
            char *key = json_text_string(walk.key);
            json_t *value = json_object_get(theirs, key);

            ck_assert_ptr_nonnull(value);
            ck_assert_ptr_eq(json_text_member(ours, key).at, walk.value.at);
            must_agree(walk.value, value);
            free(key);
        }
        break;
    case JSON_ARRAY:
        ck_assert_int_eq(json_text_kind(ours), JSON_TEXT_LIST);
        ck_assert_uint_eq(json_text_count(ours), json_array_size(theirs));
        while (json_walk_next(&walk)) {
            ck_assert_ptr_eq(json_text_item(ours, i).at, walk.value.at);
            must_agree(walk.value, json_array_get(theirs, i++));
        }
        break;
    case JSON_STRING:
        string = json_text_string(ours);
        ck_assert_str_eq(string, json_string_value(theirs));
        ck_assert(json_text_is(ours, string) && !json_text_is(ours, "?!"));
        free(string);
        break;
    case JSON_INTEGER:
        ck_assert(json_text_integer(ours, &integer));
        ck_assert(integer == json_integer_value(theirs));
        break;
    case JSON_REAL:
        ck_assert(json_text_number(ours, &number));
        ck_assert(number == json_real_value(theirs));
        break;
    case JSON_TRUE:
        ck_assert_int_eq(json_text_kind(ours), JSON_TEXT_TRUE);
        break;
    case JSON_FALSE:
        ck_assert_int_eq(json_text_kind(ours), JSON_TEXT_FALSE);
        break;
    case JSON_NULL:
        ck_assert_int_eq(json_text_kind(ours), JSON_TEXT_NULL);
        break;
    }
}

static const char *const texts[] = {
    "{\"a\": [1, -20, 3.5e-3, 0, -0.0], \"b\\u0041\\n\": {\"\": null}}",
    (" [true, false, {}, [], [[]], \"\\ud83d\\ude00 \\\"\\\\\\/\", "
     "\"\xc3\xa9\"]\n"),
    "{\"x\":{\"y\":{\"z\":[{\"k\":1},{\"k\":2}]}},\"x \":\"]}\"}",
    "[9223372036854775807, -9223372036854775808, 1E+2, 12.75]",
    "\"only\"",
    "-7",
};

START_TEST(values_are_those_that_jansson_reads)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *theirs = json_loads(texts[i], JSON_DECODE_ANY, NULL);

        ck_assert_ptr_nonnull(theirs);
        must_agree(must_take(texts[i], JSON_PLAIN), theirs);
        json_decref(theirs);
    }
}
END_TEST

/* A number that does not fit 64 bits is one of ours and none of theirs. */
START_TEST(a_text_with_a_changed_byte_is_taken_where_jansson_takes_it)
{
    static const char bytes[] = "{}[]\",:\\ue0-+.9tfn \x80\xed\x01"
                                "ab";
    unsigned taken = 0, refused = 0;
    uint64_t state = 11;

    for (unsigned trial = 0; trial < 60000; trial++) {
        char text[200];
        const char *from = texts[random_below(&state, 6)];
        size_t length = strlen(from);
        struct json_trouble trouble;
        struct json_text root;
        json_error_t why;
        json_t *theirs;
        int ours;

        memcpy(text, from, length);
        for (unsigned i = 0; i <= trial % 3; i++)
            text[random_below(&state, length)] =
                bytes[random_below(&state, sizeof bytes - 1)];
        theirs = json_loadb(text, length,
                            JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);
        ours = json_text_check(&root, text, length, JSON_PLAIN, &trouble);
        if (!theirs && ours == 0) {
            ck_assert_msg(json_error_code(&why) == json_error_numeric_overflow,
                          "%.*s: %s", (int)length, text, why.text);
            continue;
        }
        ck_assert_msg((ours == 0) == (theirs != NULL), "%.*s: %s", (int)length,
                      text, theirs ? trouble.words : why.text);
        if (theirs)
            must_agree(root, theirs);
        taken += theirs != NULL;
        refused += theirs == NULL;
        json_decref(theirs);
    }
    ck_assert(taken > 3000 && refused > 3000);
}
END_TEST

START_TEST(what_is_wrong_is_told_with_line_and_byte)
{
    must_refuse("{\n \"a\": 1,\n}", 3, 11, "a key in quotes");
    must_refuse("[1 2]", 1, 3, "a comma or ]");
    must_refuse("{\"a\" 1}", 1, 5, "a colon");
    must_refuse("[01]", 1, 1, "leading 0");
    must_refuse("[1.]", 1, 3, "digits");
    must_refuse("[NaN]", 1, 1, "a value was expected");
    must_refuse("\"\\u0000\"", 1, 2, "u0000");
    must_refuse("\"\\ud800x\"", 1, 7, "surrogate");
    must_refuse("", 1, 0, "the text ends");
    must_refuse("{} {}", 1, 3, "more stands behind");
    must_refuse("{\"b\":{\"a\":1,\n\"\\u0061\":2}}", 2, 13,
                "\"a\" stands twice");
}
END_TEST

START_TEST(numbers_that_python_writes_are_read_where_they_are_allowed)
{
    struct json_text list =
        must_take("[Infinity, -Infinity, NaN]", JSON_PYTHON);
    double number;

    ck_assert(json_text_number(json_text_item(list, 0), &number));
    ck_assert(isinf(number) && number > 0);
    ck_assert(json_text_number(json_text_item(list, 1), &number));
    ck_assert(isinf(number) && number < 0);
    ck_assert(json_text_number(json_text_item(list, 2), &number));
    ck_assert(isnan(number));
    ck_assert_ptr_null(json_text_item(list, 3).at);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("json_text");
    TCase *texts_case = tcase_create("texts");

    tcase_set_timeout(texts_case, 60);
    tcase_add_test(texts_case, values_are_those_that_jansson_reads);
    tcase_add_test(texts_case,
                   a_text_with_a_changed_byte_is_taken_where_jansson_takes_it);
    tcase_add_test(texts_case, what_is_wrong_is_told_with_line_and_byte);
    tcase_add_test(texts_case,
                   numbers_that_python_writes_are_read_where_they_are_allowed);
    suite_add_tcase(suite, texts_case);
    return suite;
}
