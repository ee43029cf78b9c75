/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/block_error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "llm/walk.h"
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
    bench_leave_tiny(&bench);
}

/* Runs block `b` on the first row's dense inputs, layer `l` as `edit` says. */
static void run_block(uint32_t b, size_t l, const uint8_t *mask, float *out)
{
    struct model_scratch *scratch =
        model_scratch_new(bench.model, BENCH_LENGTH);
    struct model_block *block;
    struct error err;

    model_embed(bench.model, bench.tokens.ids, BENCH_LENGTH, out);
    for (uint32_t i = 0; i <= b; i++) {
        ck_assert_int_eq(model_block_load(&block, bench.model, i, &err), 0);
        if (i == b && mask) {
            float *weights = model_block_layer(block, l);

            for (uint32_t k = 0; k < 8 * 8; k++)
                weights[k] = mask[k] ? weights[k] : 0;
        }
        model_block_run(block, scratch, out, BENCH_LENGTH, 0, NULL);
        model_block_free(block);
    }
    model_scratch_free(scratch);
}

/* The o projection of block 1 keeps one of every eight: the largest. */
START_TEST(block_error_is_the_change_of_the_output_after_the_residual)
{
    struct selection selection = bench_selection(&bench, 0.6, "1:8");
    const size_t number = 7 + 3;
    float dense[BENCH_LENGTH * TINY_WIDTH], pruned[BENCH_LENGTH * TINY_WIDTH],
        w[64];
    uint8_t mask[64] = { 0 };
    double cost = 0;
    struct plan plan;
    struct error err;

    selection.samples = 1;
    bench_select(&plan, "block-error", &selection);
    ck_assert_int_eq(model_weights(bench.model, number, w, &err), 0);
    for (int o = 0; o < 8; o++) {
        int best = 0;

        for (int k = 1; k < 8; k++) {
            const double *s = bench.trace.layer[number].mean_square;

            if (fabs((double)w[o * 8 + k]) * sqrt(s[k]) >
                fabs((double)w[o * 8 + best]) * sqrt(s[best]))
                best = k;
        }
        mask[o * 8 + best] = 1;
    }
    run_block(1, number, NULL, dense);
    run_block(1, number, mask, pruned);
    for (int t = 0; t < BENCH_LENGTH; t++) {
        double apart = 0, size = 0;

        for (int i = t * TINY_WIDTH; i < (t + 1) * TINY_WIDTH; i++) {
            apart += pow((double)pruned[i] - (double)dense[i], 2);
            size += pow((double)dense[i], 2);
        }
        cost += apart / size / BENCH_LENGTH;
    }
    ck_assert_double_gt(cost, 0);
    ck_assert_double_eq_tol(plan.layer[number].score, cost, 1e-12);
    plan_release(&plan);
}
END_TEST

START_TEST(a_second_selection_takes_its_costs_from_the_file)
{
    struct selection selection = bench_selection(&bench, 0.5, NULL);
    struct error err;
    struct plan plan;

    unlink("m.trace.costs");
    bench_select(&plan, "block-error", &selection);
    ck_assert_double_gt(plan.objective, 0);
    plan_release(&plan);
    bench_zero_costs();
    selection.sparsity = 0.6;
    bench_select(&plan, "block-error", &selection);
    ck_assert_double_eq(plan.objective, 0);
    plan_release(&plan);
    ck_assert_int_eq(file_put("m.trace.costs", "{ damaged", 9, &err), 0);
    bench_select(&plan, "block-error", &selection);
    ck_assert_double_gt(plan.objective, 0);
    plan_release(&plan);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("block_error");
    TCase *all = tcase_create("block_error");

    tcase_add_unchecked_fixture(all, enter, leave);
    tcase_add_test(all,
                   block_error_is_the_change_of_the_output_after_the_residual);
    tcase_add_test(all, a_second_selection_takes_its_costs_from_the_file);
    suite_add_tcase(suite, all);
    return suite;
}
