/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "tests/flow/bench.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

/*
 * A Llama of two blocks: q 8 x 8, k and v 4 x 8, o 8 x 8, gate and up 12 x 8,
 * down 8 x 12, whose last group of 8 is ragged.
 */
enum { ROWS = 3, LENGTH = 20 };

static struct bench bench;

static void enter(void)
{
    tiny_enter();
    tiny_write("m", &(struct tiny){ 0 });
    tiny_write_tokens("f", "calibration", ROWS, LENGTH);
    bench_open(&bench, "m", "f:calibration", "m.trace", 0);
}

static void leave(void)
{
    bench_close(&bench);
    unlink("m.trace.costs");
    tiny_leave();
}

static void must_refuse(const char *method, const struct selection *selection,
                        enum error_kind kind, const char *words)
{
    struct error err = { .text = "accepted" };
    const struct method *found = method_find(method, &err);
    struct plan plan;

    ck_assert_ptr_nonnull(found);
    ck_assert_int_eq(select_plan(&plan, found, selection, &err), -1);
    ck_assert_int_eq(err.kind, kind);
    ck_assert_msg(strstr(err.text, words) != NULL, "%s", err.text);
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
        uint64_t size = (uint64_t)layer->outputs * layer->inputs;

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
                          plan.layer[i].outputs *
                              (plan.layer[i].inputs == 12 ? 8u : 4u));
    plan_release(&plan);
}
END_TEST

START_TEST(a_pattern_of_larger_m_than_k_is_not_given)
{
    struct selection selection = bench_selection(&bench, NAN, "4:10");
    struct plan plan;

    bench_select(&plan, "uniform", &selection);
    for (size_t i = 0; i < plan.layers; i++) {
        bool large = plan.layer[i].inputs == 12;

        ck_assert_int_eq(pattern_is_dense(plan.layer[i].pattern), !large);
        ck_assert_int_eq(strstr(plan.layer[i].reason, "its 8 inputs") != NULL,
                         !large);
    }
    plan_release(&plan);
    selection = bench_selection(&bench, 0.2, "4:10,dense");
    must_refuse("flow", &selection, ERROR_DATA, "cannot be reached");
    must_refuse("flow", &selection, ERROR_DATA, "block 0, block 1");
}
END_TEST

START_TEST(an_unreachable_sparsity_is_refused_with_the_largest_that_is)
{
    struct selection selection = bench_selection(&bench, 0.8, "2:8,dense");
    struct plan plan;

    /* 2:8 keeps 2 of 8, and 4 of the 12 that down has. */
    must_refuse("flow", &selection, ERROR_DATA, "it is 0.733333");
    must_refuse("block-error", &selection, ERROR_DATA,
                "model.layers.0.self_attn.q_proj, ");
    must_refuse("block-error", &selection, ERROR_DATA, " and 11 more");
    selection.sparsity = 352. / 480;
    bench_select(&plan, "flow", &selection);
    ck_assert_double_eq(plan.reached, 352. / 480);
    ck_assert(isnan(plan.next));
    plan_release(&plan);
    selection = bench_selection(&bench, 0.9, NULL);
    must_refuse("uniform", &selection, ERROR_DATA, "cannot be reached");
}
END_TEST

