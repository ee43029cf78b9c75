/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/recorded_trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "tensor/safetensors.h"
#include "tests/suite.h"

/* q and k share their input; o has its own. */
enum { LAYERS = 3, K = 6, TOKENS = 2 };

static const uint32_t outputs[LAYERS] = { 4, 2, 3 };
static const double mean_square[K] = { 0, 0.5, 1e-300, 2, 3, 1e9 };
static const float scales[4] = { 0.25f, 0, 1e-6f, 3 };
static const int8_t bytes[24] = { 1, -127, 3, 127, -5, 0, 7, 8, -9 };

static char folder[] = "/tmp/flexcim-recorded-XXXXXX";

static void enter_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
    unlink("t.trace");
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

/* What write_trace() says of its trace; `layer` is filled too. */
static struct recorded_trace describe(struct recorded_layer layer[LAYERS])
{
    const struct recorded_layer all[LAYERS] = {
        { .shape = { "b.q", 0, K, outputs[0] },
          .input_of = 0,
          .tokens = TOKENS },
        { .shape = { "b.k", 0, K, outputs[1] },
          .input_of = 0,
          .tokens = TOKENS },
        { .shape = { "b.o", 1, K, outputs[2] },
          .input_of = 2,
          .tokens = TOKENS },
    };
    struct recorded_trace about = { .model = "tiny",
                                    .family = "llama",
                                    .folder = "/models/tiny",
                                    .tokens = "t.safetensors:calibration",
                                    .first_row = 5,
                                    .rows = 128,
                                    .layers = LAYERS,
                                    .layer = layer };

    memcpy(layer, all, sizeof all);
    hash_bytes(about.checkpoint, "c", 1);
    hash_bytes(about.tokens_hash, "t", 1);
    hash_bytes(about.rows_hash, "r", 1);
    return about;
}

static void write_trace(const double *s)
{
    struct recorded_layer layer[LAYERS];
    struct recorded_trace about = describe(layer);
    struct recorded_trace_out *out;
    struct error err;

    ck_assert_int_eq(recorded_trace_create(&out, "t.trace", &about, &err), 0);
    for (size_t i = LAYERS; i-- > 0;) {
        ck_assert_int_eq(
            recorded_trace_put_layer(out, i, s, bytes + i, scales, &err), 0);
        if (layer[i].input_of == i)
            ck_assert_int_eq(recorded_trace_put_inputs(out, i, bytes + 5 + i,
                                                       scales + 1, NULL, &err),
                             0);
    }
    ck_assert_int_eq(recorded_trace_commit(out, &err), 0);
}

/* Its hashes are those of "c", "t" and "r", as sha256sum prints them. */
static const char made_from[] =
    "flexcim-trace 2 recorded\n"
    "checkpoint "
    "2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6\n"
    "tokens "
    "e3b98a4da31a127d4bde6e43033f66ba274cab0eb7eb1c70ec41402bf6273dd8 "
    "calibration\n"
    "rows 5 128 "
    "454349e422f05297191ead13e21d3db520e5abef52055e4964b82fb213f593a1\n"
    "inputs 2\n"
    "gram 0\n";

START_TEST(a_trace_comes_back_as_it_was_written)
{
    struct recorded_trace trace;
    struct error err;
    char hash[HASH_TEXT];

    write_trace(mean_square);
    ck_assert_msg(recorded_trace_open(&trace, "t.trace", &err) == 0, "%s",
                  err.text);
    hash_bytes(hash, made_from, sizeof made_from - 1);
    ck_assert_str_eq(trace.hash, hash);
    ck_assert_str_eq(trace.folder, "/models/tiny");
    ck_assert_uint_eq(trace.first_row, 5);
    ck_assert_uint_eq(trace.rows, 128);
    ck_assert_uint_eq(trace.layers, LAYERS);
    for (size_t i = 0; i < LAYERS; i++) {
        const struct recorded_layer *layer = &trace.layer[i];
        size_t own = i == 1 ? 0 : i;

        ck_assert_uint_eq(layer->shape.block, i / 2);
        ck_assert_uint_eq(layer->input_of, own);
        ck_assert_uint_eq(layer->tokens, TOKENS);
        ck_assert_mem_eq(layer->mean_square, mean_square, sizeof mean_square);
        ck_assert_mem_eq(layer->weights, bytes + i, outputs[i] * K);
        ck_assert_mem_eq(layer->weight_scale, scales, outputs[i] * 4);
        ck_assert_mem_eq(layer->input, bytes + 5 + own, TOKENS * K);
        ck_assert_mem_eq(layer->input_scale, scales + 1, TOKENS * 4);
    }
    recorded_trace_close(&trace);
}
END_TEST

