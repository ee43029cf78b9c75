/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/sensitivity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "flow/select/block_error.h"
#include "flow/select/divergence.h"
#include "flow/prune/prune.h"
#include "llm/head.h"
#include "llm/walk.h"
#include "tests/flow/bench.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

enum { ROWS = 3, LENGTH = 150, WORDS = TINY_VOCABULARY };
enum { ROW = LENGTH * TINY_WIDTH };

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

/* The last hidden states, all layers of `plan` pruned; NULL: dense. */
static float *last(const struct plan *plan)
{
    struct prune prune = { .plan = plan,
                           .trace = &bench.trace,
                           .model = bench.model };
    struct model_walk walk = { .edit = plan ? pruning_block : NULL };
    float *hidden = memory_new(ROWS * ROW, sizeof *hidden);
    struct pruning *pruning = NULL;
    struct error err;

    if (plan)
        ck_assert_int_eq(pruning_begin(&pruning, &prune, &err), 0);
    walk.context = pruning;

    ck_assert_int_eq(
        model_walk_blocks(bench.model, &bench.tokens, &walk, hidden, &err), 0);
    pruning_end(pruning);
    return hidden;
}

static void log_softmax(double *out, const float *logits)
{
    double most = -HUGE_VAL, sum = 0;

    for (int w = 0; w < WORDS; w++)
        most = fmax(most, (double)logits[w]);
    for (int w = 0; w < WORDS; w++)
        sum += exp((double)logits[w] - most);
    for (int w = 0; w < WORDS; w++)
        out[w] = (double)logits[w] - most - log(sum);
}

/* Mean over positions, straight from the definition, in double. */
static double mean_divergence(const float *dense, const float *other)
{
    float normed[TINY_WIDTH], z[2][WORDS];
    struct head *head;
    struct error err;
    double sum = 0;

    ck_assert_int_eq(head_load(&head, bench.model, &err), 0);
    for (size_t i = 0; i < ROWS * LENGTH; i++) {
        double p[WORDS], q[WORDS];

        head_logits(head, dense + i * TINY_WIDTH, 1, normed, z[0]);
        head_logits(head, other + i * TINY_WIDTH, 1, normed, z[1]);
        log_softmax(p, z[0]);
        log_softmax(q, z[1]);
        for (int w = 0; w < WORDS; w++)
            sum += exp(p[w]) * (p[w] - q[w]);
    }
    head_free(head);
    return sum / (ROWS * LENGTH);
}

START_TEST(a_cost_is_the_mean_divergence_with_one_layer_pruned)
{
    struct selection selection = bench_selection(&bench, 0.5, "1:8");
    float *dense = last(NULL);
    struct plan plan;

    selection.sparsity = 0.6;
    bench_select(&plan, "sensitivity", &selection);
    for (size_t l = 0; l < plan.layers; l++) {
        double score = plan.layer[l].score;
        struct plan alone = plan;
        float *pruned;

        alone.layer = memory_new(plan.layers, sizeof *alone.layer);
        memcpy(alone.layer, plan.layer, plan.layers * sizeof *alone.layer);
        for (size_t i = 0; i < plan.layers; i++) {
            if (i != l)
                alone.layer[i].pattern = pattern_dense;
        }
        pruned = last(&alone);
        ck_assert_double_gt(score, 0);
        ck_assert_double_eq_tol(score, mean_divergence(dense, pruned),
                                1e-6 + 1e-4 * score);
        free(pruned);
        free(alone.layer);
    }
    plan_release(&plan);
    free(dense);
}
END_TEST

