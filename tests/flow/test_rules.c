/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

START_TEST(uniform_gives_the_denser_neighbour_evenly_by_size)
{
    struct selection selection = bench_selection(&bench, 0.55, NULL);
    uint64_t limit, denser = 0, seen = 0;
    struct plan plan;

    bench_select(&plan, "uniform", &selection);
    limit = (uint64_t)floor(0.45 * (double)plan_weights(&plan));
    ck_assert_uint_le(plan_kept(&plan), limit);
    ck_assert_double_eq(plan.reached, plan_sparsity(&plan));
    for (size_t i = 0; i < plan.layers; i++) {
        const struct plan_layer *layer = &plan.layer[i];
        uint64_t size = (uint64_t)layer->shape.outputs * layer->shape.inputs;

        ck_assert_uint_eq(layer->pattern.m, 8);
        ck_assert(layer->pattern.n == 3 || layer->pattern.n == 4);
        seen += size;
        denser += layer->pattern.n == 4 ? size : 0;
    }
    ck_assert_uint_gt(denser, 0);
    ck_assert_uint_lt(denser, seen);
    plan_release(&plan);
}
END_TEST

/* 25 % is on the grid where K is a multiple of 8; down keeps 6 + 4 of 12. */
START_TEST(uniform_counts_what_the_ragged_group_keeps)
{
    struct selection selection = bench_selection(&bench, 0.25, NULL);
    struct plan plan;

    bench_select(&plan, "uniform", &selection);
    ck_assert_double_ge(plan.reached, 0.25);
    ck_assert_uint_eq(plan.patterns.at[0].n, 5);
    plan_release(&plan);
    selection = bench_selection(&bench, NAN, "4:8");
    bench_select(&plan, "uniform", &selection);
    for (size_t i = 0; i < plan.layers; i++)
        ck_assert_uint_eq(plan_layer_kept(&plan.layer[i]),
                          plan.layer[i].shape.outputs *
                              (plan.layer[i].shape.inputs == 12 ? 8u : 4u));
    plan_release(&plan);
}
END_TEST

/* The least cost of two blocks that want densities a and b, of N:8 each. */
static double best_pair(const struct plan *plan, double a, double b)
{
    double best = HUGE_VAL;

    for (uint16_t n = 1; n <= 8; n++) {
        for (uint16_t m = 1; m <= 8; m++) {
            uint64_t kept = 0;

            for (size_t i = 0; i < 7; i++)
                kept += plan->layer[i].shape.outputs *
                        (pattern_kept((struct pattern){ n, 8 },
                                      plan->layer[i].shape.inputs) +
                         pattern_kept((struct pattern){ m, 8 },
                                      plan->layer[i].shape.inputs));
            if (kept <= 480) /* half of 960 */
                best = fmin(best, 480 * (fabs(n / 8. - a) + fabs(m / 8. - b)));
        }
    }
    return best;
}

START_TEST(owl_follows_presence_and_its_released_form_knows_no_budget)
{
    struct selection selection = bench_selection(&bench, 0.5, NULL);
    struct plan plan;

    /* Of two blocks one wants 0.5 + 0.08, the other 0.5 - 0.08. */
    selection.h = 1.2;
    bench_select(&plan, "owl", &selection);
    ck_assert_double_eq_tol(plan.objective, best_pair(&plan, 0.58, 0.42), 1e-9);
    plan_release(&plan);
    selection.released = true; /* round(2 - 1) more, round(0 - 1) fewer */
    bench_select(&plan, "owl", &selection);
    ck_assert_int_eq(plan.layer[0].pattern.m, 8);
    ck_assert(plan.layer[0].pattern.n + plan.layer[7].pattern.n == 8);
    ck_assert_int_eq(abs(plan.layer[0].pattern.n - plan.layer[7].pattern.n), 2);
    ck_assert_ptr_nonnull(strstr(plan.reason, "no budget"));
    plan_release(&plan);
    selection.sparsity = 0.55;
    bench_refuse("owl", &selection, ERROR_USAGE, "base pattern");
    bench_refuse("flow", &selection, ERROR_USAGE, "flow has no released form");
}
END_TEST

/* The down projection of block 0 keeps the best of every eight. */
START_TEST(error_is_the_energy_of_what_is_pruned_times_the_size)
{
    struct selection selection = bench_selection(&bench, 0.6, "1:8");
    const size_t number = 6;
    const struct recorded_layer *layer = &bench.trace.layer[number];
    double total = 0, kept = 0, best = 0;
    struct plan plan;
    struct error err;
    float w[8 * 12];

    bench_select(&plan, "error", &selection);
    ck_assert_int_eq(model_weights(bench.model, number, w, &err), 0);
    for (int i = 0; i < 8 * 12; i++) {
        double square =
            (double)w[i] * (double)w[i] * layer->mean_square[i % 12];

        if (i % 12 % 8 == 0) {
            kept += best;
            best = 0;
        }
        best = fmax(best, square);
        total += square;
    }
    kept += best;
    ck_assert_double_eq_tol(plan.layer[number].score,
                            96 * (total - kept) / total, 1e-9);
    plan_release(&plan);
}
END_TEST

static int measure_bumps(double *cost, const struct selection *selection,
                         struct error *err)
{
    static const double bumps[2][4] = { { 1, 3, 2, 0 }, { 4, 6, 5, 0 } };

    (void)selection;
    (void)err;
    memcpy(cost, bumps, sizeof bumps);
    return 0;
}

static int explain_nothing(struct plan *plan, const struct selection *selection,
                           const struct scopes *scopes, struct error *err)
{
    (void)plan;
    (void)selection;
    (void)scopes;
    (void)err;
    return 0;
}

/* Two layers of one block whose costs rise from 2:8 to 4:8: at half of the
 * weights both get the cost of 2:8 with 4:8, as one block or each alone. */
START_TEST(a_denser_pattern_costs_no_more_than_a_sparser_one)
{
    static const struct choose_measured way = { measure_bumps,
                                                explain_nothing };
    struct selection selection =
        bench_selection(&bench, 0.5, "2:8,4:8,6:8,dense");
    struct error err;
    struct plan plan;

    for (int block = 0; block < 2; block++) {
        plan_init(&plan, 2);
        plan.patterns = selection.patterns;
        for (size_t i = 0; i < 2; i++)
            plan.layer[i].shape.inputs = plan.layer[i].shape.outputs = 8;
        selection.scope = block ? SCOPE_BLOCK : SCOPE_LAYER;
        ck_assert_int_eq(choose_measured(&plan, &selection, &way, &err), 0);
        ck_assert_double_eq_tol(plan.objective, 5, 1e-9);
        ck_assert_double_eq_tol(plan_sparsity(&plan), 0.5, 1e-9);
        ck_assert_double_eq_tol(plan.layer[1].score, block ? 5 : 4, 1e-9);
        plan_release(&plan);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("rules");
    TCase *all = tcase_create("rules");

    tcase_add_unchecked_fixture(all, enter, leave);
    tcase_add_test(all, uniform_gives_the_denser_neighbour_evenly_by_size);
    tcase_add_test(all, uniform_counts_what_the_ragged_group_keeps);
    tcase_add_test(all,
                   owl_follows_presence_and_its_released_form_knows_no_budget);
    tcase_add_test(all, error_is_the_energy_of_what_is_pruned_times_the_size);
    tcase_add_test(all, a_denser_pattern_costs_no_more_than_a_sparser_one);
    suite_add_tcase(suite, all);
    return suite;
}