static void identity(char hash[HASH_TEXT])
{
    struct recorded_trace trace;
    struct error err;

    ck_assert_msg(recorded_trace_open(&trace, "t.trace", &err) == 0, "%s",
                  err.text);
    memcpy(hash, trace.hash, HASH_TEXT);
    recorded_trace_close(&trace);
}

START_TEST(computed_bits_and_places_are_no_part_of_the_identity)
{
    double other[K] = { 0, 0.5000001, 1e-300, 2, 3, 1e9 };
    struct recorded_layer layer[LAYERS];
    struct recorded_trace about = describe(layer);
    char hash[HASH_TEXT], again[HASH_TEXT];

    write_trace(mean_square);
    identity(hash);
    write_trace(other);
    identity(again);
    ck_assert_str_eq(hash, again);
    about.model = "copy";
    about.folder = "../tiny";
    about.tokens = "x/y:z/t.safetensors:calibration";
    about.core = "Zen";
    recorded_trace_identity(&about, again);
    ck_assert_str_eq(hash, again);
}
END_TEST

START_TEST(each_thing_that_a_trace_is_made_from_changes_its_identity)
{
    struct recorded_layer layer[LAYERS];
    char hash[10][HASH_TEXT];

    for (int i = 0; i < 10; i++) {
        struct recorded_trace about = describe(layer);

        if (i == 1)
            about.checkpoint[5] ^= 1;
        if (i == 2)
            about.tokens_hash[63] ^= 1;
        if (i == 3)
            about.tokens = "t.safetensors:test";
        if (i == 4)
            about.first_row++;
        if (i == 5)
            about.rows++;
        if (i == 6)
            about.rows_hash[0] ^= 1;
        if (i == 7)
            layer[0].tokens++;
        if (i >= 8)
            about.has_gram = true;
        if (i == 9)
            about.gram_way = RECORDED_GRAM_WAY;
        recorded_trace_identity(&about, hash[i]);
        for (int j = 0; j < i; j++)
            ck_assert_str_ne(hash[i], hash[j]);
    }
}
END_TEST

/* Puts `new` for `old`, of equal length, into t.trace. */
static void patch(const char *old, const char *new)
{
    struct file_map map;
    struct error err;
    uint8_t *copy, *at;

    ck_assert_int_eq(file_map(&map, "t.trace", &err), 0);
    copy = memory_new(map.length, 1);
    memcpy(copy, map.bytes, map.length);
    at = memmem(copy, map.length, old, strlen(old));
    ck_assert_msg(at != NULL, "%s", old);
    memcpy(at, new, strlen(new));
    ck_assert_int_eq(file_put("t.trace", copy, map.length, &err), 0);
    file_unmap(&map);
    free(copy);
}

START_TEST(a_trace_of_version_1_is_identified_by_its_bytes)
{
    char hash[HASH_TEXT], of_file[HASH_TEXT];
    struct error err;

    write_trace(mean_square);
    patch("\"version\":\"2\"", "\"version\":\"1\"");
    identity(hash);
    ck_assert_int_eq(hash_file(of_file, "t.trace", &err), 0);
    ck_assert_str_eq(hash, of_file);
}
END_TEST

START_TEST(a_changed_weight_is_seen_though_it_is_a_valid_one)
{
    struct recorded_trace trace;
    struct file_map map;
    struct error err;
    uint8_t *copy;

    write_trace(mean_square);
    ck_assert_int_eq(file_map(&map, "t.trace", &err), 0);
    copy = memory_new(map.length, 1);
    memcpy(copy, map.bytes, map.length);
    copy[map.length - 1] ^= 1; /* weights come last */
    ck_assert_int_eq(file_put("t.trace", copy, map.length, &err), 0);
    ck_assert_int_eq(recorded_trace_open(&trace, "t.trace", &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "t.trace: is damaged"));
    file_unmap(&map);
    free(copy);
}
END_TEST

START_TEST(a_statistic_that_is_not_finite_is_refused_with_its_layer)
{
    double bad[K] = { 1, 2, 0.0 / 0.0, 4, 5, 6 };
    struct recorded_trace trace;
    struct error err;

    write_trace(bad);
    ck_assert_int_eq(recorded_trace_open(&trace, "t.trace", &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "b.q.mean_square[2]"));
    bad[2] = -1;
    write_trace(bad);
    ck_assert_int_eq(recorded_trace_open(&trace, "t.trace", &err), -1);
}
END_TEST

