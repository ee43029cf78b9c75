/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tensor/safetensors.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "tests/suite.h"

static char folder[] = "/tmp/flexcim-safetensors-XXXXXX";

static void enter_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
    unlink("f");
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

/* The file "f", without the care (and the time) of file_put(). */
static void write_bytes(const void *bytes, size_t length)
{
    FILE *stream = fopen("f", "wb");

    ck_assert_uint_eq(fwrite(bytes, 1, length, stream), length);
    ck_assert_int_eq(fclose(stream), 0);
}

/* The file "f": length, header, then bytes 1, 2, 3 ... */
static void write_file(uint64_t length, const char *header, size_t header_size,
                       size_t data)
{
    struct text file;

    text_init(&file);
    text_add_bytes(&file, &length, sizeof length);
    text_add_bytes(&file, header, header_size);
    for (size_t i = 1; i <= data; i++)
        text_add_bytes(&file, &(uint8_t){ (uint8_t)i }, 1);
    write_bytes(file.at, file.length);
    text_release(&file);
}

static struct safetensors *must_open(const char *header, size_t data)
{
    struct safetensors *file;
    struct error err;

    write_file(strlen(header), header, strlen(header), data);
    ck_assert_msg(safetensors_open(&file, "f", &err) == 0, "%s", err.text);
    return file;
}

static void must_refuse_file(const char *words)
{
    struct safetensors *file = NULL;
    struct error err = { .text = "accepted" };

    ck_assert_msg(safetensors_open(&file, "f", &err) == -1, "accepted: %s",
                  words);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_msg(strstr(err.text, "f: ") == err.text, "%s", err.text);
    ck_assert_msg(strstr(err.text, words) != NULL, "`%s` is not in `%s`", words,
                  err.text);
    ck_assert_ptr_null(file);
}

static void must_refuse(const char *header, size_t data, const char *words)
{
    write_file(strlen(header), header, strlen(header), data);
    must_refuse_file(words);
}

#define T(dtype, shape, begin, end)                                            \
    "{\"dtype\":\"" dtype "\",\"shape\":[" shape "],\"data_offsets\":[" #begin \
    "," #end "]}"

/* Pages of a tensor that the kernel has in memory. */
static size_t pages_there(const struct safetensors_tensor *tensor)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = (uintptr_t)tensor->bytes / page * page;
    uintptr_t end = (uintptr_t)(tensor->bytes + tensor->length);
    unsigned char there[1024];
    size_t count = (end - begin + page - 1) / page, found = 0;

    ck_assert_uint_le(count, sizeof there);
    ck_assert_int_eq(mincore((void *)begin, end - begin, there), 0);
    for (size_t i = 0; i < count; i++)
        found += there[i] & 1;
    return found;
}

/* Far behind the header, with which the kernel reads some megabytes.  Where the
 * file system cannot lose pages there is nothing to be seen. */
START_TEST(a_tensor_that_is_asked_for_comes_while_others_compute)
{
    const char *header = "{\"s\":" T("U8", "30000000", 0, 30000000) ",\"t\":" T(
        "U8", "2000000", 30000000, 32000000) "}";
    size_t all = 2000000 / (size_t)sysconf(_SC_PAGESIZE);
    const struct safetensors_tensor *tensor;
    struct safetensors *file;
    struct error err;
    int descriptor;

    write_file(strlen(header), header, strlen(header), 32000000);
    descriptor = open("f", O_RDONLY);
    ck_assert_int_eq(fsync(descriptor), 0);
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    ck_assert_int_eq(safetensors_open(&file, "f", &err), 0);
    tensor = safetensors_find(file, "t");
    if (pages_there(tensor) < all / 2) {
        safetensors_ask_ahead(tensor);
        for (int i = 0; i < 1000 && pages_there(tensor) < all; i++)
            usleep(10000);
        ck_assert_uint_ge(pages_there(tensor), all);
    }
    close(descriptor);
    safetensors_close(file);
}
END_TEST

START_TEST(tensors_are_found_by_name_and_stand_in_file_order)
{
    const char *header = "{\"b\":" T("I16", "2", 3, 7) ",\"a\":" T(
        "U8", "3,1", 0, 3) ",\"__metadata__\":{\"k\":\"v\"}}   ";
    struct safetensors *file = must_open(header, 7);
    const struct safetensors_tensor *b = safetensors_find(file, "b");

    ck_assert_uint_eq(safetensors_count(file), 2);
    ck_assert_str_eq(safetensors_at(file, 0)->name, "a");
    ck_assert_ptr_eq(safetensors_at(file, 1), b);
    ck_assert(b->dtype == DTYPE_I16 && b->rank == 1 && b->shape[0] == 2);
    ck_assert(b->elements == 2 && b->length == 4);
    ck_assert_mem_eq(b->bytes, "\4\5\6\7", 4);
    ck_assert_ptr_null(safetensors_find(file, "c"));
    ck_assert_ptr_null(safetensors_find(file, "__metadata__"));
    ck_assert_str_eq(safetensors_metadata(file, "k"), "v");
    ck_assert_ptr_null(safetensors_metadata(file, "a"));
    safetensors_close(file);
}
END_TEST

