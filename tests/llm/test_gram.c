/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/random.h"
#include "llm/calibration.h"
#include "llm/gram.h"
#include "llm/record_measure.h"
#include "llm/walk.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"
#include "trace/recorded_trace.h"

/* ---- tiles --------------------------------------------------------------- */

enum { TOKENS = 23, SLOTS = 3 };

static float *inputs_of_row(size_t inputs, uint64_t seed)
{
    float *x = memory_new(TOKENS * inputs, sizeof *x);

    for (size_t i = 0; i < TOKENS * inputs; i++)
        x[i] = (float)random_below(&seed, 2001) / 1000 - 1;
    return x;
}

/* Inputs of 256 and of 704 channels: two tiles, and five and a half. */
START_TEST(tiles_hold_the_sums_of_products)
{
    const struct gram_rows rows = { SLOTS, TOKENS, 2, 2 };
    struct model *model = tiny_open(SHIPPED("llama-7m"));
    struct gram *gram = gram_new(model, 1, &rows);
    size_t checked = 0;

    gram_begin(gram);
    for (size_t i = 0; i < gram->inputs; i++)
        for (size_t slot = 0; slot < SLOTS; slot++) {
            float *x = inputs_of_row(gram->input[i].inputs, 17 * slot + i);

            gram_see(gram, slot,
                     &(struct model_sight){ .layer = gram->input[i].layer,
                                            .x = x,
                                            .tokens = TOKENS });
            free(x);
        }
    gram_add(gram, (struct gram_segment[]){ { 2, true }, { 1, true } }, 2, 2);
    for (size_t i = 0; i < gram->inputs; i++) {
        const struct gram_input *input = &gram->input[i];

        ck_assert_uint_eq(input->tokens, SLOTS * TOKENS);
        for (size_t a = 0; a < input->inputs; a += 37)
            for (size_t b = 0; b <= a; b += 11) {
                double sum = 0;

                for (size_t t = 0; t < SLOTS * TOKENS; t++)
                    sum += (double)input->x[t * input->inputs + a] *
                           (double)input->x[t * input->inputs + b];
                ck_assert_double_eq_tol(
                    gram_sum(input)[gram_place(input, a, b)], sum, 1e-12);
                checked++;
            }
    }
    ck_assert_uint_gt(checked, 500);
    gram_free(gram);
    model_close(model);
}
END_TEST

/* ---- a trace ------------------------------------------------------------- */

/* An eighth has 4 or 5 rows, of which 3 go into one product. */
enum { ROWS = 35, LENGTH = 1025 };

static struct model *model;
static struct model_tokens tokens;
static double product[TINY_FEED][TINY_FEED]; /* of the last layer's inputs */

static void add_products(void *context, const struct model_sight *sight)
{
    const float *x = sight->x;

    (void)context;
    if (sight->layer != TINY_LAYERS - 1)
        return;
    for (size_t t = 0; t < sight->tokens; t++)
        for (size_t i = 0; i < TINY_FEED; i++)
            for (size_t j = 0; j < TINY_FEED; j++)
                product[i][j] +=
                    (double)x[t * TINY_FEED + i] * (double)x[t * TINY_FEED + j];
}

static void walk_plainly(void)
{
    const struct model_tap tap = { .see = add_products };
    const struct model_walk walk = { .tap = &tap, .work.workers = 1 };
    float *hidden =
        memory_new((size_t)ROWS * LENGTH * TINY_WIDTH, sizeof *hidden);
    struct error err;

    ck_assert_int_eq(model_walk_blocks(model, &tokens, &walk, hidden, &err), 0);
    free(hidden);
}

static struct record record_by(unsigned workers)
{
    return (struct record){ .model = model,
                            .tokens = &tokens,
                            .spec = "t:tokens",
                            .sample = 9,
                            .gram = true,
                            .work.workers = workers };
}

static void write_to(const char *path, unsigned workers)
{
    struct record record = record_by(workers);
    struct error err;

    ck_assert_msg(record_write(&record, path, &err) == 0, "%s", err.text);
}

static void measure(const char *path, uint32_t block, unsigned eighth)
{
    struct record record = record_by(1);
    struct error err;

    ck_assert_msg(record_measure_part(&record, path,
                                      (struct record_part){ block, eighth },
                                      &err) == 0,
                  "%s", err.text);
}

