/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/prune/admm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "flow/prune/refit.h"
#include "flow/prune/sparsegpt.h"
#include "tests/flow/inputs.h"
#include "tests/suite.h"

enum { O = 70, K = 21, N = 80 };

static double gram[K * K];
static float dense[O * K];
static struct hessian hessian;
static struct admm admm;

static void enter(void)
{
    uint64_t seed = 23;
    double x[N * K];
    struct error err;

    inputs_draw(x, gram, N, K, &seed);
    hessian_init(&hessian, gram, K, N);
    for (int i = 0; i < O * K; i++)
        dense[i] = (float)inputs_real(&seed);
    ck_assert_int_eq(admm_init(&admm, &hessian, &err), 0);
}

static void leave(void)
{
    admm_release(&admm);
    hessian_release(&hessian);
}

START_TEST(the_eigensystem_makes_the_scaled_hessian_again)
{
    for (int i = 0; i < K; i++) {
        for (int j = 0; j < K; j++) {
            double a = 0, unit = 0;

            for (int n = 0; n < K; n++) {
                a += admm.vectors[n * K + i] * admm.values[n] *
                     admm.vectors[n * K + j];
                unit += admm.vectors[i * K + n] * admm.vectors[j * K + n];
            }
            ck_assert_double_eq_tol(
                a,
                hessian.h[i * K + j] /
                    sqrt(hessian.h[i * K + i] * hessian.h[j * K + j]),
                1e-12);
            ck_assert_double_eq_tol(unit, i == j, 1e-12);
        }
    }
}
END_TEST

/* The N largest magnitudes of each group of one output. */
static void keep_largest(double *d, uint8_t *m, const double *x, int n, int of)
{
    for (int k = 0; k < K; k++) {
        int begin = k / of * of, end = begin + of < K ? begin + of : K;
        int before = 0;

        for (int j = begin; j < end; j++)
            before +=
                fabs(x[j]) > fabs(x[k]) || (fabs(x[j]) == fabs(x[k]) && j < k);
        m[k] = before < n;
        d[k] = m[k] ? x[k] : 0;
    }
}

/* The definition, word by word, with a matrix that is inverted every round. */
static unsigned by_definition(double *d, uint8_t *m, int n, int of)
{
    static double w[O * K], c[O * K], v[O * K], inverse[K * K], a[K * K];
    static uint8_t last[O * K];
    double r = 0.1, kept = 0;
    unsigned round = 0, still = 0;

    for (int i = 0; i < K * K; i++)
        a[i] = hessian.h[i] / (sqrt(hessian.h[i / K * (K + 1)]) *
                               sqrt(hessian.h[i % K * (K + 1)]));
    for (int i = 0; i < O * K; i++) {
        w[i] = (double)dense[i] * sqrt(hessian.h[i % K * (K + 1)]);
        v[i] = 0;
    }
    for (int o = 0; o < O; o++) {
        for (int k = 0; k < K; k++) {
            c[o * K + k] = 0;
            for (int j = 0; j < K; j++)
                c[o * K + k] += w[o * K + j] * a[j * K + k];
        }
        keep_largest(d + o * K, m + o * K, w + o * K, n, of);
        for (int k = 0; k < K; k++)
            kept += m[o * K + k];
    }
    memcpy(last, m, sizeof last);
    while (round < 150 && still < 2) {
        memcpy(inverse, a, sizeof a);
        for (int k = 0; k < K; k++)
            inverse[k * (K + 1)] += r;
        inputs_invert(inverse, K);
        for (int o = 0; o < O; o++) {
            double x[K], wanted[K];

            for (int k = 0; k < K; k++) {
                x[k] = 0;
                for (int j = 0; j < K; j++)
                    x[k] += (c[o * K + j] - v[o * K + j] + r * d[o * K + j]) *
                            inverse[j * K + k];
                wanted[k] = x[k] + v[o * K + k] / r;
            }
            keep_largest(d + o * K, m + o * K, wanted, n, of);
            for (int k = 0; k < K; k++)
                v[o * K + k] += r * (x[k] - d[o * K + k]);
        }
        if (++round % 3 == 0) {
            double changed = 0;

            for (int i = 0; i < O * K; i++)
                changed += m[i] != last[i];
            memcpy(last, m, sizeof last);
            still = changed == 0 ? still + 1 : 0;
            r *= changed > 0.1 * kept     ? 1.3
                 : changed > 0.005 * kept ? 1.2
                 : changed >= 1           ? 1.1
                                          : 1;
        }
    }
    return round;
}

