/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/select.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/prune/prune.h"
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

START_TEST(a_pattern_of_larger_m_than_k_is_not_given)
{
    struct selection selection = bench_selection(&bench, NAN, "4:10");
    struct plan plan;

    bench_select(&plan, "uniform", &selection);
    for (size_t i = 0; i < plan.layers; i++) {
        bool large = plan.layer[i].shape.inputs == 12;

        ck_assert_int_eq(pattern_is_dense(plan.layer[i].pattern), !large);
        ck_assert_int_eq(strstr(plan.layer[i].reason, "its 8 inputs") != NULL,
                         !large);
    }
    plan_release(&plan);
    selection = bench_selection(&bench, 0.2, "4:10,dense");
    bench_refuse("flow", &selection, ERROR_DATA, "cannot be reached");
    bench_refuse("flow", &selection, ERROR_DATA, "block 0, block 1");
}
END_TEST

START_TEST(an_unreachable_sparsity_is_refused_with_the_largest_that_is)
{
    struct selection selection = bench_selection(&bench, 0.8, "2:8,dense");
    struct plan plan;

    /* 2:8 keeps 2 of 8, and 4 of the 12 that down has. */
    bench_refuse("flow", &selection, ERROR_DATA, "it is 0.733333");
    bench_refuse("block-error", &selection, ERROR_DATA,
                 "model.layers.0.self_attn.q_proj, ");
    bench_refuse("block-error", &selection, ERROR_DATA, " and 11 more");
    selection.sparsity = 352. / 480;
    bench_select(&plan, "flow", &selection);
    ck_assert_double_eq(plan.reached, 352. / 480);
    ck_assert(isnan(plan.next));
    plan_release(&plan);
    selection = bench_selection(&bench, 0.9, NULL);
    bench_refuse("uniform", &selection, ERROR_DATA, "cannot be reached");
}
END_TEST

START_TEST(requests_that_make_no_sense_are_misuse)
{
    struct selection selection = bench_selection(&bench, 1, NULL);
    struct error err;

    bench_refuse("flow", &selection, ERROR_USAGE, "under 1");
    selection.sparsity = NAN;
    bench_refuse("flow", &selection, ERROR_USAGE, "flow needs a sparsity");
    bench_refuse("uniform", &selection, ERROR_USAGE, "one pattern, or else");
    selection = bench_selection(&bench, 0.5, NULL);
    selection.samples = BENCH_ROWS + 1;
    bench_refuse("block-error", &selection, ERROR_USAGE,
                 "4 calibration rows were asked for; m.trace has 3");
    selection.samples = 0;
    selection.h = -1;
    bench_refuse("flow", &selection, ERROR_USAGE, "h = -1");
    ck_assert_ptr_null(method_find("flwo", &err));
    ck_assert_ptr_nonnull(strstr(err.text, "did you mean flow?"));
}
END_TEST

/* Outliers and what is lost, straight from the definition. */
static double lost_share(uint32_t block, struct pattern pattern, double h)
{
    double sum = 0, weights = 0, lost = 0, count = 0;

    for (int pass = 0; pass < 2; pass++) {
        for (size_t l = 0; l < bench.trace.layers; l++) {
            const struct recorded_layer *layer = &bench.trace.layer[l];
            uint32_t k_all = layer->shape.inputs;
            float w[12 * 12];
            struct error err;

            if (layer->shape.block != block)
                continue;
            ck_assert_int_eq(model_weights(bench.model, l, w, &err), 0);
            for (uint32_t o = 0; o < layer->shape.outputs; o++) {
                double in_group = 0;

                for (uint32_t k = 0; k < k_all; k++) {
                    double a = fabs((double)w[o * k_all + k]) *
                               sqrt(layer->mean_square[k]);

                    if (pass == 0) {
                        sum += a;
                        weights++;
                        continue;
                    }
                    if (k % pattern.m == 0)
                        in_group = 0;
                    if (a > h * (sum / weights)) {
                        count++;
                        lost += ++in_group > pattern.n;
                    }
                }
            }
        }
    }
    return count > 0 ? lost / count : 0;
}

START_TEST(flow_loses_what_the_definition_says)
{
    struct selection selection = bench_selection(&bench, 0.5, NULL);
    double objective = 0;
    struct plan plan;

    selection.h = 1.2; /* so that there are outliers in small layers */
    bench_select(&plan, "flow", &selection);
    for (uint32_t b = 0; b < 2; b++) {
        struct pattern pattern = plan.layer[b * 7].pattern;
        double share =
            pattern_is_dense(pattern) ? 0 : lost_share(b, pattern, 1.2);

        objective += share / 2; /* the blocks are equally large */
        for (size_t i = 0; i < 7; i++)
            ck_assert(pattern_equal(plan.layer[b * 7 + i].pattern, pattern));
        ck_assert_double_eq_tol(plan.layer[b * 7].score, share / 2, 1e-12);
    }
    ck_assert_double_gt(objective, 0);
    ck_assert_double_eq_tol(plan.objective, objective, 1e-12);
    ck_assert_double_eq(plan.bound, plan.objective);
    ck_assert_double_ge(plan.reached, 0.5);
    ck_assert_double_gt(plan.next, plan.reached);
    plan_release(&plan);
}
END_TEST

