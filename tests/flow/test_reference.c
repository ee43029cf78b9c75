/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "flow/select/census.h"
#include "flow/select/minmax.h"
#include "flow/prune/prune.h"
#include "flow/select/released.h"
#include "llm/perplexity.h"
#include "tests/flow/bench.h"
#include "tests/suite.h"

/*
 * Perplexities that PyTorch gave for the shipped checkpoints: Wanda masks from
 * all calibration rows of the dense model, all blocks pruned at once, f32, all
 * test rows (traces/checkpoints/README.md).
 */
static const struct reference {
    const char *pattern;
    double llama, mamba2;
} references[] = {
    { "1:2", 79.564, 52.563 }, { "2:4", 41.128, 34.735 },
    { "4:8", 29.801, 28.572 }, { "8:16", 25.968, 25.881 },
    { "3:8", 92.937, 58.430 },
};

#define SHIPPED(name) SOURCE_ROOT "/traces/checkpoints/" name

static struct bench bench;
static struct model_tokens test;
static char folder[] = "/tmp/flexcim-reference-XXXXXX"; /* measured costs */

static void open_all(const char *checkpoint)
{
    static const char file[] = SHIPPED("tokens.safetensors");
    static const char calibration[] = SHIPPED("tokens.safetensors:calibration");
    struct error err;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    bench_open(&bench, checkpoint, calibration, "reference.trace", 0);
    ck_assert_int_eq(
        model_tokens_read(&test, file, "test", 0, bench.model, &err), 0);
}

static void close_all(void)
{
    unlink("reference.trace.costs");
    rmdir(folder);
    model_tokens_release(&test);
    bench_close(&bench);
}

/* On all test rows. */
static double perplexity_of(const struct plan *plan)
{
    struct prune prune = { .plan = plan,
                           .trace = &bench.trace,
                           .model = bench.model,
                           .tokens = &bench.tokens };
    struct model_walk walk = { .edit = pruning_block };
    struct pruning *pruning;
    struct perplexity perplexity;
    struct error err;

    ck_assert_int_eq(pruning_begin(&pruning, &prune, &err), 0);
    walk.context = pruning;
    ck_assert_int_eq(
        perplexity_measure(&perplexity, bench.model, &test, &walk, &err), 0);
    pruning_end(pruning);
    printf("# %s %s at %.4f: perplexity %.4f\n", plan->model, plan->method,
           plan->reached, perplexity.value);
    return perplexity.value;
}

/* Within 1 % of what is wanted. */
static void check_perplexity(const struct plan *plan, double wanted)
{
    ck_assert_double_le(fabs(perplexity_of(plan) / wanted - 1), 0.01);
}

static void check_uniform(bool mamba2)
{
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        const struct reference *reference = &references[i];
        struct selection selection =
            bench_selection(&bench, NAN, reference->pattern);
        struct plan plan;

        bench_select(&plan, "uniform", &selection);
        check_perplexity(&plan, mamba2 ? reference->mamba2 : reference->llama);
        plan_release(&plan);
    }
}

START_TEST(uniform_patterns_give_the_reference_perplexities_on_llama)
{
    open_all(SHIPPED("llama-7m"));
    check_uniform(false);
    close_all();
}
END_TEST

START_TEST(uniform_patterns_give_the_reference_perplexities_on_mamba2)
{
    open_all(SHIPPED("mamba2-6m"));
    check_uniform(true);
    close_all();
}
END_TEST

/* By Python, on the same definitions, all test rows; at 50, 60 and 70 %. */
static void check_measured(const char *method, size_t samples,
                           const double wanted[3])
{
    open_all(SHIPPED("llama-7m"));
    for (int i = 0; i < 3; i++) {
        struct selection selection =
            bench_selection(&bench, 0.5 + 0.1 * i, "2:8,3:8,4:8,5:8,6:8,dense");
        struct plan plan;

        selection.samples = samples;
        bench_select(&plan, method, &selection);
        ck_assert_double_ge(plan.reached, selection.sparsity - 1e-9);
        check_perplexity(&plan, wanted[i]);
        plan_release(&plan);
    }
    close_all();
}

START_TEST(block_error_gives_its_reference_perplexities_on_llama)
{
    check_measured("block-error", 4, (double[]){ 25.40, 40.41, 77.95 });
}
END_TEST

START_TEST(sensitivity_gives_its_reference_perplexities_on_llama)
{
    check_measured("sensitivity", 4, (double[]){ 24.34, 37.70, 82.07 });
}
END_TEST

/* Measured in Python on the same definitions, on the first 32 test rows.  The
 * order of flow-linear's equal plans was chosen by its two values at 50 %,
 * which therefore prove nothing of it; at 60.9 % and h = 3 it has six best
 * plans, and ours is not the one of 2118 that Python took; no order of plans
 * gives both (method_flow_linear.c). */