static void enter(void)
{
    struct error err;

    tiny_enter();
    tiny_write("m", &(struct tiny){ 0 });
    model = tiny_open("m");
    tiny_write_tokens("t", "tokens", ROWS, LENGTH);
    ck_assert_msg(model_tokens_read(&tokens, "t", "tokens", 0, model, &err) ==
                      0,
                  "%s", err.text);
}

static void leave(void)
{
    model_tokens_release(&tokens);
    model_close(model);
    tiny_leave();
}

START_TEST(matrices_are_the_means_of_products_of_the_only_forward_pass)
{
    struct recorded_trace trace;
    struct error err;

    walk_plainly();
    write_to("a.trace", 3);
    ck_assert_msg(recorded_trace_open(&trace, "a.trace", &err) == 0, "%s",
                  err.text);
    for (size_t i = 0; i < TINY_FEED; i++)
        for (size_t j = 0; j < TINY_FEED; j++) {
            double mean = product[i][j] / (ROWS * LENGTH);

            ck_assert_double_eq_tol(
                (double)trace.layer[TINY_LAYERS - 1].gram[i * TINY_FEED + j],
                mean, 1e-6 * fabs(mean) + 1e-12);
        }
    recorded_trace_close(&trace);
    ck_assert_int_ne(system("ls a.trace.* 2>/dev/null"), 0);
}
END_TEST

/* The rows of eighths first .. end - 1 through the first block; free it. */
static struct gram *first_block(unsigned first, unsigned end)
{
    const struct gram_rows of = { ROWS, LENGTH, 2, end - first };
    const struct work work = { .workers = 2 };
    struct gram *gram = gram_new(model, 0, &of);
    struct calibration calibration;
    struct calibration_rows rows;
    struct error err;

    calibration_begin(&calibration, model, &tokens, 0);
    calibration_rows_open(&rows, &calibration, first, end);
    calibration_rows_begin(&rows, 2);
    ck_assert_int_eq(calibration_rows_pass(&rows, gram, &work, &err), 0);
    calibration_rows_close(&rows);
    calibration_release(&calibration);
    return gram;
}

/* In double, of which a trace keeps the first half of the digits. */
START_TEST(eighths_add_up_to_the_bits_of_all_rows)
{
    struct gram *all = first_block(0, CALIBRATION_EIGHTHS);
    double sum[TINY_FEED * TINY_FEED] = { 0 };
    size_t last = all->inputs - 1;

    ck_assert_uint_eq(all->input[last].inputs, TINY_FEED);
    for (unsigned e = 0; e < CALIBRATION_EIGHTHS; e++) {
        struct gram *part = first_block(e, e + 1);

        for (size_t i = 0; i < TINY_FEED * TINY_FEED; i++)
            sum[i] += gram_sum(&part->input[last])[i];
        gram_free(part);
    }
    ck_assert_mem_eq(gram_sum(&all->input[last]), sum, sizeof sum);
    gram_free(all);
}
END_TEST

START_TEST(a_block_of_an_eighth_by_others_gives_the_same_trace)
{
    write_to("a.trace", 1);
    for (uint32_t b = 0; b < TINY_BLOCKS; b++)
        for (unsigned e = 0; e < CALIBRATION_EIGHTHS; e++)
            measure("b.trace", b, e);
    ck_assert_int_eq(access("b.trace.gram-1.eighth-7", F_OK), 0);
    write_to("b.trace", 2);
    ck_assert_int_eq(system("cmp a.trace b.trace"), 0);
    ck_assert_int_ne(system("ls b.trace.* 2>/dev/null"), 0);
}
END_TEST

/* An eighth that stands behind the first block, of which the sums are there, is
 * not run through it again: what was put into them is found in the trace. */
START_TEST(an_eighth_on_its_way_is_taken_up_where_it_stands)
{
    struct recorded_trace a, b;
    struct error err;

    write_to("a.trace", 1);
    measure("b.trace", 0, 6);
    ck_assert_int_eq(system("mv b.trace.gram-0.eighth-6 kept"), 0);
    measure("b.trace", 0, 6);
    ck_assert_int_ne(access("b.trace.gram-0.eighth-6", F_OK), 0);
    ck_assert_int_eq(system("mv kept b.trace.gram-0.eighth-6"), 0);
    write_to("b.trace", 1);
    ck_assert_int_eq(recorded_trace_open(&a, "a.trace", &err), 0);
    ck_assert_int_eq(recorded_trace_open(&b, "b.trace", &err), 0);
    ck_assert_str_eq(a.hash, b.hash);
    recorded_trace_close(&b);
    recorded_trace_close(&a);
    ck_assert_int_eq(system("cmp a.trace b.trace"), 0);
}
END_TEST