/* In two blocks both are ends. */
START_TEST(ends_that_stay_dense_count_in_the_budget)
{
    static const char *const names[] = { "uniform", "owl", "flow", "error",
                                         "block-error" };
    struct plan plan;

    for (size_t m = 0; m < sizeof names / sizeof *names; m++) {
        struct selection selection = bench_selection(&bench, 0, NULL);

        selection.ends = SCOPE_ENDS_DENSE;
        bench_select(&plan, names[m], &selection);
        for (size_t i = 0; i < plan.layers; i++)
            ck_assert(pattern_is_dense(plan.layer[i].pattern));
        ck_assert(json_is_true(json_object_get(plan.parameters, "dense_ends")));
        plan_release(&plan);
        selection.sparsity = 0.1;
        bench_refuse(names[m], &selection, ERROR_DATA, "it is 0;");
    }
}
END_TEST

/* Without statistics all scores are 0: the first of each group are kept. */
START_TEST(inputs_that_were_all_zero_are_named_and_masks_go_by_place)
{
    static const double zeros[12];
    const struct recorded_layer *layer = &bench.trace.layer[3];
    const double *before = layer->mean_square;
    struct selection selection = bench_selection(&bench, 0.5, NULL);
    struct prune prune = { .trace = &bench.trace, .model = bench.model };
    struct pruning *pruning;
    struct model_block *block;
    struct plan plan;
    struct error err;
    char *names;

    ck_assert_ptr_null(recorded_trace_silent(&bench.trace));
    bench.trace.layer[3].mean_square = zeros;
    names = recorded_trace_silent(&bench.trace);
    ck_assert_str_eq(names, "model.layers.0.self_attn.o_proj");
    free(names);
    bench_select(&plan, "uniform", &selection);
    prune.plan = &plan;
    ck_assert_int_eq(pruning_begin(&pruning, &prune, &err), 0);
    ck_assert_int_eq(model_block_load(&block, bench.model, 0, &err), 0);
    ck_assert_int_eq(pruning_block(pruning, block, 0, &err), 0);
    for (int i = 0; i < 8 * 8; i++)
        ck_assert_int_eq(pruning_mask(pruning, 3)[i],
                         i % 8 < plan.layer[3].pattern.n);
    model_block_free(block);
    pruning_end(pruning);
    plan_release(&plan);
    bench.trace.layer[3].mean_square = before;
}
END_TEST

START_TEST(any_number_of_workers_gives_the_same_plan)
{
    static const char *const names[] = {
        "uniform", "owl", "flow", "flow-linear", "error", "block-error"
    };
    char first[HASH_TEXT], hash[HASH_TEXT];

    for (size_t m = 0; m < sizeof names / sizeof *names; m++) {
        for (unsigned workers = 1; workers < 5; workers++) {
            struct selection selection = bench_selection(&bench, 0.6, NULL);
            struct plan plan;

            selection.work.workers = workers;
            unlink("m.trace.costs");
            bench_select(&plan, names[m], &selection);
            plan_hash(&plan, workers == 1 ? first : hash);
            if (workers > 1)
                ck_assert_msg(strcmp(first, hash) == 0, "%s, %u workers",
                              names[m], workers);
            plan_release(&plan);
        }
    }
}
END_TEST

START_TEST(the_model_and_tokens_that_a_trace_names_are_found_or_refused)
{
    struct model_tokens tokens;
    struct model *model;
    struct error err;

    ck_assert_int_eq(select_model(&model, &bench.trace, NULL, &err), 0);
    ck_assert_int_eq(select_tokens(&tokens, &bench.trace, NULL, 2, model, &err),
                     0);
    ck_assert_uint_eq(tokens.rows, 2);
    model_tokens_release(&tokens);
    tiny_write_tokens("g", "calibration", BENCH_ROWS + 1, BENCH_LENGTH);
    ck_assert_int_eq(select_tokens(&tokens, &bench.trace, "g", 2, model, &err),
                     -1);
    ck_assert_ptr_nonnull(strstr(err.text, "was recorded on"));
    model_close(model);
    tiny_write("other", &(struct tiny){ .zero = true });
    ck_assert_int_eq(select_model(&model, &bench.trace, "other", &err), -1);
    ck_assert_ptr_null(model);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "was recorded from"));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("select");
    TCase *all = tcase_create("select");

    tcase_add_unchecked_fixture(all, enter, leave);
    tcase_add_test(all, a_pattern_of_larger_m_than_k_is_not_given);
    tcase_add_test(all,
                   an_unreachable_sparsity_is_refused_with_the_largest_that_is);
    tcase_add_test(all, requests_that_make_no_sense_are_misuse);
    tcase_add_test(all, flow_loses_what_the_definition_says);
    tcase_add_test(all, ends_that_stay_dense_count_in_the_budget);
    tcase_add_test(all,
                   inputs_that_were_all_zero_are_named_and_masks_go_by_place);
    tcase_add_test(all, any_number_of_workers_gives_the_same_plan);
    tcase_add_test(
        all, the_model_and_tokens_that_a_trace_names_are_found_or_refused);
    suite_add_tcase(suite, all);
    return suite;
}
