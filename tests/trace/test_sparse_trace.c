/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/sparse_trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "tests/suite.h"

/* 3:8 of 13 inputs, then a dense layer of 8. */
enum { K = 13, TOKENS = 2 };

static const float scales[5] = { 0.25f, 0, 1e-6f, 3, 4 };
static const int8_t bytes[5 * K] = { 1, -127, 3, 127, -5, 0, 7, 8, -9 };

static char folder[] = "/tmp/flexcim-sparse-XXXXXX";

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

static void make_plan(struct plan *plan)
{
    plan_init(plan, 2);
    plan_set(&plan->model, memory_text("tiny"));
    plan_set(&plan->method, memory_text("uniform"));
    hash_bytes(plan->checkpoint, "c", 1);
    hash_bytes(plan->trace, "t", 1);
    hash_bytes(plan->tokens, "k", 1);
    layer_shape_rename(&plan->layer[0].shape, memory_text("b.q"));
    layer_shape_rename(&plan->layer[1].shape, memory_text("b.o"));
    plan->layer[0].shape.inputs = K;
    plan->layer[0].shape.outputs = 5;
    plan->layer[0].pattern = (struct pattern){ 3, 8 };
    plan->layer[1].shape.inputs = 8;
    plan->layer[1].shape.outputs = 2;
    plan->reached = plan_sparsity(plan);
}

static void make_layer(struct layer *layer, const struct plan_layer *planned)
{
    uint8_t mask[5 * K] = { 0 };

    *layer = (struct layer){ .shape.name = planned->shape.name,
                             .tokens = TOKENS,
                             .shape.inputs = planned->shape.inputs,
                             .shape.outputs = planned->shape.outputs,
                             .pattern = planned->pattern,
                             .agreement = 1,
                             .scale = scales,
                             .input = bytes + 3,
                             .input_scale = scales + 1 };
    for (uint32_t o = 0; o < layer->shape.outputs; o++) {
        for (uint32_t i = 0; i < 3; i++) { /* two groups of three kept */
            mask[o * K + (i * 2 + o) % 8] = 1;
            mask[o * K + 8 + (i + o) % 5] = 1;
        }
    }
    layer_pack(layer, bytes, planned->shape.inputs == K ? mask : NULL);
}

static const char sizes_text[] = "{\"blocks\":1}";

static void write_trace(const struct plan *plan, struct layer layer[2])
{
    struct sparse_trace_out *out;
    struct error err;

    ck_assert_int_eq(
        sparse_trace_create(
            &out, "t.trace",
            &(struct sparse_trace_about){ plan, (uint32_t[]){ TOKENS, TOKENS },
                                          NULL, sizes_text },
            &err),
        0);
    ck_assert_int_eq(sparse_trace_put(out, 1, &layer[1], &err), 0);
    ck_assert_int_eq(sparse_trace_put(out, 0, &layer[0], &err), 0);
    ck_assert_int_eq(sparse_trace_commit(out, &err), 0);
}

static void make_trace(struct plan *plan, struct layer layer[2])
{
    make_plan(plan);
    for (int i = 0; i < 2; i++)
        make_layer(&layer[i], &plan->layer[i]);
    write_trace(plan, layer);
}

static void release(struct plan *plan, struct layer layer[2])
{
    for (int i = 0; i < 2; i++)
        layer_release_packed(&layer[i]);
    plan_release(plan);
}

START_TEST(layers_come_back_as_they_were_packed)
{
    struct plan plan;
    struct layer layer[2];
    struct sparse_trace trace;
    struct error err;
    char hash[HASH_TEXT], hash_back[HASH_TEXT];

    make_trace(&plan, layer);
    ck_assert_msg(sparse_trace_open(&trace, "t.trace", &err) == 0, "%s",
                  err.text);
    plan_hash(&plan, hash);
    plan_hash(&trace.plan, hash_back);
    ck_assert_str_eq(hash, hash_back);
    sparse_trace_identity(&plan, (uint32_t[]){ TOKENS, TOKENS }, hash);
    ck_assert_str_eq(trace.hash, hash);
    sparse_trace_identity(&plan, (uint32_t[]){ TOKENS, 1 }, hash_back);
    ck_assert_str_ne(hash, hash_back);
    ck_assert_uint_eq(trace.layers, 2);
    for (int i = 0; i < 2; i++) {
        const struct layer *a = &layer[i], *b = &trace.layer[i];
        size_t kept = (size_t)a->shape.outputs * layer_kept(a);

        ck_assert_str_eq(a->shape.name, b->shape.name);
        ck_assert_uint_eq(b->tokens, TOKENS);
        ck_assert(pattern_equal(a->pattern, b->pattern));
        ck_assert_mem_eq(a->values, b->values, kept);
        ck_assert_mem_eq(a->scale, b->scale, a->shape.outputs * 4);
        ck_assert_mem_eq(a->input, b->input, TOKENS * a->shape.inputs);
        ck_assert_mem_eq(a->input_scale, b->input_scale, TOKENS * 4);
        if (i == 1)
            continue;
        ck_assert_mem_eq(a->select, b->select, kept);
        ck_assert_mem_eq(a->metadata, b->metadata,
                         (size_t)a->shape.outputs * layer_metadata_bytes(a));
    }
    ck_assert_ptr_null(trace.layer[1].select);
    sparse_trace_close(&trace);
    release(&plan, layer);
}
END_TEST

