/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Costs a row at a time, by a way whose numbers are known: that of a cell on a
 * row is 10 * cell + row, so that a cost over the three rows is 10 * cell + 1,
 * by token.
 */
#include "flow/select/row_costs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "tests/flow/bench.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

static struct bench bench;

static void enter(void)
{
    bench_enter_tiny(&bench);
}

static void leave(void)
{
    unlink("m.trace.costs");
    bench_leave_tiny(&bench);
}

/* What the way does otherwise than it should. */
static struct {
    size_t cell; /* of which a row's number is `number`, if that is not 0 */
    double number;
    uint32_t blocks; /* after so many it is interrupted */
    size_t measured; /* numbers */
} fault;

static double test_effort(const struct row_costs *costs, size_t rows)
{
    (void)costs, (void)rows;
    return 0;
}

static struct row_need test_need(const struct selection *selection, size_t rows)
{
    (void)selection, (void)rows;
    return (struct row_need){ 0 };
}

static void measure_block(struct row_stretch *stretch, uint32_t block)
{
    const struct selection *selection = stretch->selection;
    size_t patterns = selection->patterns.count;
    const struct layer_span span =
        recorded_layers_of_block(selection->trace, block);

    for (size_t c = span.first * patterns; c < span.end * patterns; c++) {
        if (!row_stretch_lacks(stretch, c))
            continue;
        for (size_t row = stretch->first; row < stretch->end; row++) {
            bool wrong = c == fault.cell && row == 1 && fault.number != 0;
            double number = (double)(10 * c + row);

            row_stretch_put(stretch, c, row - stretch->first,
                            wrong ? fault.number : number);
            fault.measured++;
        }
    }
}

/* Kept behind each block, with an input that nobody looks at. */
static int test_rows(struct row_stretch *stretch, struct error *err)
{
    size_t row = (size_t)BENCH_LENGTH * TINY_WIDTH;

    for (uint32_t b = stretch->place.block; b < TINY_BLOCKS; b++) {
        struct row_place place = { .block = b + 1 };

        measure_block(stretch, b);
        place.in =
            memory_new((stretch->end - stretch->first) * row, sizeof(float));
        if (b + 1 < TINY_BLOCKS)
            row_stretch_keep(stretch, &place, err);
        row_place_release(&place);
        if (fault.blocks == b + 1)
            return error_set(err, ERROR_INTERRUPTED, "interrupted");
    }
    return 0;
}

static const struct row_way test_way = { "test", "test 1", test_effort,
                                         test_need, test_rows };

static struct selection asked(const char *patterns)
{
    struct selection selection = bench_selection(&bench, 0.5, patterns);

    selection.samples = BENCH_ROWS;
    selection.agreement = 1;
    return selection;
}

/* All costs, [layers][patterns]. */
static void check_costs(const struct selection *selection)
{
    size_t cells = TINY_LAYERS * selection->patterns.count;
    double *cost = memory_new(cells, sizeof *cost);
    struct error err;

    ck_assert_msg(row_costs_measure(cost, &test_way, selection, &err) == 0,
                  "%s", err.text);
    for (size_t c = 0; c < cells; c++)
        ck_assert_double_eq_tol(cost[c], (double)(10 * c + 1) / BENCH_LENGTH,
                                1e-12 * ((double)c + 1));
    free(cost);
}

/* 2:4 of layer 9; nothing is noted, so that it is measured again. */
START_TEST(a_cost_that_is_no_number_is_refused_and_not_taken_for_none)
{
    static const double numbers[] = { (double)NAN, HUGE_VAL, -HUGE_VAL };
    struct selection selection = asked("1:4,2:4");
    double cost[2 * TINY_LAYERS];
    struct error err;

    selection.keep = _i % 2;
    fault.cell = 19;
    fault.number = numbers[_i / 2];
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(row_costs_measure(cost, &test_way, &selection, &err),
                         -1);
        ck_assert_int_eq(err.kind, ERROR_DATA);
        ck_assert_str_eq(err.text, "layer `model.layers.1.self_attn.v_proj` "
                                   "with 2:4: its test is not finite; the "
                                   "pruned model's arithmetic overflows");
        ck_assert_int_ne(access("m.trace.test.eighth-2", F_OK), 0);
    }
    fault.number = 0;
    fault.measured = 0;
    check_costs(&selection);
    ck_assert_uint_eq(fault.measured, BENCH_ROWS);
}
END_TEST

/* 1:4 is known, and so has no numbers in the file that an interrupted selection
 * leaves; then the known costs are lost. */
START_TEST(what_was_known_when_rows_were_kept_is_measured_if_it_is_lost)
{
    struct selection selection = asked("2:4,1:4");
    struct selection before = asked("1:4");
    double cost[2 * TINY_LAYERS];
    struct error err;

    before.keep = selection.keep = true;
    check_costs(&before);
    fault.blocks = 1;
    ck_assert_int_eq(row_costs_measure(cost, &test_way, &selection, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_INTERRUPTED);
    fault.blocks = 0;
    ck_assert_int_eq(unlink("m.trace.costs"), 0);
    check_costs(&selection);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("row_costs");
    TCase *all = tcase_create("row_costs");

    tcase_add_checked_fixture(all, enter, leave);
    tcase_add_loop_test(
        all, a_cost_that_is_no_number_is_refused_and_not_taken_for_none, 0, 6);
    tcase_add_test(
        all, what_was_known_when_rows_were_kept_is_measured_if_it_is_lost);
    suite_add_tcase(suite, all);
    return suite;
}