START_TEST(the_plan_tells_what_it_believed_and_what_came_out)
{
    struct selection selection = bench_selection(&bench, 0.5, NULL);
    float *dense = last(NULL), *pruned;
    double believed, measured;
    struct plan plan;

    bench_select(&plan, "sensitivity", &selection);
    pruned = last(&plan);
    ck_assert_int_eq(sscanf(plan.reason,
                            "the costs add up to %lf nats; the whole plan "
                            "moves the distribution by %lf",
                            &believed, &measured),
                     2);
    ck_assert_double_eq_tol(believed, plan.objective, 1e-3 * plan.objective);
    ck_assert_double_eq_tol(measured, mean_divergence(dense, pruned),
                            2e-3 * measured);
    plan_release(&plan);
    free(pruned);
    free(dense);
}
END_TEST

START_TEST(the_judged_plan_is_the_best_of_those_that_were_asked_for)
{
    static const char *const names[] = { "sensitivity", "block-error",
                                         "uniform" };

    for (double sparsity = 0.3; sparsity < 0.75; sparsity += 0.1) {
        struct selection selection = bench_selection(&bench, sparsity, NULL);
        double least = HUGE_VAL, judged;
        float *dense = last(NULL), *pruned;
        struct plan plan;

        selection.samples = ROWS;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            bench_select(&plan, names[i], &selection);
            pruned = last(&plan);
            least = fmin(least, mean_divergence(dense, pruned));
            plan_release(&plan);
            free(pruned);
        }
        bench_select(&plan, "judged", &selection);
        pruned = last(&plan);
        judged = mean_divergence(dense, pruned);
        ck_assert_double_eq_tol(judged, least, 1e-9);
        ck_assert_double_eq_tol(plan.objective, judged, 1e-6 * judged);
        ck_assert_double_ge(plan.reached, sparsity);
        plan_release(&plan);
        free(pruned);
        free(dense);
    }
}
END_TEST

START_TEST(a_model_does_not_differ_from_itself)
{
    float *dense = last(NULL);
    struct divergence *divergence;
    struct error err;

    ck_assert_int_eq(divergence_begin(&divergence, bench.model, &bench.tokens,
                                      dense, 1, &err),
                     0);
    for (size_t row = 0; row < ROWS; row++)
        ck_assert_double_eq_tol(
            divergence_row(divergence, row, dense + row * ROW, 0), 0, 1e-9);
    divergence_end(divergence);
    free(dense);
}
END_TEST

/* A NaN anywhere in a token's state makes all its logits NaN. */
START_TEST(a_model_that_overflows_is_infinitely_far)
{
    float *dense = last(NULL), *other = last(NULL);
    struct divergence *divergence;
    struct error err;

    ck_assert_int_eq(divergence_begin(&divergence, bench.model, &bench.tokens,
                                      dense, 1, &err),
                     0);
    other[ROW + 7 * TINY_WIDTH + 3] = _i ? INFINITY : NAN;
    ck_assert_double_eq_tol(divergence_row(divergence, 0, other, 0), 0, 1e-9);
    ck_assert_double_eq(divergence_row(divergence, 1, other + ROW, 0),
                        (double)INFINITY);
    divergence_end(divergence);
    free(other);
    free(dense);
}
END_TEST

START_TEST(any_number_of_workers_gives_the_same_costs)
{
    char first[HASH_TEXT], hash[HASH_TEXT];

    for (unsigned workers = 1; workers < 5; workers++) {
        struct selection selection = bench_selection(&bench, 0.6, NULL);
        struct plan plan;

        selection.work.workers = workers;
        unlink("m.trace.costs");
        bench_select(&plan, "sensitivity", &selection);
        plan_hash(&plan, workers == 1 ? first : hash);
        ck_assert_msg(workers == 1 || strcmp(first, hash) == 0, "%u workers",
                      workers);
        plan_release(&plan);
    }
}
END_TEST

START_TEST(a_second_selection_takes_its_costs_from_the_file)
{
    struct selection selection = bench_selection(&bench, 0.5, NULL);
    struct plan plan;

    unlink("m.trace.costs");
    bench_select(&plan, "sensitivity", &selection);
    ck_assert_double_gt(plan.objective, 0);
    plan_release(&plan);
    bench_zero_costs();
    selection.sparsity = 0.6;
    bench_select(&plan, "sensitivity", &selection);
    ck_assert_double_eq(plan.objective, 0);
    plan_release(&plan);
    selection.samples = 1; /* other rows: measured */
    bench_select(&plan, "sensitivity", &selection);
    ck_assert_double_gt(plan.objective, 0);
    plan_release(&plan);
}
END_TEST

