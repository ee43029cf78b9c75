/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Eighths of rows that are measured together, so that threads have rows, and
 * kept apart.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "llm/record_eighths.h"
#include "llm/row_numbers.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

/* ---- a number a row ------------------------------------------------------ */

enum { MOST_ROWS = 40 };

/* Which rows were measured together. */
struct called {
    size_t calls, first[MOST_ROWS], end[MOST_ROWS];
};

static double number_of(size_t row)
{
    return 1.0 / (double)(row + 3);
}

static int measure_rows(void *context, double *number, size_t first, size_t end,
                        struct error *err)
{
    struct called *called = context;

    called->first[called->calls] = first;
    called->end[called->calls++] = end;
    for (size_t row = first; row < end; row++)
        number[row - first] = number_of(row);
    return called->calls < MOST_ROWS
               ? 0
               : error_set(err, ERROR_DATA, "too many calls");
}

static struct row_numbers numbers_of(size_t rows, unsigned workers,
                                     struct called *called)
{
    struct row_numbers numbers = { .rows = rows,
                                   .workers = workers,
                                   .beside = "n",
                                   .measure = measure_rows,
                                   .context = called };

    memset(numbers.identity, 'a', HASH_TEXT - 1);
    *called = (struct called){ 0 };
    return numbers;
}

static size_t files_like(const char *pattern)
{
    glob_t found;
    size_t count = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;

    globfree(&found);
    return count;
}

static void must_be_all(const struct row_numbers *numbers,
                        enum row_numbers_way way)
{
    double number[MOST_ROWS] = { 0 };
    struct error err;

    ck_assert_msg(row_numbers_all(number, numbers, way, &err) == 0, "%s",
                  err.text);
    for (size_t row = 0; row < numbers->rows; row++)
        ck_assert_double_eq(number[row], number_of(row));
    ck_assert_uint_eq(files_like("n-*"), 0); /* nothing is left */
}

/* Of fewer than eight rows some eighths have none. */
START_TEST(rows_that_are_not_kept_are_measured_in_one_go)
{
    struct called called;
    struct row_numbers numbers = numbers_of((size_t)_i, 2, &called);

    must_be_all(&numbers, ROW_NUMBERS_TOGETHER);
    ck_assert_uint_eq(called.calls, 1);
    ck_assert_uint_eq(called.first[0], 0);
    ck_assert_uint_eq(called.end[0], (size_t)_i);
}
END_TEST

/* Every go but the last has a row for each worker, and no eighth more than it
 * needs for that. */
START_TEST(eighths_that_are_kept_have_a_row_for_each_worker)
{
    static const size_t row_counts[] = { 1, 2, 5, 8, 9, 17, 35 };

    for (unsigned workers = 1; workers < 20; workers = 2 * workers + 1) {
        struct called called;
        struct row_numbers numbers =
            numbers_of(row_counts[_i], workers, &called);
        size_t at = 0;

        must_be_all(&numbers, ROW_NUMBERS_KEPT);
        for (size_t c = 0; c < called.calls; c++) {
            size_t rows = called.end[c] - called.first[c];

            ck_assert_uint_eq(called.first[c], at);
            at = called.end[c];
            ck_assert(rows >= workers || c + 1 == called.calls);
            ck_assert_uint_le(rows, workers + (numbers.rows + 7) / 8);
        }
        ck_assert_uint_eq(at, numbers.rows);
    }
}
END_TEST

START_TEST(what_others_have_kept_is_not_measured_again)
{
    struct called called;
    struct row_numbers numbers = numbers_of(17, 5, &called);
    struct error err;
    size_t measured = 0;

    ck_assert_int_eq(row_numbers_eighth(&numbers, 2, &err), 0);
    ck_assert_int_eq(row_numbers_eighth(&numbers, 6, &err), 0);
    called.calls = 0;
    must_be_all(&numbers, _i ? ROW_NUMBERS_KEPT : ROW_NUMBERS_TOGETHER);
    for (size_t c = 0; c < called.calls; c++) {
        measured += called.end[c] - called.first[c];
        ck_assert(called.end[c] <= 4 || called.first[c] >= 6);
        ck_assert(called.end[c] <= 12 || called.first[c] >= 14);
    }
    ck_assert_uint_eq(measured, 17 - 4);
}
END_TEST

/* ---- a recording --------------------------------------------------------- */

enum { ROWS = 11, LENGTH = 7 };

static struct model *model;
static struct model_tokens tokens;

static void enter(void)
{
    struct error err;

    tiny_enter();
    tiny_write("m", &(struct tiny){ 0 });
    model = tiny_open("m");
    tiny_write_tokens("t", "tokens", ROWS, LENGTH);
    ck_assert_int_eq(model_tokens_read(&tokens, "t", "tokens", 0, model, &err),
                     0);
}

static void leave(void)
{
    model_tokens_release(&tokens);
    model_close(model);
    tiny_leave();
}

static struct record record_by(unsigned workers)
{
    return (struct record){ .model = model,
                            .tokens = &tokens,
                            .spec = "t:tokens",
                            .sample = 30,
                            .work.workers = workers };
}