static const struct {
    const char *method;
    double sparsity, h, wanted;
} defined[] = {
    { "uniform", 0.5, 0, 28.12 },    { "uniform", 0.6, 0, 62.3 },
    { "uniform", 0.7, 0, 394 },      { "uniform", 0.625, 0, 84.6 },
    { "error", 0.6, 0, 59.6 },       { "flow-linear", 0.5, 0.5, 34.8 },
    { "flow-linear", 0.5, 3, 58.2 }, { "flow-linear", 0.609, 0.5, 1552 },
};

START_TEST(methods_give_the_perplexities_of_their_definitions_on_llama)
{
    open_all(SHIPPED("llama-7m"));
    model_tokens_take(&test, 0, 32);
    for (size_t i = 0; i < sizeof defined / sizeof *defined; i++) {
        struct selection selection =
            bench_selection(&bench, defined[i].sparsity, NULL);
        struct plan plan;

        selection.h = defined[i].h;
        bench_select(&plan, defined[i].method, &selection);
        check_perplexity(&plan, defined[i].wanted);
        plan_release(&plan);
    }
    close_all();
}
END_TEST

/* Presence and locality of each block, as the public code of FLOW has them. */
static size_t survey(double h, double presence[16], double locality[16])
{
    struct selection selection = bench_selection(&bench, 0.5, NULL);
    static struct released_census census;
    struct scored layer;
    struct error err;

    for (uint32_t b = 0; b < model_blocks(bench.model); b++) {
        double sum = 0;

        census = (struct released_census){ 0 };
        for (int pass = 0; pass < 2; pass++) {
            census.threshold = h * (sum / (double)census.weights);
            for (size_t i = 0; i < bench.trace.layers; i++) {
                if (bench.trace.layer[i].shape.block != b)
                    continue;
                ck_assert_int_eq(census_read(&layer, &selection, i, &err), 0);
                if (pass == 0) {
                    sum += score_sum(&layer);
                    census.weights += (uint64_t)layer.outputs * layer.inputs;
                } else {
                    released_add(&census, &layer);
                }
                census_release(&layer);
            }
        }
        presence[b] = released_presence(&census);
        locality[b] = released_locality(&census);
    }
    return model_blocks(bench.model);
}

/* All scores of a block, one layer after the other; how many there are. */
static size_t scores_of(uint32_t block, double *scores)
{
    struct selection selection = bench_selection(&bench, 0.5, NULL);
    struct scored layer;
    struct error err;
    size_t count = 0;

    for (size_t i = 0; i < bench.trace.layers; i++) {
        if (bench.trace.layer[i].shape.block != block)
            continue;
        ck_assert_int_eq(census_read(&layer, &selection, i, &err), 0);
        for (size_t j = 0; j < (size_t)layer.outputs * layer.inputs; j++)
            scores[count++] =
                fabs((double)layer.weights[j]) * layer.root[j % layer.inputs];
        census_release(&layer);
    }
    return count;
}

/* Presence in per cent, and one over the mean distance of the first 10,000,
 * each pair on its own. */
static void naive(const double *scores, size_t count, double h,
                  double *presence, double *locality)
{
    enum { FIRST = 10000 };
    static size_t at[FIRST];
    double mean = 0, distance = 0;
    size_t outliers = 0, taken;

    for (size_t i = 0; i < count; i++)
        mean += scores[i] / (double)count;
    for (size_t i = 0; i < count; i++) {
        if (scores[i] <= h * mean)
            continue;
        if (outliers < FIRST)
            at[outliers] = i;
        outliers++;
    }
    taken = outliers < FIRST ? outliers : FIRST;
    for (size_t j = 1; j < taken; j++) {
        size_t sum = 0;

        for (size_t i = 0; i < j; i++)
            sum += at[j] - at[i];
        distance += (double)sum;
    }
    *presence = 100 * (double)outliers / (double)count;
    *locality =
        taken < 2 ? 0 : (double)taken * (double)(taken - 1) / 2 / distance;
}

static void check_survey(void)
{
    static const double h[] = { 0.5, 3, 5 };
    double *scores = memory_new(1 << 21, sizeof *scores);

    for (size_t i = 0; i < 3; i++) {
        double presence[16], locality[16], wanted[2];
        size_t blocks = survey(h[i], presence, locality);

        for (uint32_t b = 0; b < blocks; b++) {
            naive(scores, scores_of(b, scores), h[i], &wanted[0], &wanted[1]);
            ck_assert_double_eq_tol(presence[b], wanted[0], 1e-6 * wanted[0]);
            ck_assert_double_eq_tol(locality[b], wanted[1], 1e-6 * wanted[1]);
        }
    }
    free(scores);
}

/* How many choices for the blocks from `b` on prune exactly so many quarters at
 * a cost of at most `room`. */