START_TEST(requests_that_make_no_sense_are_misuse)
{
    struct selection selection = bench_selection(&bench, 1, NULL);
    struct error err;

    must_refuse("flow", &selection, ERROR_USAGE, "under 1");
    selection.sparsity = NAN;
    must_refuse("flow", &selection, ERROR_USAGE, "flow needs a sparsity");
    must_refuse("uniform", &selection, ERROR_USAGE, "one pattern, or else");
    selection = bench_selection(&bench, 0.5, NULL);
    selection.h = -1;
    must_refuse("flow", &selection, ERROR_USAGE, "h = -1");
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
            uint32_t k_all = layer->inputs;
            float w[12 * 12];
            struct error err;

            if (layer->block != block)
                continue;
            ck_assert_int_eq(model_weights(bench.model, l, w, &err), 0);
            for (uint32_t o = 0; o < layer->outputs; o++) {
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

/* The least cost of two blocks that want densities a and b, of N:8 each. */
static double best_pair(const struct plan *plan, double a, double b)
{
    double best = HUGE_VAL;

    for (uint16_t n = 1; n <= 8; n++) {
        for (uint16_t m = 1; m <= 8; m++) {
            uint64_t kept = 0;

            for (size_t i = 0; i < 7; i++)
                kept += plan->layer[i].outputs *
                        (pattern_kept((struct pattern){ n, 8 },
                                      plan->layer[i].inputs) +
                         pattern_kept((struct pattern){ m, 8 },
                                      plan->layer[i].inputs));
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
    must_refuse("owl", &selection, ERROR_USAGE, "base pattern");
    must_refuse("flow", &selection, ERROR_USAGE, "flow has no released form");
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

        selection.dense_ends = true;
        bench_select(&plan, names[m], &selection);
        for (size_t i = 0; i < plan.layers; i++)
            ck_assert(pattern_is_dense(plan.layer[i].pattern));
        ck_assert(json_is_true(json_object_get(plan.parameters, "dense_ends")));
        plan_release(&plan);
        selection.sparsity = 0.1;
        must_refuse(names[m], &selection, ERROR_DATA, "it is 0;");
    }
}
END_TEST

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
    must_refuse("error", &selection, ERROR_DATA, "10 bytes cannot be reached");
    must_refuse("owl", &selection, ERROR_USAGE, "knows no budget in bytes");
    selection.sparsity = 0.5;
    must_refuse("flow", &selection, ERROR_USAGE, "exclude each other");
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
    must_refuse("error", &selection, ERROR_DATA, "1000 cycles cannot be");
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

            selection.workers = workers;
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

/* Runs block `b` on the first row's dense inputs, layer `l` as `edit` says. */
static void run_block(uint32_t b, size_t l, const uint8_t *mask, float *out)
{
    struct model_scratch *scratch = model_scratch_new(bench.model, LENGTH);
    struct model_block *block;
    struct error err;

    model_embed(bench.model, bench.tokens.ids, LENGTH, out);
    for (uint32_t i = 0; i <= b; i++) {
        ck_assert_int_eq(model_block_load(&block, bench.model, i, &err), 0);
        if (i == b && mask) {
            float *weights = model_block_layer(block, l);

            for (uint32_t k = 0; k < 8 * 8; k++)
                weights[k] = mask[k] ? weights[k] : 0;
        }
        model_block_run(block, scratch, out, LENGTH, 0, NULL);
        model_block_free(block);
    }
    model_scratch_free(scratch);
}

/* The o projection of block 1 keeps one of every eight: the largest. */
START_TEST(block_error_is_the_change_of_the_output_after_the_residual)
{
    struct selection selection = bench_selection(&bench, 0.6, "1:8");
    const size_t number = 7 + 3;
    float dense[LENGTH * TINY_WIDTH], pruned[LENGTH * TINY_WIDTH], w[64];
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
    for (int t = 0; t < LENGTH; t++) {
        double apart = 0, size = 0;

        for (int i = t * TINY_WIDTH; i < (t + 1) * TINY_WIDTH; i++) {
            apart += pow((double)pruned[i] - (double)dense[i], 2);
            size += pow((double)dense[i], 2);
        }
        cost += apart / size / LENGTH;
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
    char *text;

    unlink("m.trace.costs");
    bench_select(&plan, "block-error", &selection);
    ck_assert_double_gt(plan.objective, 0);
    plan_release(&plan);
    text = file_read_text("m.trace.costs", 1 << 20, &err);
    ck_assert_ptr_nonnull(text);
    for (char *at = text; (at = strstr(at, ": ")); at += 2) {
        for (char *digit = at + 2; *digit != ',' && *digit != '\n'; digit++)
            *digit = ' ';
        at[2] = '0';
    }
    ck_assert_int_eq(file_put("m.trace.costs", text, strlen(text), &err), 0);
    selection.sparsity = 0.6;
    bench_select(&plan, "block-error", &selection);
    ck_assert_double_eq(plan.objective, 0);
    plan_release(&plan);
    ck_assert_int_eq(file_put("m.trace.costs", "{ damaged", 9, &err), 0);
    bench_select(&plan, "block-error", &selection);
    ck_assert_double_gt(plan.objective, 0);
    plan_release(&plan);
    free(text);
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
    tiny_write_tokens("g", "calibration", ROWS + 1, LENGTH);
    ck_assert_int_eq(select_tokens(&tokens, &bench.trace, "g", 2, model, &err),
                     -1);
    ck_assert_ptr_nonnull(strstr(err.text, "was recorded on"));
    model_close(model);
    tiny_write("other", &(struct tiny){ .zero = true });
    ck_assert_int_eq(select_model(&model, &bench.trace, "other", &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "was recorded from"));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("select");
    TCase *all = tcase_create("select");

    tcase_add_unchecked_fixture(all, enter, leave);
    tcase_add_test(all, uniform_gives_the_denser_neighbour_evenly_by_size);
    tcase_add_test(all, uniform_counts_what_the_ragged_group_keeps);
    tcase_add_test(all, a_pattern_of_larger_m_than_k_is_not_given);
    tcase_add_test(all,
                   an_unreachable_sparsity_is_refused_with_the_largest_that_is);
    tcase_add_test(all, requests_that_make_no_sense_are_misuse);
    tcase_add_test(all, flow_loses_what_the_definition_says);
    tcase_add_test(all, error_is_the_energy_of_what_is_pruned_times_the_size);
    tcase_add_test(all,
                   owl_follows_presence_and_its_released_form_knows_no_budget);
    tcase_add_test(all, ends_that_stay_dense_count_in_the_budget);
    tcase_add_test(all, bytes_count_weights_metadata_and_selects);
    tcase_add_test(all, a_byte_budget_is_kept_and_more_bytes_cost_less);
    tcase_add_test(all, a_budget_may_be_any_table_of_numbers);
    tcase_add_test(all, any_number_of_workers_gives_the_same_plan);
    tcase_add_test(all,
                   block_error_is_the_change_of_the_output_after_the_residual);
    tcase_add_test(all, a_second_selection_takes_its_costs_from_the_file);
    tcase_add_test(
        all, the_model_and_tokens_that_a_trace_names_are_found_or_refused);
    suite_add_tcase(suite, all);
    return suite;
}
