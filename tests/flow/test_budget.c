/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/budget.h"

#include <math.h>

#include "base/random.h"
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

/* By hand: 3:8 of 12 inputs keeps 6; selects are 2 bits. */
START_TEST(bytes_count_weights_metadata_and_selects)
{
    const struct plan_layer layer = { .inputs = 12, .outputs = 10 };

    ck_assert_uint_eq(budget_layer_bytes(&layer, (struct pattern){ 3, 8 }, 1),
                      60 + 8 + 15);
    ck_assert_uint_eq(budget_layer_bytes(&layer, (struct pattern){ 3, 8 }, 4),
                      60 + 8 + 5); /* three runs of 6 selects: 36 bits */
    ck_assert_uint_eq(budget_layer_bytes(&layer, (struct pattern){ 1, 2 }, 1),
                      60 + 8);
    ck_assert_uint_eq(budget_layer_bytes(&layer, pattern_dense, 1), 120);
}
END_TEST

START_TEST(a_byte_budget_is_kept_and_more_bytes_cost_less)
{
    struct selection selection = bench_selection(&bench, NAN, NULL);
    double before = HUGE_VAL;
    struct plan plan;

    for (uint64_t limit = 450; limit <= 1000; limit += 50) {
        uint64_t used = 0;
        json_int_t stated = 0;

        selection.bytes = limit;
        bench_select(&plan, "error", &selection);
        for (size_t i = 0; i < plan.layers; i++)
            used +=
                budget_layer_bytes(&plan.layer[i], plan.layer[i].pattern, 1);
        ck_assert_uint_le(used, limit);
        ck_assert_int_eq(json_unpack(plan.parameters, "{s{sI}}", "budget",
                                     "used", &stated),
                         0);
        ck_assert_int_eq(stated, (json_int_t)used);
        ck_assert_double_le(plan.objective, before);
        before = plan.objective;
        plan_release(&plan);
    }
    ck_assert_double_eq(before, 0); /* dense is 960 */
    selection.bytes = 10;
    bench_refuse("error", &selection, ERROR_DATA, "10 bytes cannot be reached");
    bench_refuse("owl", &selection, ERROR_USAGE, "knows no budget in bytes");
    selection.sparsity = 0.5;
    bench_refuse("flow", &selection, ERROR_USAGE, "exclude each other");
}
END_TEST

/* Any table will do: here a layer's clocks are its kept weights, cubed. */
START_TEST(a_budget_may_be_any_table_of_numbers)
{
    struct selection selection = bench_selection(&bench, NAN, "2:8,4:8,dense");
    const uint32_t per_row[4] = { 2, 4, 8, 8 };
    uint64_t need[14 * 4], used = 0;
    struct budget budget = { .unit = "cycles",
                             .limit = 20000000,
                             .need = need };
    struct plan plan;

    for (size_t i = 0; i < 14 * 4; i++) {
        uint64_t kept = per_row[i % 4] * bench.trace.layer[i / 4].outputs;

        need[i] = kept * kept * kept;
    }
    selection.budget = &budget;
    bench_select(&plan, "error", &selection);
    for (size_t i = 0; i < plan.layers; i++) {
        size_t column = pattern_is_dense(plan.layer[i].pattern) ? 2
                        : plan.layer[i].pattern.n == 4          ? 1
                                                                : 0;

        used += need[i * 4 + column];
    }
    ck_assert_uint_le(used, budget.limit);
    ck_assert(isnan(plan.asked) && isnan(plan.next));
    plan_release(&plan);
    budget.limit = 1000;
    bench_refuse("error", &selection, ERROR_DATA, "1000 cycles cannot be");
}
END_TEST

/* Needs without a divisor, for GLPK: what it stops at is between the bound that
 * the plan's gap states and the best plan. */
START_TEST(a_plan_that_is_good_enough_states_how_far_it_may_be_from_the_best)
{
    struct selection selection = bench_selection(&bench, NAN, "2:8,4:8,6:8");
    uint64_t need[14 * 4], seed = 3, dense = 0;
    struct budget budget = { .unit = "cycles", .need = need };
    struct plan best, plan;
    double stated = 0, allowed = 0;
    const char *answer = "";

    for (size_t i = 0; i < 14 * 4; i++) {
        need[i] =
            (i % 4 + 1) * (uint64_t)bench.trace.layer[i / 4].outputs * 1000003 +
            random_below(&seed, 100000);
        dense += i % 4 == 3 ? need[i] : 0;
    }
    budget.limit = dense * 6 / 10;
    selection.budget = &budget;
    bench_select(&best, "error", &selection);
    ck_assert_int_eq(json_unpack(best.parameters, "{s{ss}}", "budget", "answer",
                                 &answer),
                     0);
    ck_assert_str_eq(answer, "optimal");
    budget.gap = 0.5;
    bench_select(&plan, "error", &selection);
    ck_assert_int_eq(json_unpack(plan.parameters, "{s{sFsF}}", "budget", "gap",
                                 &stated, "gap_allowed", &allowed),
                     0);
    ck_assert(allowed == 0.5 && stated > 0 && stated <= allowed);
    ck_assert_double_ge(plan.objective, best.objective);
    ck_assert_double_le(plan.objective * (1 - stated),
                        best.objective * (1 + 1e-9));
    ck_assert_double_eq_tol(plan.bound, plan.objective * (1 - stated), 1e-9);
    plan_release(&best);
    plan_release(&plan);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("budget");
    TCase *all = tcase_create("budget");

    tcase_add_unchecked_fixture(all, enter, leave);
    tcase_add_test(all, bytes_count_weights_metadata_and_selects);
    tcase_add_test(all, a_byte_budget_is_kept_and_more_bytes_cost_less);
    tcase_add_test(all, a_budget_may_be_any_table_of_numbers);
    tcase_add_test(
        all, a_plan_that_is_good_enough_states_how_far_it_may_be_from_the_best);
    suite_add_tcase(suite, all);
    return suite;
}