enum { OFFERED = 4 };
static const char offered[] = "1:4,2:4,3:4,dense";

/* Costs [layers][patterns] on the first rows; free them. */
static double *costs_of(const struct row_way *way, const char *patterns,
                        size_t rows)
{
    struct selection selection = bench_selection(&bench, 0.5, patterns);
    double *cost =
        memory_new(bench.trace.layers * selection.patterns.count, sizeof *cost);
    struct error err;

    selection.samples = rows;
    selection.agreement = 1;
    ck_assert_int_eq(row_costs_measure(cost, way, &selection, &err), 0);
    return cost;
}

/* By which layers are compared: the pattern that keeps what the plan keeps, or
 * half where an update follows. */
static const struct {
    double sparsity;
    enum update update;
    const char *reference;
} scaled_case[] = {
    { 0.5, UPDATE_NONE, "2:4" },
    { 0.7, UPDATE_NONE, "1:4" },
    { 0.3, UPDATE_NONE, "3:4" },
    { 0.7, UPDATE_REFIT, "2:4" },
};
enum { SCALED_CASES = 4 };

/* Of three rows: errors of blocks on all, and the factor on the first. */
START_TEST(scaled_costs_are_block_errors_times_a_ratio_of_the_layer)
{
    double sparsity = scaled_case[_i].sparsity;
    struct selection selection = bench_selection(&bench, sparsity, offered);
    double *error, *changed, *moved;
    size_t pruned = 0;
    struct plan plan;

    selection.samples = ROWS;
    selection.update = scaled_case[_i].update;
    unlink("m.trace.costs");
    bench_select(&plan, "scaled", &selection);
    unlink("m.trace.costs");
    error = costs_of(&block_error_way, offered, ROWS);
    changed = costs_of(&block_error_way, scaled_case[_i].reference, 1);
    moved = costs_of(&sensitivity_way, scaled_case[_i].reference, 1);
    for (size_t l = 0; l < plan.layers; l++) {
        const double *of = error + l * OFFERED;
        double wanted = 0;

        for (size_t p = 0; p < OFFERED; p++) {
            double cost = of[p] * moved[l] / changed[l];

            wanted = p == 0 ? cost : fmin(wanted, cost);
            if (pattern_equal(plan.layer[l].pattern, selection.patterns.at[p]))
                break;
        }
        ck_assert_double_eq_tol(plan.layer[l].score, wanted,
                                1e-12 * wanted + 1e-15);
        pruned += !pattern_is_dense(plan.layer[l].pattern);
    }
    ck_assert_uint_gt(pruned, TINY_LAYERS / 3);
    free(moved);
    free(changed);
    free(error);
    plan_release(&plan);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("sensitivity");
    TCase *all = tcase_create("sensitivity");

    tcase_add_unchecked_fixture(all, enter, leave);
    tcase_add_test(all, a_cost_is_the_mean_divergence_with_one_layer_pruned);
    tcase_add_test(all, the_plan_tells_what_it_believed_and_what_came_out);
    tcase_add_test(all,
                   the_judged_plan_is_the_best_of_those_that_were_asked_for);
    tcase_add_test(all, a_model_does_not_differ_from_itself);
    tcase_add_loop_test(all, a_model_that_overflows_is_infinitely_far, 0, 2);
    tcase_add_test(all, any_number_of_workers_gives_the_same_costs);
    tcase_add_test(all, a_second_selection_takes_its_costs_from_the_file);
    tcase_add_loop_test(
        all, scaled_costs_are_block_errors_times_a_ratio_of_the_layer, 0,
        SCALED_CASES);
    suite_add_tcase(suite, all);
    return suite;
}
