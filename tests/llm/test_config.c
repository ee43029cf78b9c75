/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/config.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "llm/shape.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

static struct config *read_text(const char *json)
{
    struct config *config;
    struct error err;

    ck_assert_int_eq(file_put("c", json, strlen(json), &err), 0);
    ck_assert_msg(config_read(&config, "c", &err) == 0, "%s", err.text);
    return config;
}

START_TEST(infinity_is_read_however_it_was_written)
{
    struct config *config = read_text(
        "{\"a\": [0.5, Infinity], \"b\": {\"__float__\": \"Infinity\"},"
        " \"c\":-Infinity, \"d\": \"Infinity \\\" NaN\", \"e\": null}");
    struct error err;
    double real;

    ck_assert_int_eq(config_real_or(config, "a.0", 1, &real, &err), 0);
    ck_assert(real == 0.5);
    ck_assert_int_eq(config_real_or(config, "a.1", 1, &real, &err), 0);
    ck_assert(isinf(real) && real > 0);
    ck_assert_int_eq(config_real_or(config, "b", 1, &real, &err), 0);
    ck_assert(isinf(real) && real > 0);
    ck_assert_int_eq(config_real_or(config, "c", 1, &real, &err), 0);
    ck_assert(isinf(real) && real < 0);
    ck_assert_str_eq(config_text(config, "d"), "Infinity \" NaN");
    ck_assert_int_eq(config_real_or(config, "d", 1, &real, &err), -1);
    ck_assert_int_eq(config_real_or(config, "e", 7, &real, &err), 0);
    ck_assert(real == 7 && !config_has(config, "e"));
    config_free(config);
}
END_TEST

START_TEST(a_size_is_a_whole_number_in_range)
{
    struct config *config =
        read_text("{\"zero\":0,\"half\":1.5,\"big\":"
                  "16777217,\"good\":16777216,\"t\":\"3\"}");
    const char *const bad[] = { "zero", "half", "big", "t", "absent" };
    struct error err;
    uint32_t size = 3;

    for (unsigned i = 0; i < 5; i++) {
        ck_assert_int_eq(config_size(config, bad[i], &size, &err), -1);
        ck_assert_int_eq(err.kind, ERROR_DATA);
        ck_assert_ptr_nonnull(strstr(err.text, bad[i]));
        ck_assert_uint_eq(size, 3);
    }
    ck_assert_int_eq(config_size(config, "good", &size, &err), 0);
    ck_assert_uint_eq(size, 16777216);
    ck_assert_int_eq(config_size_or(config, "absent", 5, &size, &err), 0);
    ck_assert_uint_eq(size, 5);
    config_free(config);
}
END_TEST

START_TEST(a_file_that_is_no_json_object_is_refused_with_its_line)
{
    const char *const bad[] = { "", "[]", "{\n\"a\":1,\n\"a\":2}", "{\"a\" 1}",
                                "{} {}" };
    struct config *config = NULL;
    struct error err;

    for (unsigned i = 0; i < 5; i++) {
        ck_assert_int_eq(file_put("c", bad[i], strlen(bad[i]), &err), 0);
        ck_assert_int_eq(config_read(&config, "c", &err), -1);
        ck_assert_int_eq(err.kind, ERROR_DATA);
        ck_assert_ptr_nonnull(strstr(err.text, i == 2 ? "c:3: " : "c"));
    }
    ck_assert_int_eq(config_read(&config, "nowhere", &err), -1);
    ck_assert_int_eq(err.kind, ERROR_NO_INPUT);
}
END_TEST

static const struct rope_place place = { .theta = "rope_theta",
                                         .standard = 10000,
                                         .head = 6 };

static void must_refuse_rope(const char *json, const char *word)
{
    struct config *config = read_text(json);
    struct rope rope = { 0 };
    struct error err;

    ck_assert_msg(rope_read(&rope, config, &place, &err) == -1, "%s", json);
    ck_assert_msg(strstr(err.text, word) != NULL, "%s", err.text);
    config_free(config);
}

START_TEST(rotary_positions_of_an_unknown_kind_are_refused_by_name)
{
    must_refuse_rope("{\"rope_scaling\":{\"rope_type\":\"mrope\"}}", "mrope");
    must_refuse_rope("{\"rope_scaling\":{\"type\":\"yarn\"}}",
                     "original_max_position_embeddings");
    must_refuse_rope("{\"rope_scaling\":{\"type\":\"dynamic\"},"
                     "\"max_position_embeddings\":9}",
                     "factor` must be a number above 0; it is missing");
    must_refuse_rope("{\"max_position_embeddings\":9,\"rope_scaling\":"
                     "{\"type\":\"longrope\",\"long_factor\":[1,2,3],"
                     "\"short_factor\":[1,2]}}",
                     "short_factor` must be a list of 3 numbers");
    must_refuse_rope("{\"rope_parameters\":{\"rope_type\":7}}", "no text");
    must_refuse_rope("{\"rope_parameters\":{\"mrope_section\":[1]}}",
                     "mrope_section");
    must_refuse_rope("{\"rope_parameters\":{\"partial_rotary_factor\":0.5}}",
                     "turns 3 numbers of a head of 6");
    must_refuse_rope("{\"partial_rotary_factor\":1.5}",
                     "partial_rotary_factor` is 1.5");
    must_refuse_rope("{\"rope_parameters\":{\"rope_type\":\"default\"},"
                     "\"rope_scaling\":{\"type\":\"linear\",\"factor\":2}}",
                     "`rope_scaling` stands beside `rope_parameters`");
    must_refuse_rope("{\"rope_scaling\":{\"type\":\"linear\"}}",
                     "factor` must be a number above 0; it is missing");
    must_refuse_rope("{\"rope_scaling\":{\"type\":\"linear\",\"factor\":0}}",
                     "factor` must be a number above 0");
    must_refuse_rope("{\"rope_theta\":-1}", "rope_theta");
    must_refuse_rope("{\"max_position_embeddings\":9,\"rope_scaling\":"
                     "{\"rope_type\":\"llama3\",\"factor\":8}}",
                     "low_freq_factor");
}
END_TEST