/* Of each layer the sums of all eighths, and the sample. */
static void must_be_same(const struct calibration *one,
                         const struct calibration *two)
{
    for (size_t l = 0; l < one->layers; l++) {
        const struct calibration_layer *a = &one->layer[l];
        const struct calibration_layer *b = &two->layer[l];
        size_t inputs = model_layer(model, l)->shape.inputs;

        ck_assert_mem_eq(a->sum, b->sum,
                         CALIBRATION_EIGHTHS * inputs * sizeof *a->sum);
        ck_assert_mem_eq(a->input, b->input, a->tokens * inputs);
        ck_assert_mem_eq(a->input_scale, b->input_scale,
                         a->tokens * sizeof *a->input_scale);
    }
}

/* Alone, in company, and taken up from files that either left. */
START_TEST(eighths_in_company_leave_what_each_alone_leaves)
{
    struct record record = record_by(3);
    struct calibration plain, made;
    struct error err;

    ck_assert_int_eq(
        calibration_measure(&plain, model, &tokens, 30, &record.work, &err), 0);
    for (unsigned size = 1; size <= 8; size += size) {
        calibration_begin(&made, model, &tokens, 30);
        for (unsigned e = 0; e < 8; e += size)
            ck_assert_int_eq(record_measure_eighths(
                                 &record, &made, "a",
                                 (struct record_part){ 0, e }, e + size, &err),
                             0);
        must_be_same(&plain, &made);
        calibration_release(&made);
        calibration_begin(&made, model, &tokens, 30);
        for (unsigned e = 0; e < 8; e += 8 / size)
            ck_assert_int_eq(
                record_measure_eighths(&record, &made, "a",
                                       (struct record_part){ 0, e },
                                       e + 8 / size, &err),
                0);
        must_be_same(&plain, &made);
        calibration_release(&made);
        ck_assert_int_eq(system("rm a.eighth-*"), 0);
    }
    calibration_release(&plain);
}
END_TEST

/* An eighth that was killed behind the first block. */
static void keep_halfway(const struct record *record, unsigned e)
{
    char identity[HASH_TEXT], *path = record_eighth_path("a", e);
    struct calibration calibration;
    struct calibration_rows rows;
    const struct calibration_file file = { identity, path, e, &rows };
    struct error err;

    record_identity(record, identity);
    calibration_begin(&calibration, model, &tokens, 30);
    calibration_rows_open(&rows, &calibration, e, e + 1);
    calibration_rows_begin(&rows, 1);
    ck_assert_int_eq(calibration_rows_pass(&rows, NULL, &record->work, &err),
                     0);
    ck_assert_int_eq(calibration_save(&calibration, &file, &err), 0);
    calibration_rows_close(&rows);
    calibration_release(&calibration);
    free(path);
}

START_TEST(eighths_that_were_killed_halfway_go_on_in_company)
{
    struct record record = record_by(3);
    struct calibration plain, made;
    struct error err;

    ck_assert_int_eq(
        calibration_measure(&plain, model, &tokens, 30, &record.work, &err), 0);
    for (unsigned e = 2; e < 7; e++)
        keep_halfway(&record, e);
    calibration_begin(&made, model, &tokens, 30);
    ck_assert_int_eq(record_measure_eighths(&record, &made, "a",
                                            (struct record_part){ 0, 2 }, 7,
                                            &err),
                     0);
    for (unsigned e = 0; e < 8; e++)
        if (e < 2 || e == 7)
            ck_assert_int_eq(record_measure_eighths(
                                 &record, &made, "a",
                                 (struct record_part){ 0, e }, e + 1, &err),
                             0);
    must_be_same(&plain, &made);
    calibration_release(&made);
    calibration_release(&plain);
    ck_assert_int_eq(system("rm a.eighth-*"), 0);
}
END_TEST

START_TEST(eighths_that_stand_apart_are_not_measured_together)
{
    struct record record = record_by(3);
    struct calibration made;
    struct error err;

    calibration_begin(&made, model, &tokens, 30);
    ck_assert_int_eq(record_measure_part(&record, "a",
                                         (struct record_part){ 0, 5 }, &err),
                     0);
    ck_assert_int_eq(record_measure_eighths(&record, &made, "a",
                                            (struct record_part){ 0, 3 }, 7,
                                            &err),
                     1);
    ck_assert_int_ne(access("a.eighth-3", F_OK), 0);
    calibration_release(&made);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("eighths");
    TCase *numbers = tcase_create("numbers"), *all = tcase_create("recording");

    tcase_add_unchecked_fixture(numbers, tiny_enter, tiny_leave);
    tcase_add_loop_test(numbers, rows_that_are_not_kept_are_measured_in_one_go,
                        1, MOST_ROWS);
    tcase_add_loop_test(numbers,
                        eighths_that_are_kept_have_a_row_for_each_worker, 0, 7);
    tcase_add_loop_test(numbers, what_others_have_kept_is_not_measured_again, 0,
                        2);
    suite_add_tcase(suite, numbers);
    tcase_add_unchecked_fixture(all, enter, leave);
    tcase_add_test(all, eighths_in_company_leave_what_each_alone_leaves);
    tcase_add_test(all, eighths_that_were_killed_halfway_go_on_in_company);
    tcase_add_test(all, eighths_that_stand_apart_are_not_measured_together);
    suite_add_tcase(suite, all);
    return suite;
}