START_TEST(sums_that_are_gone_are_told_with_what_to_do)
{
    struct record record = record_by(1);
    struct error err;

    measure("b.trace", 0, 6);
    unlink("b.trace.gram-0.eighth-6");
    ck_assert_int_eq(record_write(&record, "b.trace", &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DISK);
    ck_assert_str_eq(err.text,
                     "b.trace.gram-0.eighth-6: is gone or damaged, which was "
                     "written before: take b.trace.eighth-6 away, and the same "
                     "command measures that part again");
    unlink("b.trace.eighth-6");
    write_to("b.trace", 1);
    write_to("a.trace", 1);
    ck_assert_int_eq(system("cmp a.trace b.trace"), 0);
}
END_TEST

static int share_nothing(void *context, uint32_t block, struct error *err)
{
    (void)context, (void)block, (void)err;
    return 0;
}

/* What was measured lies beside b.trace, and is taken away in this order.  A
 * command that was killed after any of these steps left what can be taken up,
 * by one process and by a leader of others. */
START_TEST(whoever_was_killed_while_it_cleared_is_taken_up)
{
    char path[CALIBRATION_EIGHTHS + TINY_BLOCKS][32];
    const unsigned files = CALIBRATION_EIGHTHS + TINY_BLOCKS;
    struct calibration calibration;
    struct error err;

    for (unsigned f = 0; f < files; f++)
        snprintf(path[f], sizeof path[f],
                 f < CALIBRATION_EIGHTHS ? "b.trace.eighth-%u"
                                         : "b.trace.gram-%u",
                 f < CALIBRATION_EIGHTHS ? f : f - CALIBRATION_EIGHTHS);
    tokens.rows = CALIBRATION_EIGHTHS; /* a row each is enough here */
    write_to("a.trace", 1);
    for (unsigned gone = 0; gone < 2 * files; gone += 3) {
        struct record record = record_by(1);

        record.share = share_nothing;
        calibration_begin(&calibration, model, &tokens, 9);
        ck_assert_int_eq(record_measure(&record, &calibration, "b.trace", &err),
                         0);
        calibration_release(&calibration);
        for (unsigned f = 0; f < files; f++)
            ck_assert_int_eq(access(path[f], F_OK), 0);
        for (unsigned f = 0; f <= gone / 2; f++)
            unlink(path[f]);
        record.share = gone % 2 == 0 ? share_nothing : NULL;
        ck_assert_msg(record_write(&record, "b.trace", &err) == 0,
                      "%u files gone: %s", gone / 2 + 1, err.text);
        ck_assert_int_eq(system("cmp a.trace b.trace"), 0);
        ck_assert_int_ne(system("ls b.trace.* 2>/dev/null"), 0);
    }
}
END_TEST

/* Zeros over a root of nearly 0 are no numbers. */
START_TEST(a_recording_that_fails_leaves_no_matrices_of_no_use)
{
    struct record record = record_by(1);
    struct error err;

    tiny_write("n", &(struct tiny){ .zero = true });
    ck_assert_int_eq(system("sed -i s/1e-5/1e-300/ n/config.json"), 0);
    record.model = tiny_open("n");
    tokens.rows = 1;
    ck_assert_int_eq(record_write(&record, "b.trace", &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "is not finite"));
    ck_assert_int_ne(system("ls b.trace* 2>/dev/null"), 0);
    model_close((struct model *)(uintptr_t)record.model);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("gram");
    TCase *tiles = tcase_create("tiles"), *traces = tcase_create("traces");

    tcase_add_test(tiles, tiles_hold_the_sums_of_products);
    suite_add_tcase(suite, tiles);
    tcase_set_timeout(traces, 60);
    tcase_add_checked_fixture(traces, enter, leave);
    tcase_add_test(traces,
                   matrices_are_the_means_of_products_of_the_only_forward_pass);
    tcase_add_test(traces, eighths_add_up_to_the_bits_of_all_rows);
    tcase_add_test(traces, a_block_of_an_eighth_by_others_gives_the_same_trace);
    tcase_add_test(traces, an_eighth_on_its_way_is_taken_up_where_it_stands);
    tcase_add_test(traces, sums_that_are_gone_are_told_with_what_to_do);
    tcase_add_test(traces, whoever_was_killed_while_it_cleared_is_taken_up);
    tcase_add_test(traces, a_recording_that_fails_leaves_no_matrices_of_no_use);
    suite_add_tcase(suite, traces);
    return suite;
}