/* Old keys, new keys: the same frequencies, in sequences short and long. */
static void must_be_alike(const char *old, const char *new, double loudness)
{
    struct config *a = read_text(old), *b = read_text(new);
    struct rope x = { 0 }, y = { 0 };
    double of_x[3], of_y[3];
    struct error err;

    ck_assert_msg(rope_read(&x, a, &place, &err) == 0, "%s", err.text);
    ck_assert_msg(rope_read(&y, b, &place, &err) == 0, "%s", err.text);
    ck_assert_double_eq_tol(x.loudness, loudness, 1e-9);
    ck_assert_double_eq_tol(y.loudness, loudness, 1e-9);
    for (uint32_t tokens = 8; tokens < 100; tokens += 60) {
        rope_frequencies(of_x, &x, tokens);
        rope_frequencies(of_y, &y, tokens);
        ck_assert_mem_eq(of_x, of_y, sizeof of_x);
    }
    config_free(a);
    config_free(b);
}

START_TEST(old_keys_and_new_ones_say_the_same)
{
    must_be_alike("{\"rope_theta\":500,\"max_position_embeddings\":64,"
                  "\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4,"
                  "\"original_max_position_embeddings\":16}}",
                  "{\"max_position_embeddings\":64,\"rope_parameters\":"
                  "{\"rope_theta\":500,\"rope_type\":\"yarn\","
                  "\"original_max_position_embeddings\":16}}",
                  0.1 * log(4) + 1);
    must_be_alike("{\"original_max_position_embeddings\":16,"
                  "\"max_position_embeddings\":64,\"rope_scaling\":{"
                  "\"type\":\"su\",\"short_factor\":[1,2,3],"
                  "\"long_factor\":[4,5,6]}}",
                  "{\"max_position_embeddings\":64,\"rope_parameters\":{"
                  "\"rope_type\":\"longrope\",\"short_factor\":[1,2,3],"
                  "\"long_factor\":[4,5,6],"
                  "\"original_max_position_embeddings\":16}}",
                  sqrt(1.5));
    must_be_alike("{\"max_position_embeddings\":16,\"rope_scaling\":{"
                  "\"type\":\"dynamic\",\"factor\":3}}",
                  "{\"max_position_embeddings\":16,\"rope_parameters\":{"
                  "\"rope_theta\":10000,\"rope_type\":\"dynamic\","
                  "\"factor\":3}}",
                  1);
}
END_TEST

START_TEST(both_ways_of_writing_rotary_positions_are_read)
{
    struct config *old = read_text("{\"rope_theta\":500,\"rope_scaling\":"
                                   "{\"type\":\"linear\",\"factor\":2}}");
    struct config *new = read_text("{\"rope_parameters\":{\"rope_theta\":500,"
                                   "\"rope_type\":\"default\"}}");
    struct rope linear = { 0 }, plain = { 0 };
    double slow[3], fast[3];
    struct error err;

    ck_assert_int_eq(rope_read(&linear, old, &place, &err), 0);
    ck_assert_int_eq(rope_read(&plain, new, &place, &err), 0);
    rope_frequencies(slow, &linear, 6);
    rope_frequencies(fast, &plain, 6);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_double_eq_tol(fast[i], pow(500, -(double)i / 3), 1e-12);
        ck_assert(slow[i] == fast[i] / 2);
    }
    config_free(old);
    config_free(new);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("config");
    TCase *keys = tcase_create("keys"), *rope = tcase_create("rope");

    tcase_add_checked_fixture(keys, tiny_enter, tiny_leave);
    tcase_add_checked_fixture(rope, tiny_enter, tiny_leave);
    tcase_add_test(keys, infinity_is_read_however_it_was_written);
    tcase_add_test(keys, a_size_is_a_whole_number_in_range);
    tcase_add_test(keys,
                   a_file_that_is_no_json_object_is_refused_with_its_line);
    tcase_add_test(rope,
                   rotary_positions_of_an_unknown_kind_are_refused_by_name);
    tcase_add_test(rope, old_keys_and_new_ones_say_the_same);
    tcase_add_test(rope, both_ways_of_writing_rotary_positions_are_read);
    suite_add_tcase(suite, keys);
    suite_add_tcase(suite, rope);
    return suite;
}