START_TEST(a_damaged_select_is_refused_with_file_and_layer)
{
    struct plan plan;
    struct layer layer[2];
    struct sparse_trace trace;
    struct error err;

    make_plan(&plan);
    for (int i = 0; i < 2; i++)
        make_layer(&layer[i], &plan.layer[i]);
    ((uint8_t *)(uintptr_t)layer[0].select)[4] = 7;
    write_trace(&plan, layer);
    ck_assert_int_eq(sparse_trace_open(&trace, "t.trace", &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "t.trace: layer b.q, output 0"));
    release(&plan, layer);
}
END_TEST

START_TEST(a_scale_that_is_not_finite_is_refused)
{
    float bad[5] = { 1, 2, 3, 0.0f / 0.0f, 5 };
    struct plan plan;
    struct layer layer[2];
    struct sparse_trace trace;
    struct error err;

    make_plan(&plan);
    for (int i = 0; i < 2; i++)
        make_layer(&layer[i], &plan.layer[i]);
    layer[0].scale = bad;
    write_trace(&plan, layer);
    ck_assert_int_eq(sparse_trace_open(&trace, "t.trace", &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "b.q.scale[3]"));
    release(&plan, layer);
}
END_TEST

START_TEST(another_kind_of_trace_is_refused_by_name)
{
    static const char header[] =
        "{\"__metadata__\":{\"format\":\"flexcim-trace\",\"version\":\"1\","
        "\"kind\":\"recorded\"}}";
    uint64_t length = sizeof header - 1;
    char file[sizeof length + sizeof header];
    struct sparse_trace trace;
    struct error err;

    memcpy(file, &length, sizeof length);
    memcpy(file + sizeof length, header, sizeof header);
    ck_assert_int_eq(file_put("t.trace", file, sizeof length + length, &err),
                     0);
    ck_assert_int_eq(sparse_trace_open(&trace, "t.trace", &err), -1);
    ck_assert_ptr_nonnull(
        strstr(err.text, "is a recorded trace; a sparse trace was expected"));
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
    struct plan plan;
    struct layer layer[2];
    struct sparse_trace trace;
    struct file_map map;
    struct error err;
    uint8_t *copy, *whole;

    make_trace(&plan, layer);
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
        if (sparse_trace_open(&trace, "t.trace", &err) == 0) {
            ck_assert_uint_eq(length, map.length);
            sparse_trace_close(&trace);
        } else {
            ck_assert_int_eq(err.kind, ERROR_DATA);
        }
    }
    free(whole);
    free(copy);
    file_unmap(&map);
    release(&plan, layer);
}
END_TEST

/* Layer 0 is one token of several; layer 1 has all of its tokens. */
static void write_one_token(const struct plan *plan, struct layer layer[2],
                            const float *activity)
{
    struct sparse_trace_out *out;
    struct error err;

    layer[0].tokens = 1;
    layer[0].input_activity = activity;
    ck_assert_int_eq(sparse_trace_create(&out, "t.trace",
                                         &(struct sparse_trace_about){
                                             plan, (uint32_t[]){ 1, TOKENS },
                                             (uint32_t[]){ 9, TOKENS },
                                             sizes_text },
                                         &err),
                     0);
    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(sparse_trace_put(out, i, &layer[i], &err), 0);
    ck_assert_int_eq(sparse_trace_commit(out, &err), 0);
}

START_TEST(one_token_of_several_brings_their_activity_and_it_must_be_a_share)
{
    const float activity[2] = { 0.375f, 0.25f }, wrong[2] = { 0.375f, 1.5f };
    struct plan plan;
    struct layer layer[2];
    struct sparse_trace trace;
    struct error err;

    make_trace(&plan, layer);
    write_one_token(&plan, layer, activity);
    ck_assert_msg(sparse_trace_open(&trace, "t.trace", &err) == 0, "%s",
                  err.text);
    ck_assert_str_eq(trace.sizes, sizes_text);
    ck_assert_mem_eq(trace.layer[0].input_activity, activity, sizeof activity);
    ck_assert_ptr_null(trace.layer[1].input_activity);
    sparse_trace_close(&trace);
    write_one_token(&plan, layer, wrong);
    ck_assert_int_eq(sparse_trace_open(&trace, "t.trace", &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "b.q.input_activity: two shares"));
    release(&plan, layer);
}
END_TEST

START_TEST(an_abandoned_trace_leaves_no_file)
{
    struct plan plan;
    struct sparse_trace_out *out;
    struct error err;

    unlink("t.trace");
    make_plan(&plan);
    ck_assert_int_eq(
        sparse_trace_create(
            &out, "t.trace",
            &(struct sparse_trace_about){ &plan, (uint32_t[]){ TOKENS, TOKENS },
                                          NULL, sizes_text },
            &err),
        0);
    sparse_trace_abandon(out);
    ck_assert_int_ne(access("t.trace", F_OK), 0);
    plan_release(&plan);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("sparse_trace");
    TCase *traces = tcase_create("traces");

    tcase_add_unchecked_fixture(traces, enter_folder, leave_folder);
    tcase_add_test(traces, layers_come_back_as_they_were_packed);
    tcase_add_test(traces, a_damaged_select_is_refused_with_file_and_layer);
    tcase_add_test(traces, a_scale_that_is_not_finite_is_refused);
    tcase_add_test(traces, another_kind_of_trace_is_refused_by_name);
    tcase_add_loop_test(
        traces, a_trace_with_random_bytes_changed_or_cut_never_crashes, 0, 3);
    tcase_add_test(
        traces,
        one_token_of_several_brings_their_activity_and_it_must_be_a_share);
    tcase_add_test(traces, an_abandoned_trace_leaves_no_file);
    suite_add_tcase(suite, traces);
    return suite;
}