static unsigned count_plans(double cost[16][RELEASED_PATTERNS], size_t b,
                            size_t blocks, unsigned quarters, double room)
{
    unsigned count = 0;
    double least = 0;

    for (size_t i = b; i < blocks; i++) {
        double best = cost[i][0];

        for (int p = 1; p < RELEASED_PATTERNS; p++)
            best = fmin(best, cost[i][p]);
        least += best;
    }
    if (least > room || quarters > 3 * (blocks - b))
        return 0;
    if (b == blocks)
        return quarters == 0;
    for (int p = 0; p < RELEASED_PATTERNS; p++) {
        if (released_patterns[p].pruned <= quarters)
            count += count_plans(cost, b + 1, blocks,
                                 quarters - released_patterns[p].pruned,
                                 room - cost[b][p]);
    }
    return count;
}

/* `plans` is how many choices are optimal at 50 %; 0: not known. */
static void check_released(double h, double objective, unsigned plans)
{
    double presence[16], locality[16], cost[16][RELEASED_PATTERNS], sum = 0;
    size_t choice[16], blocks = survey(h, presence, locality);
    struct released_answer answer;
    unsigned pruned = 0, found;
    struct error err;

    ck_assert_int_eq(
        released_choose(choice,
                        &(struct released_blocks){ presence, locality, blocks },
                        0.5, &answer, &err),
        0);
    ck_assert(!answer.relaxed);
    minmax(presence, blocks);
    minmax(locality, blocks);
    for (size_t b = 0; b < blocks; b++) {
        for (int p = 0; p < RELEASED_PATTERNS; p++)
            cost[b][p] =
                fabs(released_patterns[p].n - 8 * presence[b]) +
                4 * fabs(released_patterns[p].m - 8 * (1 - locality[b]));
        sum += cost[b][choice[b]];
        pruned += released_patterns[choice[b]].pruned;
    }
    ck_assert_uint_eq(pruned, 2 * blocks);
    ck_assert_double_eq_tol(answer.objective, sum, 1e-9);
    found = count_plans(cost, 0, blocks, pruned, sum + 1e-6);
    printf("# released, h = %g: objective %.5f, %u plans\n", h, sum, found);
    ck_assert_uint_eq(count_plans(cost, 0, blocks, pruned, sum - 1e-6), 0);
    if (objective > 0)
        ck_assert_double_eq_tol(sum, objective, 1e-6 * objective);
    if (plans > 0)
        ck_assert_uint_eq(found, plans);
}

/* Where no plan has the sparsity that was asked for, the relaxation: which
 * pattern every block gets then, as the place in released_patterns. */
static void check_relaxed(double sparsity, double objective,
                          const size_t *wanted)
{
    double presence[16], locality[16];
    size_t choice[16], blocks = survey(0.5, presence, locality);
    struct released_answer answer;
    struct error err;

    ck_assert_int_eq(
        released_choose(choice,
                        &(struct released_blocks){ presence, locality, blocks },
                        sparsity, &answer, &err),
        0);
    ck_assert(answer.relaxed);
    if (objective > 0)
        ck_assert_double_eq_tol(answer.objective, objective, 1e-5);
    for (size_t b = 0; wanted && b < blocks; b++)
        ck_assert_uint_eq(choice[b], wanted[b]);
}

/* The objective of the public code's programme, by another solver; at 60 % the
 * plan is 2:8, 2:4 four times, 2:8 twice, and 4:8 at the end. */
START_TEST(the_released_rule_has_its_reference_objective_on_llama)
{
    open_all(SHIPPED("llama-7m"));
    check_survey();
    check_released(0.5, 52.67662, 0);
    check_released(3, 0, 0);
    check_released(5, 0, 2);
    check_relaxed(0.6, 79.20567, (size_t[]){ 2, 3, 3, 3, 3, 2, 2, 0 });
    check_relaxed(0.7, 0, NULL);
    close_all();
}
END_TEST

START_TEST(the_released_rule_has_many_best_plans_on_mamba2)
{
    open_all(SHIPPED("mamba2-6m"));
    check_survey();
    check_released(0.5, 0, 0);
    check_released(3, 0, 50);
    check_released(5, 0, 7);
    check_relaxed(0.6, 0, NULL);
    check_relaxed(0.7, 0, NULL);
    close_all();
}
END_TEST

/* Clustering along K hardly differs between blocks: with h of 0.5, 3 and 5 the
 * distribution of every block is between -0.003 and 0.014. */
