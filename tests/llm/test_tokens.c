/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "llm/model.h"
#include "llm/tokens.h"
#include "tensor/safetensors_out.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

static struct model *model;

static void enter(void)
{
    tiny_enter();
    tiny_write("m", &(struct tiny){ 0 });
    model = tiny_open("m");
}

static void leave(void)
{
    model_close(model);
    tiny_leave();
}

/* The file "t" with one tensor "test". */
static void put(enum dtype dtype, unsigned rank, const uint64_t *shape,
                const void *numbers)
{
    struct safetensors_out *out = safetensors_out_new();
    struct error err;

    safetensors_out_declare(out, "test", dtype, rank, shape);
    ck_assert_int_eq(safetensors_out_create(out, "t", &err), 0);
    ck_assert_int_eq(safetensors_out_put(out, "test", numbers, &err), 0);
    ck_assert_int_eq(safetensors_out_commit(out, &err), 0);
}

static void must_refuse(const char *spec, const char *words)
{
    struct model_tokens tokens;
    struct error err;

    ck_assert_int_eq(model_tokens_read(&tokens, spec, "test", 0, model, &err),
                     -1);
    ck_assert_msg(strstr(err.text, words) != NULL, "%s", err.text);
}

START_TEST(rows_are_read_from_any_integer_format)
{
    static const uint16_t small[] = { 1, 2, 3, 10, 0, 9 };
    static const int64_t wide[] = { 1, 2, 3, 10, 0, 9 };
    const uint64_t shape[] = { 2, 3 };
    struct model_tokens tokens;
    char hex[HASH_TEXT];
    struct error err;

    for (unsigned i = 0; i < 2; i++) {
        put(i ? DTYPE_I64 : DTYPE_U16, 2, shape,
            i ? (const void *)wide : small);
        ck_assert_int_eq(
            model_tokens_read(&tokens, "t", "test", 0, model, &err), 0);
        ck_assert_uint_eq(tokens.rows, 2);
        ck_assert_uint_eq(tokens.length, 3);
        ck_assert_mem_eq(tokens.ids, ((int32_t[]){ 1, 2, 3, 10, 0, 9 }), 24);
        ck_assert_int_eq(hash_file(hex, "t", &err), 0);
        ck_assert_str_eq(tokens.hash, hex);
        model_tokens_release(&tokens);
    }
    ck_assert_int_eq(model_tokens_read(&tokens, "t", "test", 1, model, &err),
                     0);
    ck_assert_uint_eq(tokens.rows, 1);
    model_tokens_release(&tokens);
}
END_TEST

START_TEST(another_tensor_is_named_after_a_colon)
{
    struct model_tokens tokens;
    struct error err;

    tiny_write_tokens("t", "other", 3, 5);
    must_refuse("t", "no tensor `test`");
    must_refuse("t:more", "no tensor `more`");
    ck_assert_int_eq(
        model_tokens_read(&tokens, "t:other", "test", 0, model, &err), 0);
    ck_assert_uint_eq(tokens.rows, 3);
    model_tokens_release(&tokens);
    ck_assert_int_eq(rename("t", "t:other"), 0);
    must_refuse("t:other", "no tensor `test`");
}
END_TEST

START_TEST(an_id_outside_the_vocabulary_is_told_by_row_and_column)
{
    const uint64_t shape[] = { 2, 3 };

    put(DTYPE_I32, 2, shape, (int32_t[]){ 0, 1, 2, 3, 11, 5 });
    must_refuse("t", "row 1, column 1: token 11 is outside the vocabulary, "
                     "0 to 10");
    put(DTYPE_I32, 2, shape, (int32_t[]){ 0, 1, -1, 3, 4, 5 });
    must_refuse("t", "row 0, column 2: token -1");
    put(DTYPE_U64, 2, shape, (uint64_t[]){ 0, UINT64_MAX, 1, 3, 4, 5 });
    must_refuse("t", "row 0, column 1");
}
END_TEST

START_TEST(what_is_no_table_of_tokens_is_refused)
{
    static const float numbers[6];

    put(DTYPE_F32, 2, (uint64_t[]){ 2, 3 }, numbers);
    must_refuse("t", "whole numbers");
    put(DTYPE_I32, 1, (uint64_t[]){ 6 }, numbers);
    must_refuse("t", "whole numbers");
    put(DTYPE_I32, 2, (uint64_t[]){ 0, 3 }, numbers);
    must_refuse("t", "whole numbers");
    put(DTYPE_I32, 2, (uint64_t[]){ 6, 1 }, numbers);
    must_refuse("t", "rows of 1 tokens");
    put(DTYPE_BOOL, 2, (uint64_t[]){ 2, 3 }, numbers);
    must_refuse("t", "BOOL");
    must_refuse("nowhere", "nowhere");
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("tokens");
    TCase *files = tcase_create("files");

    tcase_add_checked_fixture(files, enter, leave);
    tcase_add_test(files, rows_are_read_from_any_integer_format);
    tcase_add_test(files, another_tensor_is_named_after_a_colon);
    tcase_add_test(files,
                   an_id_outside_the_vocabulary_is_told_by_row_and_column);
    tcase_add_test(files, what_is_no_table_of_tokens_is_refused);
    suite_add_tcase(suite, files);
    return suite;
}