START_TEST(single_numbers_and_empty_tensors_are_legal)
{
    const char *header = "{\"n\":" T("F32", "", 0, 4) ",\"e\":" T(
        "F64", "5,0,7", 4, 4) ",\"f\":" T("BOOL", "1", 4, 5) "}";
    struct safetensors *file = must_open(header, 5);

    ck_assert_uint_eq(safetensors_find(file, "n")->elements, 1);
    ck_assert_uint_eq(safetensors_find(file, "e")->elements, 0);
    ck_assert_ptr_null(safetensors_metadata(file, "k"));
    safetensors_close(file);
    safetensors_close(must_open("{}", 0));
}
END_TEST

START_TEST(what_the_reference_reader_passes_over_is_passed_over)
{
    const char *header =
        " \n{\"a\":{\"dtype\":\"U8\",\"x\":[{}],\"shape\":[1],"
        "\"data_offsets\":[0,1]},\"__metadata__\":null,"
        "\"four\":" T("F4", "3,2", 1, 4) ",\"six\":" T(
            "F6_E3M2", "4", 4,
            7) ",\"eight\":" T("F8_E4M3", "2", 7,
                               9) ",\"complex\":" T("C64", "1", 9, 17) "}";
    struct safetensors *file = must_open(header, 17);

    ck_assert_uint_eq(safetensors_count(file), 5);
    ck_assert_mem_eq(safetensors_find(file, "a")->bytes, "\1", 1);
    ck_assert_uint_eq(safetensors_find(file, "four")->length, 3);
    ck_assert_uint_eq(safetensors_find(file, "six")->bytes[0], 5);
    ck_assert_uint_eq(safetensors_find(file, "complex")->bytes[0], 10);
    ck_assert(!dtype_is_float(safetensors_find(file, "eight")->dtype));
    ck_assert(!dtype_is_integer(safetensors_find(file, "eight")->dtype));
    ck_assert_ptr_null(safetensors_metadata(file, "k"));
    safetensors_close(file);
}
END_TEST

START_TEST(a_git_lfs_pointer_is_named)
{
    static const char pointer[] = "version https://git-lfs.github.com/spec/v1\n"
                                  "oid sha256:0123\nsize 13910360\n";

    write_bytes(pointer, sizeof pointer - 1);
    must_refuse_file("is a git-lfs pointer");
}
END_TEST

/* As many entries as fit, each as short as can be; the limit holds at every
 * moment, since a program that gets no memory ends with 70. */