START_TEST(the_distribution_of_outliers_hardly_differs_between_blocks_on_llama)
{
    static const double h[] = { 0.5, 3, 5 };
    double least = HUGE_VAL, most = -HUGE_VAL;
    struct selection selection;
    struct outliers outliers[8];
    struct scopes scopes;
    struct error err;
    struct plan plan;

    open_all(SHIPPED("llama-7m"));
    selection = bench_selection(&bench, NAN, "4:8");
    bench_select(&plan, "uniform", &selection);
    scopes_init(&scopes, &plan, SCOPE_BLOCK, SCOPE_ENDS_CHOSEN);
    ck_assert_uint_eq(scopes.count, 8);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(census_take(outliers, &selection, &scopes, h[i], &err),
                         0);
        for (size_t b = 0; b < 8; b++) {
            least = fmin(least, outliers_distribution(&outliers[b]));
            most = fmax(most, outliers_distribution(&outliers[b]));
        }
    }
    ck_assert_double_eq_tol(least, -0.003, 5e-4);
    ck_assert_double_eq_tol(most, 0.014, 5e-4);
    scopes_release(&scopes);
    plan_release(&plan);
    close_all();
}
END_TEST

/* At most that, as the method is without options; one pattern everywhere gives
 * 29.8, about 63 and about 400. */
static void check_limits(const char *method, const double limit[3])
{
    for (int i = 0; i < 3; i++) {
        struct selection selection =
            bench_selection(&bench, 0.5 + 0.1 * i, NULL);
        struct plan plan;

        bench_select(&plan, method, &selection);
        ck_assert_double_le(perplexity_of(&plan), limit[i]);
        plan_release(&plan);
    }
}

START_TEST(sensitivity_keeps_perplexity_low_on_llama)
{
    open_all(SHIPPED("llama-7m"));
    check_limits("sensitivity", (double[]){ 25, 38.5, 83 });
    close_all();
}
END_TEST

START_TEST(block_error_keeps_perplexity_low_on_llama)
{
    open_all(SHIPPED("llama-7m"));
    check_limits("block-error", (double[]){ 25.7, 41, 80 });
    close_all();
}
END_TEST

START_TEST(sensitivity_keeps_perplexity_low_on_mamba2)
{
    open_all(SHIPPED("mamba2-6m"));
    check_limits("sensitivity", (double[]){ 26.6, 39, 80 });
    close_all();
}
END_TEST

/* By PyTorch on a GPU, the masks searched behind what is pruned already: at
 * most 2 % above its values. */
static void check_updated(const char *checkpoint, enum update update,
                          double sparsity, double wanted)
{
    struct selection selection;
    struct plan plan;

    open_all(checkpoint);
    selection = bench_selection(&bench, sparsity, NULL);
    selection.update = update;
    bench_select(&plan, "judged", &selection);
    ck_assert_double_le(perplexity_of(&plan), 1.02 * wanted);
    plan_release(&plan);
    close_all();
}

START_TEST(admm_behind_pruned_layers_gives_its_reference_perplexity_on_llama)
{
    check_updated(SHIPPED("llama-7m"), UPDATE_ADMM, 0.7, 38.99);
}
END_TEST

START_TEST(admm_behind_pruned_layers_gives_its_reference_perplexity_on_mamba2)
{
    check_updated(SHIPPED("mamba2-6m"), UPDATE_ADMM, 0.7, 37.14);
}
END_TEST

static void add_case(Suite *suite, const char *name, const TTest *first,
                     const TTest *second)
{
    TCase *tests = tcase_create(name);

    tcase_set_timeout(tests, 3600);
    tcase_add_test(tests, first);
    if (second)
        tcase_add_test(tests, second);
    suite_add_tcase(suite, tests);
}

Suite *make_suite(void)
{
    Suite *suite = suite_create("reference");

    add_case(suite, "uniform",
             uniform_patterns_give_the_reference_perplexities_on_llama,
             uniform_patterns_give_the_reference_perplexities_on_mamba2);
    add_case(suite, "block_error",
             block_error_gives_its_reference_perplexities_on_llama, NULL);
    add_case(suite, "defined",
             methods_give_the_perplexities_of_their_definitions_on_llama, NULL);
    add_case(suite, "released",
             the_released_rule_has_its_reference_objective_on_llama,
             the_released_rule_has_many_best_plans_on_mamba2);
    add_case(
        suite, "distribution",
        the_distribution_of_outliers_hardly_differs_between_blocks_on_llama,
        NULL);
    if (suite_is_shared())
        return suite;
    add_case(suite, "block_error_limits",
             block_error_keeps_perplexity_low_on_llama, NULL);
    add_case(suite, "sensitivity_reference",
             sensitivity_gives_its_reference_perplexities_on_llama, NULL);
    add_case(suite, "sensitivity", sensitivity_keeps_perplexity_low_on_llama,
             sensitivity_keeps_perplexity_low_on_mamba2);
    add_case(
        suite, "updates",
        admm_behind_pruned_layers_gives_its_reference_perplexity_on_llama,
        admm_behind_pruned_layers_gives_its_reference_perplexity_on_mamba2);
    return suite;
}
