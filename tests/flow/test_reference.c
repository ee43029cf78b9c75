/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

static void check_all(const char *checkpoint, bool mamba2)
{
    struct bench bench;

    bench_open(&bench, checkpoint, "/nowhere/reference.trace", 0, 0);
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        const struct reference *reference = &references[i];
        double wanted = mamba2 ? reference->mamba2 : reference->llama;
        struct plan plan;
        double value;

        bench_select(&plan, &bench, "uniform", NAN, reference->pattern);
        value = bench_perplexity(&bench, &plan);
        printf("# %s %s: %.4f, reference %.3f\n", checkpoint,
               reference->pattern, value, wanted);
        ck_assert_double_le(fabs(value / wanted - 1), 0.01);
        plan_release(&plan);
    }
    bench_close(&bench);
}

START_TEST(uniform_patterns_give_the_reference_perplexities_on_llama)
{
    check_all("llama-7m", false);
}
END_TEST

START_TEST(uniform_patterns_give_the_reference_perplexities_on_mamba2)
{
    check_all("mamba2-6m", true);
}
END_TEST

/* Measured in Python on the same definition, all test rows. */
START_TEST(block_error_gives_its_reference_perplexities_on_llama)
{
    static const double sparsity[3] = { 0.5, 0.6, 0.7 };
    static const double wanted[3] = { 25.40, 40.41, 77.95 };
    struct bench bench;

    bench_open(&bench, "llama-7m", "/nowhere/reference.trace", 0, 0);
    for (int i = 0; i < 3; i++) {
        struct plan plan;
        double value;

        bench_select(&plan, &bench, "block-error", sparsity[i],
                     "2:8,3:8,4:8,5:8,6:8,dense");
        value = bench_perplexity(&bench, &plan);
        printf("# block-error at %.1f: %.4f, reference %.2f\n", sparsity[i],
               value, wanted[i]);
        ck_assert_double_le(fabs(value / wanted[i] - 1), 0.01);
        ck_assert_double_ge(plan.reached, sparsity[i]);
        plan_release(&plan);
    }
    bench_close(&bench);
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