/* 21 inputs: the last group of four is one weight, that of eight is five; 3:8
 * keeps 9 of them, and so do its masks without groups. */
START_TEST(masks_and_weights_are_those_of_the_definition)
{
    static const struct pattern patterns[4] = {
        { 2, 4 }, { 3, 8 }, { 1, 2 }, { 3, 8 }
    };
    static double d[O * K];
    static uint8_t m[O * K], mask[O * K];
    static float weights[O * K];
    bool whole = _i == 3;
    const struct mask_rule rule = { patterns[_i], 1, 2,
                                    whole ? MASK_UNSTRUCTURED : MASK_GROUPS };
    unsigned rounds = by_definition(d, m, whole ? 9 : patterns[_i].n,
                                    whole ? K : patterns[_i].m);

    memcpy(weights, dense, sizeof weights);
    ck_assert_uint_eq(admm_run(&admm, weights, O, rule, mask), rounds);
    ck_assert_uint_lt(rounds, 150);
    ck_assert_uint_gt(rounds, 6);
    ck_assert_mem_eq(mask, m, sizeof mask);
    for (int i = 0; i < O * K; i++)
        ck_assert_double_eq_tol((double)weights[i],
                                d[i] / sqrt(hessian.h[i % K * (K + 1)]), 1e-6);
}
END_TEST

static double refitted_error(float *weights, const uint8_t *mask)
{
    const struct refit refit = { &hessian, dense, mask, O, 30, 1 };
    double error = 0;

    refit_run(&refit, weights);
    for (int o = 0; o < O; o++)
        error += inputs_error(dense + o * K, weights + o * K, gram, K);
    return error;
}

START_TEST(its_masks_lose_less_than_those_of_sparsegpt_once_both_are_refitted)
{
    static float by_admm[O * K], by_sparsegpt[O * K];
    static uint8_t mask[2][O * K];
    static double factor[K * K];
    const struct mask_rule rule = { { 3, 8 }, 1, 1, MASK_GROUPS };
    struct sparsegpt sparsegpt;
    struct error err;

    memcpy(by_admm, dense, sizeof dense);
    memcpy(by_sparsegpt, dense, sizeof dense);
    memcpy(factor, gram, sizeof gram);
    admm_run(&admm, by_admm, O, rule, mask[0]);
    ck_assert_int_eq(sparsegpt_init(&sparsegpt, factor, K, N, &err), 0);
    sparsegpt_prune(
        &sparsegpt,
        &(struct pruned_layer){ by_sparsegpt, mask[1], O, rule, false }, 0);
    sparsegpt_release(&sparsegpt);
    ck_assert_double_lt(refitted_error(by_admm, mask[0]),
                        0.9 * refitted_error(by_sparsegpt, mask[1]));
}
END_TEST

START_TEST(any_number_of_workers_gives_the_same_bits)
{
    static float first[O * K], weights[O * K];
    static uint8_t mask[O * K];

    for (unsigned workers = 1; workers < 5; workers++) {
        const struct mask_rule rule = { { 2, 4 }, 1, workers, MASK_GROUPS };

        memcpy(weights, dense, sizeof weights);
        admm_run(&admm, weights, O, rule, mask);
        if (workers == 1)
            memcpy(first, weights, sizeof first);
        ck_assert_mem_eq(first, weights, sizeof first);
    }
}
END_TEST

START_TEST(outputs_that_agree_keep_as_many_of_each_pair)
{
    static float weights[O * K];
    static uint8_t mask[O * K];
    const struct mask_rule rule = { { 3, 8 }, 4, 2, MASK_GROUPS };

    memcpy(weights, dense, sizeof weights);
    admm_run(&admm, weights, O, rule, mask);
    for (int o = 0; o < O; o++) {
        for (int k = 0; k + 1 < K; k += 2)
            ck_assert_int_eq(mask[o * K + k] + mask[o * K + k + 1],
                             mask[o / 4 * 4 * K + k] +
                                 mask[o / 4 * 4 * K + k + 1]);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("admm");
    TCase *all = tcase_create("admm");

    tcase_add_checked_fixture(all, enter, leave);
    tcase_add_test(all, the_eigensystem_makes_the_scaled_hessian_again);
    tcase_add_loop_test(all, masks_and_weights_are_those_of_the_definition, 0,
                        4);
    tcase_add_test(
        all,
        its_masks_lose_less_than_those_of_sparsegpt_once_both_are_refitted);
    tcase_add_test(all, any_number_of_workers_gives_the_same_bits);
    tcase_add_test(all, outputs_that_agree_keep_as_many_of_each_pair);
    suite_add_tcase(suite, all);
    return suite;
}
