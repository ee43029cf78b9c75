/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/budget.h"

#include <math.h>
#include <signal.h>
#include <string.h>

#include "base/random.h"
#include "base/stop.h"
#include "flow/select/choose.h"
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
    const struct plan_layer layer = { .shape.inputs = 12, .shape.outputs = 10 };

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
        uint64_t kept = per_row[i % 4] * bench.trace.layer[i / 4].shape.outputs;

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
        need[i] = (i % 4 + 1) *
                      (uint64_t)bench.trace.layer[i / 4].shape.outputs *
                      1000003 +
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

/*
 * 224 layers of which GLPK does not find the best plan in minutes: costs fall
 * from pattern to pattern nearly as needs rise, and needs share no divisor.
 */
enum { HARD_LAYERS = 224, HARD_PATTERNS = 5 };

struct hard {
    struct plan plan;
    struct scopes scopes;
    struct selection selection;
    struct budget budget;
    uint64_t need[HARD_LAYERS * (HARD_PATTERNS + 1)];
    double cost[HARD_LAYERS * HARD_PATTERNS];
};

static void hard_init(struct hard *hard)
{
    static const uint32_t outputs[3] = { 1024, 4096, 14336 };
    uint64_t seed = 1, dense = 0;

    *hard = (struct hard){ .budget = { .unit = "cycles", .need = hard->need } };
    hard->selection = bench_selection(&bench, NAN, "2:8,3:8,4:8,5:8,6:8");
    hard->selection.budget = &hard->budget;
    plan_init(&hard->plan, HARD_LAYERS);
    hard->plan.patterns = hard->selection.patterns;
    for (size_t i = 0; i < HARD_LAYERS; i++) {
        uint64_t size = outputs[i % 3] * UINT64_C(4096);

        hard->plan.layer[i].shape.inputs = 4096;
        hard->plan.layer[i].shape.outputs = outputs[i % 3];
        for (size_t p = 0; p <= HARD_PATTERNS; p++)
            hard->need[i * (HARD_PATTERNS + 1) + p] =
                size / 8 * (p < HARD_PATTERNS ? p + 2 : 8) +
                random_below(&seed, 1000);
        for (size_t p = 0; p < HARD_PATTERNS; p++)
            hard->cost[i * HARD_PATTERNS + p] =
                ldexp(1e-7 * (double)size *
                          (0.95 + 1e-4 * (double)random_below(&seed, 1000)),
                      -(int)p);
        dense += size;
    }
    hard->budget.limit = dense * 2 / 5;
    scopes_init(&hard->scopes, &hard->plan, SCOPE_LAYER, SCOPE_ENDS_CHOSEN);
}

static void hard_release(struct hard *hard)
{
    scopes_release(&hard->scopes);
    plan_release(&hard->plan);
}

static int hard_choose(struct hard *hard, struct error *err)
{
    return choose(&hard->plan, &hard->selection, &hard->scopes, hard->cost,
                  choose_standard, err);
}

START_TEST(a_plan_that_time_took_from_the_search_states_time_and_gap)
{
    static struct hard hard;
    double gap = 0, after = 0;
    struct error err;
    uint64_t used = 0;

    hard_init(&hard);
    /* On a slow machine the first plan takes longer. */
    for (hard.budget.seconds = 0.5; hard_choose(&hard, &err) < 0;
         hard.budget.seconds *= 2)
        ck_assert_double_lt(hard.budget.seconds, 60);
    ck_assert_int_eq(json_unpack(hard.plan.parameters, "{sF s{sF}}",
                                 "stopped_after_s", &after, "budget", "gap",
                                 &gap),
                     0);
    ck_assert_double_eq(after, hard.budget.seconds);
    ck_assert(gap > 0 && gap < 0.1);
    ck_assert_double_eq_tol(hard.plan.bound, hard.plan.objective * (1 - gap),
                            1e-9 * hard.plan.objective);
    for (size_t i = 0; i < HARD_LAYERS; i++)
        used += hard.need[i * (HARD_PATTERNS + 1) +
                          hard.plan.layer[i].pattern.n - 2u];
    ck_assert_uint_le(used, hard.budget.limit);
    hard_release(&hard);
}
END_TEST

START_TEST(a_search_that_finds_nothing_in_time_is_refused)
{
    static struct hard hard;
    struct error err;

    hard_init(&hard);
    hard.budget.seconds = 1e-6;
    ck_assert_int_eq(hard_choose(&hard, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_str_eq(err.text, "no plan was found within 1e-06 s");
    hard_release(&hard);
}
END_TEST

START_TEST(a_search_is_interrupted_like_all_long_work)
{
    static struct hard hard;
    struct error err;

    hard_init(&hard);
    stop_on_signals();
    ck_assert_int_eq(raise(SIGINT), 0);
    ck_assert_int_eq(hard_choose(&hard, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_INTERRUPTED);
    hard_release(&hard);
}
END_TEST

/* A sparsity that layers of 1:2 and dense do not have, of sums too many for a
 * table: what is nearest over it nobody knows. */
START_TEST(a_band_without_plan_is_refused_where_sums_are_too_many)
{
    struct selection selection = bench_selection(&bench, 0.3, "1:2,dense");
    const struct choose_rule rule = { .above = 0.005 };
    double cost[2 * 2] = { 1, 0, 1, 0 };
    struct scopes scopes;
    struct error err;
    struct plan plan;

    plan_init(&plan, 2);
    plan.patterns = selection.patterns;
    for (size_t i = 0; i < 2; i++) {
        plan.layer[i].shape.inputs = 30011 + 2 * (uint32_t)i;
        plan.layer[i].shape.outputs = 30013 + (uint32_t)i;
    }
    scopes_init(&scopes, &plan, SCOPE_LAYER, SCOPE_ENDS_CHOSEN);
    ck_assert_int_eq(choose(&plan, &selection, &scopes, cost, rule, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_msg(strstr(err.text, "weights that are kept was found"), "%s",
                  err.text);
    scopes_release(&scopes);
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
    tcase_add_test(all,
                   a_plan_that_time_took_from_the_search_states_time_and_gap);
    tcase_add_test(all, a_search_that_finds_nothing_in_time_is_refused);
    tcase_add_test(all, a_search_is_interrupted_like_all_long_work);
    tcase_add_test(all, a_band_without_plan_is_refused_where_sums_are_too_many);
    suite_add_tcase(suite, all);
    return suite;
}
