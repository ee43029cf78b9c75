/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/prune/refit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "tests/flow/inputs.h"
#include "tests/suite.h"

enum { O = 37, K = 22, N = 90, DEAD = 5 };

static double gram[K * K];
static float dense[O * K];
static uint8_t mask[O * K];
static struct hessian hessian;

/* Input 5 is always 0; every output keeps about half of its weights. */
static void enter(void)
{
    uint64_t seed = 11;
    double x[N * K];

    inputs_draw(x, gram, N, K, &seed);
    for (int k = 0; k < K; k++)
        gram[DEAD * K + k] = gram[k * K + DEAD] = 0;
    hessian_init(&hessian, gram, K, N);
    for (int i = 0; i < O * K; i++) {
        dense[i] = (float)inputs_real(&seed);
        mask[i] = random_below(&seed, 2) == 0;
    }
}

static void leave(void)
{
    hessian_release(&hessian);
}

static void start(float *weights)
{
    for (int i = 0; i < O * K; i++)
        weights[i] = mask[i] ? dense[i] : 0;
}

/* The normal equations over what output `o` keeps. */
static void solve(double v[K], int o)
{
    double a[K * K], b[K];
    int kept[K], n = 0;

    for (int k = 0; k < K; k++) {
        v[k] = 0;
        if (mask[o * K + k])
            kept[n++] = k;
    }
    for (int i = 0; i < n; i++) {
        b[i] = 0;
        for (int k = 0; k < K; k++)
            b[i] += k == DEAD
                        ? 0
                        : (double)dense[o * K + k] * hessian.h[k * K + kept[i]];
        for (int j = 0; j < n; j++)
            a[i * n + j] = hessian.h[kept[i] * K + kept[j]];
    }
    inputs_invert(a, n);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++)
            v[kept[i]] += a[i * n + j] * b[j];
    }
}

START_TEST(it_ends_in_the_solution_of_the_normal_equations)
{
    const struct refit refit = { &hessian, dense, mask, O, 2 * K, 2 };
    float weights[O * K];

    start(weights);
    refit_run(&refit, weights);
    for (int o = 0; o < O; o++) {
        double wanted[K];

        solve(wanted, o);
        for (int k = 0; k < K; k++) {
            ck_assert(mask[o * K + k] || weights[o * K + k] == 0);
            ck_assert_double_eq_tol((double)weights[o * K + k], wanted[k],
                                    1e-6);
        }
        ck_assert(weights[o * K + DEAD] == 0);
    }
}
END_TEST

START_TEST(fifteen_steps_bring_it_to_within_a_hundredth_of_what_can_be_won)
{
    const struct refit refit = { &hessian, dense, mask, O, 0, 1 };
    float weights[O * K], before[O * K];
    double first = 0, last = 0, best = 0;

    start(weights);
    memcpy(before, weights, sizeof before);
    refit_run(&refit, weights);
    for (int o = 0; o < O; o++) {
        float solution[K];
        double wanted[K];

        solve(wanted, o);
        for (int k = 0; k < K; k++)
            solution[k] = (float)wanted[k];
        first += inputs_error(dense + o * K, before + o * K, gram, K);
        last += inputs_error(dense + o * K, weights + o * K, gram, K);
        best += inputs_error(dense + o * K, solution, gram, K);
    }
    ck_assert_double_lt(best, 0.7 * first);
    ck_assert_double_lt(last - best, 0.01 * (first - best));
}
END_TEST

START_TEST(any_number_of_workers_gives_the_same_bits)
{
    float first[O * K], weights[O * K];

    for (unsigned workers = 1; workers < 5; workers++) {
        const struct refit refit = { &hessian, dense, mask, O, 0, workers };

        start(weights);
        refit_run(&refit, weights);
        if (workers == 1)
            memcpy(first, weights, sizeof first);
        ck_assert_mem_eq(first, weights, sizeof first);
    }
}
END_TEST

START_TEST(an_output_that_keeps_all_or_nothing_stays)
{
    const struct refit refit = { &hessian, dense, mask, 2, 0, 1 };
    float weights[O * K];

    memset(mask, 1, K);
    memset(mask + K, 0, K);
    start(weights);
    refit_run(&refit, weights);
    for (int k = 0; k < K; k++) {
        ck_assert(weights[K + k] == 0);
        ck_assert(weights[k] == (k == DEAD ? 0 : dense[k]));
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("refit");
    TCase *all = tcase_create("refit");

    tcase_add_checked_fixture(all, enter, leave);
    tcase_add_test(all, it_ends_in_the_solution_of_the_normal_equations);
    tcase_add_test(
        all, fifteen_steps_bring_it_to_within_a_hundredth_of_what_can_be_won);
    tcase_add_test(all, any_number_of_workers_gives_the_same_bits);
    tcase_add_test(all, an_output_that_keeps_all_or_nothing_stays);
    suite_add_tcase(suite, all);
    return suite;
}