START_TEST(a_header_takes_at_most_four_times_its_size_in_memory)
{
    enum { ENTRIES = 200000 };
    struct text header;
    pid_t child;
    int status;

    if (suite_is_instrumented())
        return;
    text_init(&header);
    for (unsigned i = 0; i < ENTRIES; i++)
        text_addf(&header, "%s\"%x\":" T("U8", "0", 0, 0), i ? "," : "{", i);
    text_add(&header, "}");
    write_file(header.length, header.at, header.length, 0);
    child = fork();
    if (child == 0) {
        size_t pages[2], size = (size_t)sysconf(_SC_PAGESIZE);
        FILE *stat = fopen("/proc/self/statm", "r");
        struct safetensors *file;
        struct error err;
        struct rlimit limit;

        if (!stat || fscanf(stat, "%zu %zu", &pages[0], &pages[1]) != 2)
            _exit(1);
        /* The file itself is mapped, which is address space, not memory. */
        limit.rlim_cur = limit.rlim_max =
            pages[0] * size + (1 + 4) * header.length;
        if (setrlimit(RLIMIT_AS, &limit) < 0 ||
            safetensors_open(&file, "f", &err) < 0)
            _exit(2);
        _exit(safetensors_count(file) == ENTRIES ? 0 : 3);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    text_release(&header);
}
END_TEST

START_TEST(a_needed_tensor_of_another_kind_is_refused_with_both_shapes)
{
    struct safetensors *file =
        must_open("{\"a\":" T("U8", "3, 1", 0, 3) "}", 3);
    struct error err;

    ck_assert_ptr_nonnull(
        safetensors_need(file, "a", DTYPE_U8, 2, (uint64_t[]){ 3, 1 }, &err));
    ck_assert_ptr_null(
        safetensors_need(file, "a", DTYPE_U8, 2, (uint64_t[]){ 1, 3 }, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "is U8 [3, 1]; U8 [1, 3] is"));
    ck_assert_ptr_null(
        safetensors_need(file, "a", DTYPE_I8, 1, (uint64_t[]){ 3 }, &err));
    ck_assert_ptr_null(
        safetensors_need(file, "z", DTYPE_I8, 1, (uint64_t[]){ 3 }, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "no tensor `z`"));
    safetensors_close(file);
}
END_TEST

START_TEST(a_file_cut_or_lengthened_at_any_byte_is_refused)
{
    const char *header = "{\"a\":" T("U8", "3", 0, 3) "}";
    size_t length = strlen(header), whole = 8 + length + 3;
    struct file_map map;
    struct error err;
    uint8_t *bytes;

    write_file(length, header, length, 3);
    ck_assert_int_eq(file_map(&map, "f", &err), 0);
    bytes = memory_new(whole + 1, 1);
    memcpy(bytes, map.bytes, whole);
    file_unmap(&map);
    for (size_t cut = 0; cut <= whole + 1; cut++) {
        write_bytes(bytes, cut);
        if (cut != whole)
            must_refuse_file("");
    }
    free(bytes);
    must_refuse(header, 4, "has 4 bytes of data; its tensors end at 3");
    must_refuse(header, 2, "do not lie in the file");
}
END_TEST

START_TEST(a_damaged_length_is_refused_before_anything_is_read)
{
    write_file(100000001, "{}", 2, 0);
    must_refuse_file("at most 100000000");
    write_file(UINT64_MAX, "{}", 2, 0);
    must_refuse_file("at most 100000000");
    write_file(3, "{}", 2, 0);
    must_refuse_file("cut or damaged");
    write_file(0, "{}", 2, 0);
    must_refuse_file("byte 0 of the header: the text ends");
    write_file(3, " []", 3, 0);
    must_refuse_file("the header must be a JSON object");
}
END_TEST

START_TEST(holes_and_overlaps_are_refused_by_name)
{
    must_refuse("{\"a\":" T("U8", "3", 1, 4) "}", 4,
                "`a`: begins at byte 1 of the data; the one before it ends");
    must_refuse("{\"a\":" T("U8", "3", 0, 3) ",\"b\":" T("U8", "2", 4, 6) "}",
                6, "`b`: begins at byte 4");
    must_refuse("{\"a\":" T("U8", "3", 0, 3) ",\"b\":" T("U8", "2", 2, 4) "}",
                4, "`b`: begins at byte 2");
    must_refuse("{\"a\":" T("U8", "3", 0, 3) ",\"b\":" T("U8", "3", 0, 3) "}",
                3, "`b`: begins at byte 0");
}
END_TEST

START_TEST(offsets_must_fit_shape_and_file)
{
    must_refuse("{\"a\":" T("U8", "3", 3, 0) "}", 3, "do not lie");
    must_refuse("{\"a\":" T("U8", "3", 0, 9) "}", 3, "do not lie");
    must_refuse("{\"a\":" T("U8", "2", 0, 3) "}", 3, "has 3 bytes where");
    must_refuse("{\"a\":" T("I16", "2", 0, 3) "}", 3, "has 3 bytes where");
    must_refuse("{\"a\":" T("U8", "3", -1, 2) "}", 3, "two byte numbers");
    must_refuse("{\"a\":" T("U8", "3", 0.0, 3) "}", 3, "two byte numbers");
    must_refuse("{\"a\":{\"dtype\":\"U8\",\"shape\":[3],"
                "\"data_offsets\":[0,1,3]}}",
                3, "two byte numbers");
    must_refuse("{\"a\":" T("U8", "3", 0, 99999999999999999999) "}", 3,
                "two byte numbers");
    must_refuse("{\"a\":" T("F4", "3", 0, 1) "}", 1, "has 1 bytes where");
    must_refuse("{\"a\":" T("F6_E2M3", "3", 0, 3) "}", 3,
                "3 numbers of 6 bits");
}
END_TEST

START_TEST(shapes_that_overflow_are_refused)
{
    must_refuse("{\"a\":" T("U8", "4294967296,4294967296", 0, 0) "}", 0,
                "more than 64 bits");
    must_refuse("{\"a\":" T("F64", "2305843009213693952", 0, 0) "}", 0,
                "has 0 bytes where");
    must_refuse("{\"a\":" T("U8", "-1", 0, 1) "}", 1, "not a size");
    must_refuse("{\"a\":" T("U8", "\"1\"", 0, 1) "}", 1, "not a size");
    must_refuse("{\"a\":" T("U8", "1,1,1,1,1,1,1,1,1", 0, 1) "}", 1,
                "at most 8");
}
END_TEST

START_TEST(unknown_formats_are_refused_by_name)
{
    must_refuse("{\"a\":" T("F8_E9M9", "3", 0, 3) "}", 3,
                "dtype `F8_E9M9` is unknown; known are F64 F32");
    must_refuse("{\"a\":" T("u8", "3", 0, 3) "}", 3, "dtype `u8`");
    must_refuse("{\"a\":{\"dtype\":7,\"shape\":[],\"data_offsets\":[0,1]}}", 1,
                "`dtype` must be a text");
}
END_TEST

START_TEST(a_header_that_is_not_the_format_is_refused)
{
    must_refuse("{\"a\":" T("U8", "1", 0, 1) ",\"a\":" T("U8", "1", 0, 1) "}",
                1, "the key \"a\" stands twice");
    must_refuse("{\"a\":[]}", 0, "must be an object");
    must_refuse("{\"__metadata__\":{\"a\":1}}", 0, "`a` must be a text");
    must_refuse("{\"__metadata__\":[]}", 0, "object of texts");
    must_refuse("{} x", 0, "more stands behind the value");
    must_refuse("{\"a\xff\":1}", 0, "not UTF-8");
    must_refuse("{\"a\\u0000\":1}", 0, "header");
}
END_TEST

START_TEST(deep_nesting_is_refused_and_does_not_exhaust_the_stack)
{
    enum { DEPTH = 400000 };
    char *header = memory_new(DEPTH + 6, 1);

    memcpy(header, "{\"a\":", 5);
    memset(header + 5, '[', DEPTH);
    must_refuse(header, 0, "brackets inside brackets");
    free(header);
}
END_TEST

START_TEST(no_damaged_byte_leads_outside_the_file)
{
    const char *header = "{\"ab\":" T("I16", "2,3", 0, 12) ",\"c\":" T(
        "F32", "1", 12, 16) ",\"__metadata__\":{\"k\":\"v\"}}";
    size_t length = strlen(header), whole = 8 + length + 16;
    uint64_t state = 3;
    struct file_map map;
    struct error err;
    uint8_t *bytes = memory_new(whole, 1);
    unsigned refused = 0;

    write_file(length, header, length, 16);
    ck_assert_int_eq(file_map(&map, "f", &err), 0);
    memcpy(bytes, map.bytes, whole);
    file_unmap(&map);
    for (unsigned trial = 0; trial < 1500; trial++) {
        size_t at = random_below(&state, 8 + length);
        uint8_t was = bytes[at];
        struct safetensors *file;

        bytes[at] = (uint8_t)random_below(&state, 256);
        write_bytes(bytes, whole);
        bytes[at] = was;
        if (safetensors_open(&file, "f", &err) < 0) {
            refused++;
            continue;
        }
        for (size_t i = 0; i < safetensors_count(file); i++)
            ck_assert_uint_le(safetensors_at(file, i)->length, 16);
        safetensors_close(file);
    }
    ck_assert_uint_gt(refused, 1000);
    free(bytes);
}
END_TEST

START_TEST(a_missing_file_is_no_input)
{
    struct safetensors *file;
    struct error err;

    ck_assert_int_eq(safetensors_open(&file, "nowhere", &err), -1);
    ck_assert_int_eq(err.kind, ERROR_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "nowhere"));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("safetensors");
    TCase *good = tcase_create("good files"), *bad = tcase_create("bad files");

    tcase_set_timeout(bad, 60);
    tcase_add_checked_fixture(good, enter_folder, leave_folder);
    tcase_add_checked_fixture(bad, enter_folder, leave_folder);
    tcase_add_test(good, tensors_are_found_by_name_and_stand_in_file_order);
    tcase_add_test(good, a_tensor_that_is_asked_for_comes_while_others_compute);
    tcase_add_test(good, single_numbers_and_empty_tensors_are_legal);
    tcase_add_test(good, what_the_reference_reader_passes_over_is_passed_over);
    tcase_add_test(good, a_header_takes_at_most_four_times_its_size_in_memory);
    tcase_add_test(bad, a_git_lfs_pointer_is_named);
    tcase_add_test(good,
                   a_needed_tensor_of_another_kind_is_refused_with_both_shapes);
    tcase_add_test(bad, a_file_cut_or_lengthened_at_any_byte_is_refused);
    tcase_add_test(bad, a_damaged_length_is_refused_before_anything_is_read);
    tcase_add_test(bad, holes_and_overlaps_are_refused_by_name);
    tcase_add_test(bad, offsets_must_fit_shape_and_file);
    tcase_add_test(bad, shapes_that_overflow_are_refused);
    tcase_add_test(bad, unknown_formats_are_refused_by_name);
    tcase_add_test(bad, a_header_that_is_not_the_format_is_refused);
    tcase_add_test(bad, deep_nesting_is_refused_and_does_not_exhaust_the_stack);
    tcase_add_test(bad, no_damaged_byte_leads_outside_the_file);
    tcase_add_test(bad, a_missing_file_is_no_input);
    suite_add_tcase(suite, good);
    suite_add_tcase(suite, bad);
    return suite;
}