static const struct damage {
    const char *old, *new, *words; /* of equal length, in the header */
} damages[] = {
    { "flexcim-trace", "flexcim-truce", "is no trace" },
    { "\"recorded\"", "\"rekorded\"", "a recorded trace was expected" },
    { "\"version\":\"2\"", "\"version\":\"4\"", "newer than this program" },
    { "\"first_row\":\"5\"", "\"first_row\":\"-\"", "\"first_row\" is \"-\"" },
    { "\"rows\":\"128\"", "\"rows\":\"1x8\"", "\"rows\" is \"1x8\"" },
    { "b.o.inputs", "b.o.inputz", "b.o.inputs must be there" },
    { "b.k.weights", "b.k.weighty", "b.k.weights" },
    { "\"checkpoint\":\"2", "\"checkpoint\":\"X", "a SHA-256" },
    { "\\\"inputs\\\":6", "\\\"inputs\\\":0",
      "item 0: layer b.q: \"inputs\" is 0" },
    { "\\\"input\\\":\\\"b.o\\\"", "\\\"input\\\":\\\"b.k\\\"",
      "item 2: \"input\" is \"b.k\"" },
    { "\\\"block\\\":1", "\\\"blosk\\\":1", "unknown key \"blosk\"" },
};

START_TEST(a_damaged_header_is_refused_with_the_place)
{
    const struct damage *damage = &damages[_i];
    struct recorded_trace trace;
    struct error err = { .text = "accepted" };
    struct file_map map;
    uint8_t *copy, *at;

    write_trace(mean_square);
    ck_assert_int_eq(file_map(&map, "t.trace", &err), 0);
    copy = memory_new(map.length, 1);
    memcpy(copy, map.bytes, map.length);
    at = memmem(copy, map.length, damage->old, strlen(damage->old));
    ck_assert_msg(at != NULL, "%s", damage->old);
    memcpy(at, damage->new, strlen(damage->new));
    ck_assert_int_eq(file_put("t.trace", copy, map.length, &err), 0);
    ck_assert_int_eq(recorded_trace_open(&trace, "t.trace", &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_msg(strstr(err.text, damage->words) != NULL, "%s", err.text);
    file_unmap(&map);
    free(copy);
}
END_TEST

/* b.q and b.k of an expert that saw two of the sample's tokens, b.o of one that
 * saw none. */
static void write_experts(const int32_t *place)
{
    struct recorded_layer layer[LAYERS];
    struct recorded_trace about = describe(layer);
    struct recorded_trace_out *out;
    struct error err;

    for (size_t i = 0; i < LAYERS; i++) {
        layer[i].routed = true;
        layer[i].tokens = i < 2 ? TOKENS : 0;
        layer[i].reached = i < 2 ? 77 : 5;
    }
    ck_assert_int_eq(recorded_trace_create(&out, "t.trace", &about, &err), 0);
    for (size_t i = 0; i < LAYERS; i++) {
        ck_assert_int_eq(recorded_trace_put_layer(out, i, mean_square,
                                                  bytes + i, scales, &err),
                         0);
        if (layer[i].input_of == i)
            ck_assert_int_eq(recorded_trace_put_inputs(out, i, bytes + 5 + i,
                                                       scales + 1, place, &err),
                             0);
    }
    ck_assert_int_eq(recorded_trace_commit(out, &err), 0);
}

START_TEST(the_routing_of_experts_comes_back_as_it_was_written)
{
    const int32_t place[TOKENS] = { 4, 9 };
    struct recorded_trace trace;
    struct error err;

    write_experts(place);
    ck_assert_msg(recorded_trace_open(&trace, "t.trace", &err) == 0, "%s",
                  err.text);
    ck_assert_str_eq(safetensors_metadata(trace.file, "version"), "3");
    for (size_t i = 0; i < 2; i++) {
        ck_assert(trace.layer[i].routed);
        ck_assert_uint_eq(trace.layer[i].reached, 77);
        ck_assert_mem_eq(trace.layer[i].place, place, sizeof place);
        ck_assert_uint_eq(recorded_layer_tokens(&trace.layer[i], 4), 0);
        ck_assert_uint_eq(recorded_layer_tokens(&trace.layer[i], 9), 1);
        ck_assert_uint_eq(recorded_layer_tokens(&trace.layer[i], 10), 2);
    }
    ck_assert_uint_eq(trace.layer[2].tokens, 0);
    ck_assert_uint_eq(trace.layer[2].reached, 5);
    ck_assert_ptr_null(trace.layer[2].input);
    recorded_trace_close(&trace);
    write_trace(mean_square); /* without experts it is as it always was */
    ck_assert_int_eq(recorded_trace_open(&trace, "t.trace", &err), 0);
    ck_assert_str_eq(safetensors_metadata(trace.file, "version"), "2");
    recorded_trace_close(&trace);
}
END_TEST

START_TEST(routing_that_goes_back_is_refused)
{
    const int32_t back[TOKENS] = { 9, 9 }, below[TOKENS] = { -1, 9 };
    struct recorded_trace trace;
    struct error err;

    write_experts(_i == 0 ? back : below);
    ck_assert_int_eq(recorded_trace_open(&trace, "t.trace", &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, _i == 0 ? "b.q.routed[1] is 9"
                                                   : "b.q.routed[0] is -1"));
}
END_TEST

START_TEST(layers_of_one_input_saw_the_same_tokens)
{
    const int32_t place[TOKENS] = { 4, 9 };
    static const char all[] = "\\\"reached\\\":77";
    struct recorded_trace trace;
    struct error err;
    struct file_map map;
    uint8_t *copy, *at;

    write_experts(place);
    ck_assert_int_eq(file_map(&map, "t.trace", &err), 0);
    copy = memory_new(map.length, 1);
    memcpy(copy, map.bytes, map.length);
    at = memmem(copy, map.length, all, sizeof all - 1);
    ck_assert_ptr_nonnull(at);
    at[sizeof all - 2] = '8';
    ck_assert_int_eq(file_put("t.trace", copy, map.length, &err), 0);
    ck_assert_int_eq(recorded_trace_open(&trace, "t.trace", &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "must be those of b.q"));
    file_unmap(&map);
    free(copy);
}
END_TEST

/* Not file_put(), which waits for the disk. */
static void overwrite(const uint8_t *content, size_t length)
{
    FILE *file = fopen("t.trace", "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content, 1, length, file), length);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(a_trace_with_random_bytes_changed_or_cut_never_crashes)
{
    uint64_t seed = (uint64_t)_i;
    struct recorded_trace trace;
    struct file_map map;
    struct error err;
    uint8_t *copy, *whole;

    write_trace(mean_square);
    ck_assert_int_eq(file_map(&map, "t.trace", &err), 0);
    copy = memory_new(map.length, 1);
    whole = memory_new(map.length, 1); /* the file itself is overwritten */
    memcpy(whole, map.bytes, map.length);
    for (int round = 0; round < 300; round++) {
        size_t length = random_below(&seed, 4)
                            ? map.length
                            : (size_t)random_below(&seed, map.length);

        memcpy(copy, whole, map.length);
        for (uint64_t n = random_below(&seed, 4); n-- > 0;)
            copy[random_below(&seed, map.length)] = (uint8_t)random_next(&seed);
        overwrite(copy, length);
        if (recorded_trace_open(&trace, "t.trace", &err) == 0) {
            ck_assert_uint_eq(length, map.length);
            recorded_trace_close(&trace);
        } else {
            ck_assert_int_eq(err.kind, ERROR_DATA);
        }
    }
    free(whole);
    free(copy);
    file_unmap(&map);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("recorded_trace");
    TCase *traces = tcase_create("traces");

    tcase_add_unchecked_fixture(traces, enter_folder, leave_folder);
    tcase_add_test(traces, a_trace_comes_back_as_it_was_written);
    tcase_add_test(traces,
                   computed_bits_and_places_are_no_part_of_the_identity);
    tcase_add_test(traces,
                   each_thing_that_a_trace_is_made_from_changes_its_identity);
    tcase_add_test(traces, a_trace_of_version_1_is_identified_by_its_bytes);
    tcase_add_test(traces, a_changed_weight_is_seen_though_it_is_a_valid_one);
    tcase_add_test(traces,
                   a_statistic_that_is_not_finite_is_refused_with_its_layer);
    tcase_add_loop_test(traces, a_damaged_header_is_refused_with_the_place, 0,
                        sizeof damages / sizeof *damages);
    tcase_add_loop_test(
        traces, a_trace_with_random_bytes_changed_or_cut_never_crashes, 0, 3);
    tcase_add_test(traces, the_routing_of_experts_comes_back_as_it_was_written);
    tcase_add_loop_test(traces, routing_that_goes_back_is_refused, 0, 2);
    tcase_add_test(traces, layers_of_one_input_saw_the_same_tokens);
    suite_add_tcase(suite, traces);
    return suite;
}
