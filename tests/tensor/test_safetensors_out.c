/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tensor/safetensors_out.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "tensor/safetensors.h"
#include "tests/suite.h"

static char folder[] = "/tmp/flexcim-tensors-out-XXXXXX";

static void enter_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
    unlink("f");
    unlink("g");
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

static const float floats[6] = { 1, -2, 3.5f, 4, 5, 6 };
static const int8_t bytes[3] = { -1, 0, 7 };
static const uint16_t halves[2] = { 0x3c00, 0xbc00 };

static struct safetensors_out *declared(void)
{
    struct safetensors_out *out = safetensors_out_new();

    safetensors_out_declare(out, "z", DTYPE_F32, 2, (uint64_t[]){ 2, 3 });
    safetensors_out_declare(out, "b", DTYPE_I8, 1, (uint64_t[]){ 3 });
    safetensors_out_declare(out, "h", DTYPE_F16, 1, (uint64_t[]){ 2 });
    safetensors_out_declare(out, "a", DTYPE_I8, 1, (uint64_t[]){ 0 });
    safetensors_out_declare(out, "\xc3\xa9", DTYPE_U8, 0, NULL);
    safetensors_out_metadata(out, "second", "was");
    safetensors_out_metadata(out, "first", "a \"quoted\"\nword");
    safetensors_out_metadata(out, "second", "is");
    return out;
}

static void write_all(const char *path)
{
    struct safetensors_out *out = declared();
    struct error err;

    ck_assert_int_eq(safetensors_out_create(out, path, &err), 0);
    ck_assert_int_eq(safetensors_out_put(out, "\xc3\xa9", "x", &err), 0);
    ck_assert_int_eq(safetensors_out_put(out, "b", bytes, &err), 0);
    ck_assert_int_eq(safetensors_out_put(out, "a", bytes, &err), 0);
    ck_assert_int_eq(safetensors_out_put(out, "z", floats, &err), 0);
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_int_eq(safetensors_out_put(out, "h", halves, &err), 0);
    ck_assert_int_eq(safetensors_out_commit(out, &err), 0);
}

START_TEST(the_bytes_of_a_file_are_these)
{
    const char header[] =
        "{\"__metadata__\":{\"first\":\"a \\\"quoted\\\"\\nword\","
        "\"second\":\"is\"},"
        "\"z\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
        "\"h\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[24,28]},"
        "\"a\":{\"dtype\":\"I8\",\"shape\":[0],\"data_offsets\":[28,28]},"
        "\"b\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[28,31]},"
        "\"\xc3\xa9\":{\"dtype\":\"U8\",\"shape\":[],"
        "\"data_offsets\":[31,32]}}";
    struct file_map map;
    struct error err;
    uint64_t length;

    write_all("f");
    ck_assert_int_eq(file_map(&map, "f", &err), 0);
    memcpy(&length, map.bytes, sizeof length);
    ck_assert_uint_eq(length, (strlen(header) + 7) / 8 * 8);
    ck_assert_uint_eq(map.length, 8 + length + 32);
    ck_assert_mem_eq(map.bytes + 8, header, strlen(header));
    for (size_t i = strlen(header); i < length; i++)
        ck_assert_int_eq(map.bytes[8 + i], ' ');
    ck_assert_mem_eq(map.bytes + 8 + length, floats, 24);
    ck_assert_mem_eq(map.bytes + 8 + length + 24, halves, 4);
    ck_assert_mem_eq(map.bytes + 8 + length + 28, bytes, 3);
    ck_assert_int_eq(map.bytes[8 + length + 31], 'x');
    file_unmap(&map);
}
END_TEST

START_TEST(what_is_written_is_read_back)
{
    struct safetensors *file;
    struct error err;

    write_all("f");
    ck_assert_int_eq(safetensors_open(&file, "f", &err), 0);
    ck_assert_uint_eq(safetensors_count(file), 5);
    ck_assert_mem_eq(safetensors_find(file, "z")->bytes, floats, 24);
    ck_assert_str_eq(safetensors_metadata(file, "first"), "a \"quoted\"\nword");
    ck_assert_str_eq(safetensors_metadata(file, "second"), "is");
    safetensors_close(file);
}
END_TEST

START_TEST(nothing_is_left_of_an_abandoned_file)
{
    struct safetensors_out *out = declared();
    struct error err;
    DIR *here;
    size_t count = 0;

    ck_assert_int_eq(safetensors_out_create(out, "f", &err), 0);
    ck_assert_int_eq(safetensors_out_put(out, "b", bytes, &err), 0);
    safetensors_out_abandon(out);
    safetensors_out_abandon(declared());
    here = opendir(".");
    while (readdir(here))
        count++;
    closedir(here);
    ck_assert_uint_eq(count, 2); /* . and .. */
}
END_TEST

START_TEST(a_text_that_is_not_utf_8_is_refused)
{
    struct safetensors_out *out = declared();
    struct error err;

    safetensors_out_metadata(out, "folder", "caf\xe9");
    ck_assert_int_eq(safetensors_out_create(out, "f", &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "`folder`"));
    safetensors_out_abandon(out);
    out = declared();
    ck_assert_int_eq(safetensors_out_create(out, "nowhere/f", &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DISK);
    safetensors_out_abandon(out);
}
END_TEST

START_TEST(declaring_in_another_order_gives_the_same_bytes)
{
    struct safetensors_out *out = safetensors_out_new();
    struct file_map f, g;
    struct error err;

    write_all("f");
    safetensors_out_metadata(out, "first", "a \"quoted\"\nword");
    safetensors_out_metadata(out, "second", "is");
    safetensors_out_declare(out, "\xc3\xa9", DTYPE_U8, 0, NULL);
    safetensors_out_declare(out, "a", DTYPE_I8, 1, (uint64_t[]){ 0 });
    safetensors_out_declare(out, "h", DTYPE_F16, 1, (uint64_t[]){ 2 });
    safetensors_out_declare(out, "b", DTYPE_I8, 1, (uint64_t[]){ 3 });
    safetensors_out_declare(out, "z", DTYPE_F32, 2, (uint64_t[]){ 2, 3 });
    ck_assert_int_eq(safetensors_out_create(out, "g", &err), 0);
    safetensors_out_put(out, "z", floats, &err);
    safetensors_out_put(out, "h", halves, &err);
    safetensors_out_put(out, "a", bytes, &err);
    safetensors_out_put(out, "b", bytes, &err);
    safetensors_out_put(out, "\xc3\xa9", "x", &err);
    ck_assert_int_eq(safetensors_out_commit(out, &err), 0);
    ck_assert_int_eq(file_map(&f, "f", &err), 0);
    ck_assert_int_eq(file_map(&g, "g", &err), 0);
    ck_assert_uint_eq(f.length, g.length);
    ck_assert_mem_eq(f.bytes, g.bytes, f.length);
    file_unmap(&f);
    file_unmap(&g);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("safetensors_out");
    TCase *files = tcase_create("files");

    tcase_add_checked_fixture(files, enter_folder, leave_folder);
    tcase_add_test(files, the_bytes_of_a_file_are_these);
    tcase_add_test(files, what_is_written_is_read_back);
    tcase_add_test(files, nothing_is_left_of_an_abandoned_file);
    tcase_add_test(files, a_text_that_is_not_utf_8_is_refused);
    tcase_add_test(files, declaring_in_another_order_gives_the_same_bytes);
    suite_add_tcase(suite, files);
    return suite;
}
