/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "flow/prune.h"
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

static void open_all(const char *folder)
{
    static const char file[] = SHIPPED("tokens.safetensors");
    struct error err;

    bench_open(&bench, folder, file, "/nowhere/reference.trace", 0);
    ck_assert_int_eq(
        model_tokens_read(&test, file, "test", 0, bench.model, &err), 0);
}

static void close_all(void)
{
    model_tokens_release(&test);
    bench_close(&bench);
}

/* Within 1 % of what is wanted, on all test rows. */
static void check_perplexity(const char *what, const struct plan *plan,
                             double wanted)
{
    struct prune prune = { .plan = plan,
                           .trace = &bench.trace,
                           .model = bench.model };
    const struct model_walk walk = { .edit = prune_block, .context = &prune };
    struct perplexity perplexity;
    struct error err;

    ck_assert_int_eq(prune_check(&prune, &err), 0);
    ck_assert_int_eq(
        perplexity_measure(&perplexity, bench.model, &test, &walk, &err), 0);
    printf("# %s %s: %.4f, reference %.3f\n", plan->model, what,
           perplexity.value, wanted);
    ck_assert_double_le(fabs(perplexity.value / wanted - 1), 0.01);
}

static void check_uniform(bool mamba2)
{
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        const struct reference *reference = &references[i];
        struct selection selection =
            bench_selection(&bench, NAN, reference->pattern);
        struct plan plan;

        bench_select(&plan, "uniform", &selection);
        check_perplexity(reference->pattern, &plan,
                         mamba2 ? reference->mamba2 : reference->llama);
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

/* Measured in Python on the same definition, all test rows. */
START_TEST(block_error_gives_its_reference_perplexities_on_llama)
{
    static const double sparsity[3] = { 0.5, 0.6, 0.7 };
    static const double wanted[3] = { 25.40, 40.41, 77.95 };

    open_all(SHIPPED("llama-7m"));
    for (int i = 0; i < 3; i++) {
        struct selection selection =
            bench_selection(&bench, sparsity[i], "2:8,3:8,4:8,5:8,6:8,dense");
        struct plan plan;

        bench_select(&plan, "block-error", &selection);
        ck_assert_double_ge(plan.reached, sparsity[i]);
        check_perplexity("block-error", &plan, wanted[i]);
        plan_release(&plan);
    }
    close_all();
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("reference");
    TCase *references_case = tcase_create("references");

    tcase_set_timeout(references_case, 1800);
    tcase_add_test(references_case,
                   uniform_patterns_give_the_reference_perplexities_on_llama);
    tcase_add_test(references_case,
                   uniform_patterns_give_the_reference_perplexities_on_mamba2);
    tcase_add_test(references_case,
                   block_error_gives_its_reference_perplexities_on_llama);
    suite_add_tcase(suite, references_case);
    return suite;
}
