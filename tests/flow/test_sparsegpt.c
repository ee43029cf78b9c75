/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/prune/sparsegpt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/flow/inputs.h"
#include "tests/suite.h"

enum { O = 6, K = 21, N = 60, MOST = 300 };

/* The inverse of H over the inputs from k on. */
static void rest_inverse(double *rest, const double *h, int k)
{
    for (int i = k; i < K; i++) {
        for (int j = k; j < K; j++)
            rest[(i - k) * (K - k) + j - k] = h[i * K + j];
    }
    inputs_invert(rest, K - k);
}

/*
 * Optimal brain surgeon, column by column: each column's inverse Hessian of
 * what is left is computed anew.
 */
static void by_brain_surgeon(double w[K], const double *h,
                             struct pattern pattern, bool mask[K])
{
    double rest[K * K];

    for (int k = 0; k < K; k++) {
        double error;

        if (k % pattern.m == 0) {
            int end = k + pattern.m < K ? k + pattern.m : K;
            double score[K];

            for (int j = k; j < end; j++) {
                rest_inverse(rest, h, j);
                score[j] = w[j] * w[j] / rest[0];
                mask[j] = false;
            }
            for (int n = 0; n < pattern.n && n < end - k; n++) {
                int best = -1;

                for (int j = k; j < end; j++) {
                    if (!mask[j] && (best < 0 || score[j] > score[best]))
                        best = j;
                }
                mask[best] = true;
            }
        }
        rest_inverse(rest, h, k);
        error = mask[k] ? 0 : w[k] / rest[0];
        w[k] = mask[k] ? w[k] : 0;
        for (int j = k + 1; j < K; j++)
            w[j] -= error * rest[j - k];
    }
}

/* H as the definition has it, with 1 % of its mean diagonal added. */
static void hessian(double *h, const double *gram, uint32_t tokens)
{
    double mean = 0;

    for (int i = 0; i < K * K; i++)
        h[i] = gram[i] * 2 / tokens;
    for (int j = 0; j < K; j++)
        mean += h[j * K + j] / K;
    for (int j = 0; j < K; j++)
        h[j * K + j] += 0.01 * mean;
}

START_TEST(columns_are_settled_as_the_brain_surgeon_does)
{
    static const struct pattern patterns[] = {
        { 2, 4 }, { 3, 8 }, { 1, 6 }, { 3, 8 }
    };
    static const struct pattern all = { 9, K }; /* the last's, without groups */
    uint64_t seed = (uint64_t)_i;
    double x[N * K], gram[K * K], h[K * K];
    struct sparsegpt sparsegpt;
    struct error err;

    inputs_draw(x, gram, N, K, &seed);
    hessian(h, gram, N);
    ck_assert_int_eq(sparsegpt_init(&sparsegpt, gram, K, N, &err), 0);
    ck_assert_uint_eq(sparsegpt.dampened, 0);
    for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
        bool whole = p == 3;
        struct mask_rule rule = { patterns[p], 1, 2,
                                  whole ? MASK_UNSTRUCTURED : MASK_GROUPS };
        float weights[O * K], before[O * K];
        uint8_t mask[O * K];

        for (int i = 0; i < O * K; i++)
            before[i] = weights[i] = (float)inputs_real(&seed);
        sparsegpt_prune(&sparsegpt,
                        &(struct pruned_layer){ weights, mask, O, rule, false },
                        whole ? 0 : 2u * patterns[p].m);
        for (int o = 0; o < O; o++) {
            double w[K];
            bool kept[K];

            for (int k = 0; k < K; k++)
                w[k] = (double)before[o * K + k];
            by_brain_surgeon(w, h, whole ? all : patterns[p], kept);
            for (int k = 0; k < K; k++) {
                ck_assert_int_eq(mask[o * K + k], kept[k]);
                ck_assert(kept[k] || weights[o * K + k] == 0);
                ck_assert_double_eq_tol((double)weights[o * K + k], w[k], 1e-6);
            }
        }
    }
    sparsegpt_release(&sparsegpt);
}
END_TEST

static double output_error(const float *a, const float *b, const double *x,
                           uint32_t tokens, uint32_t inputs)
{
    double sum = 0;

    for (uint32_t t = 0; t < tokens; t++) {
        double apart = 0;

        for (uint32_t k = 0; k < inputs; k++)
            apart += ((double)a[k] - (double)b[k]) * x[(size_t)t * inputs + k];
        sum += apart * apart;
    }
    return sum;
}

/* Wide enough for several lazy blocks. */
START_TEST(the_width_of_lazy_blocks_does_not_matter_and_updating_helps)
{
    enum { ROWS = 40, TOKENS = 2 * MOST };
    uint64_t seed = 7;
    double *x = memory_new(TOKENS * MOST, sizeof *x);
    double *gram = memory_new(MOST * MOST, sizeof *gram);
    float *before = memory_new(ROWS * MOST, sizeof *before);
    float *weights[3], *masked = memory_new(ROWS * MOST, sizeof *masked);
    uint8_t *mask = memory_new(ROWS * MOST, 1);
    struct mask_rule rule = { { 4, 10 }, 1, 0, MASK_GROUPS };
    static const uint32_t widths[3] = { 10, 130, 0 };
    struct sparsegpt sparsegpt;
    struct error err;
    double updated = 0, plain = 0;

    inputs_draw(x, gram, TOKENS, MOST, &seed);
    for (int i = 0; i < ROWS * MOST; i++)
        before[i] = (float)inputs_real(&seed);
    ck_assert_int_eq(sparsegpt_init(&sparsegpt, gram, MOST, TOKENS, &err), 0);
    for (int i = 0; i < 3; i++) {
        weights[i] = memory_new(ROWS * MOST, sizeof *weights[i]);
        memcpy(weights[i], before, ROWS * MOST * sizeof *before);
        sparsegpt_prune(&sparsegpt,
                        &(struct pruned_layer){ weights[i], mask, ROWS, rule,
                                                false },
                        widths[i]);
    }
    for (int i = 0; i < ROWS * MOST; i++) {
        ck_assert_float_eq_tol(weights[0][i], weights[1][i], 1e-5f);
        ck_assert_float_eq_tol(weights[0][i], weights[2][i], 1e-5f);
        masked[i] = mask[i] ? before[i] : 0;
    }
    for (int o = 0; o < ROWS; o++) {
        updated += output_error(before + o * MOST, weights[2] + o * MOST, x,
                                TOKENS, MOST);
        plain +=
            output_error(before + o * MOST, masked + o * MOST, x, TOKENS, MOST);
    }
    ck_assert_double_lt(updated, 0.6 * plain);
    memcpy(weights[0], before, ROWS * MOST * sizeof *before);
    rule.workers = 3;
    sparsegpt_prune(
        &sparsegpt,
        &(struct pruned_layer){ weights[0], mask, ROWS, rule, true }, 0);
    ck_assert_mem_eq(weights[0], weights[2], ROWS * MOST * sizeof *before);
    sparsegpt_release(&sparsegpt);
    for (int i = 0; i < 3; i++)
        free(weights[i]);
    free(mask);
    free(masked);
    free(before);
    free(gram);
    free(x);
}
END_TEST

/* 4:10 keeps 120 of 300 inputs. */
START_TEST(unstructured_masks_keep_their_share_of_every_128_columns)
{
    enum { ROWS = 5, TOKENS = 2 * MOST };
    static const uint32_t end[] = { 0, 128, 256, MOST };
    static const uint32_t kept[] = { 0, 51, 102, 120 };
    uint64_t seed = 8;
    double *x = memory_new(TOKENS * MOST, sizeof *x);
    double *gram = memory_new(MOST * MOST, sizeof *gram);
    float *weights = memory_new(ROWS * MOST, sizeof *weights);
    uint8_t *mask = memory_new(ROWS * MOST, 1);
    struct mask_rule rule = { { 4, 10 }, 1, 2, MASK_UNSTRUCTURED };
    struct sparsegpt sparsegpt;
    struct error err;

    inputs_draw(x, gram, TOKENS, MOST, &seed);
    for (int i = 0; i < ROWS * MOST; i++)
        weights[i] = (float)inputs_real(&seed);
    ck_assert_int_eq(sparsegpt_init(&sparsegpt, gram, MOST, TOKENS, &err), 0);
    sparsegpt_prune(&sparsegpt,
                    &(struct pruned_layer){ weights, mask, ROWS, rule, false },
                    0);
    for (int o = 0; o < ROWS; o++) {
        uint32_t k = 0, sum = 0;

        for (int i = 0; i < 4; i++) {
            for (; k < end[i]; k++)
                sum += mask[(uint32_t)o * MOST + k];
            ck_assert_uint_eq(sum, kept[i]);
        }
    }
    sparsegpt_release(&sparsegpt);
    free(mask);
    free(weights);
    free(gram);
    free(x);
}
END_TEST

START_TEST(outputs_that_agree_keep_as_many_of_each_pair)
{
    uint64_t seed = 3;
    double x[N * K], gram[K * K];
    float weights[O * K];
    uint8_t mask[O * K];
    struct sparsegpt sparsegpt;
    struct error err;

    inputs_draw(x, gram, N, K, &seed);
    for (int i = 0; i < O * K; i++)
        weights[i] = (float)inputs_real(&seed);
    ck_assert_int_eq(sparsegpt_init(&sparsegpt, gram, K, N, &err), 0);
    sparsegpt_prune(&sparsegpt,
                    &(struct pruned_layer){
                        weights, mask, O,
                        (struct mask_rule){ { 3, 8 }, 4, 1, MASK_GROUPS },
                        false },
                    0);
    for (int o = 0; o < O; o++) {
        for (int k = 0; k + 1 < K; k += 2)
            ck_assert_int_eq(mask[o * K + k] + mask[o * K + k + 1],
                             mask[o / 4 * 4 * K + k] +
                                 mask[o / 4 * 4 * K + k + 1]);
    }
    sparsegpt_release(&sparsegpt);
}
END_TEST

START_TEST(an_input_that_is_always_zero_loses_its_weights)
{
    uint64_t seed = 5;
    double x[N * K], gram[K * K];
    float weights[O * K];
    uint8_t mask[O * K];
    struct sparsegpt sparsegpt;
    struct error err;

    inputs_draw(x, gram, N, K, &seed);
    for (int k = 0; k < K; k++)
        gram[4 * K + k] = gram[k * K + 4] = 0;
    for (int i = 0; i < O * K; i++)
        weights[i] = (float)inputs_real(&seed);
    ck_assert_int_eq(sparsegpt_init(&sparsegpt, gram, K, N, &err), 0);
    sparsegpt_prune(&sparsegpt,
                    &(struct pruned_layer){
                        weights, mask, O,
                        (struct mask_rule){ { 3, 4 }, 1, 1, MASK_GROUPS },
                        false },
                    0);
    for (int o = 0; o < O; o++) {
        ck_assert(weights[o * K + 4] == 0);
        ck_assert_int_eq(mask[o * K + 4], 0);
        for (int k = 0; k < K; k++)
            ck_assert(isfinite(weights[o * K + k]));
    }
    sparsegpt_release(&sparsegpt);
}
END_TEST

START_TEST(a_hessian_that_is_no_sum_of_squares_is_dampened_or_refused)
{
    double gram[4] = { 1, 1.05, 1.05, 1 };
    double hopeless[4] = { 1, 100, 100, 1 };
    struct sparsegpt sparsegpt;
    struct error err;

    ck_assert_int_eq(sparsegpt_init(&sparsegpt, gram, 2, 2, &err), 0);
    ck_assert_uint_eq(sparsegpt.dampened, 1);
    sparsegpt_release(&sparsegpt);
    ck_assert_int_eq(sparsegpt_init(&sparsegpt, hopeless, 2, 2, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "even with 10 of"));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("sparsegpt");
    TCase *all = tcase_create("sparsegpt");

    tcase_add_loop_test(all, columns_are_settled_as_the_brain_surgeon_does, 0,
                        3);
    tcase_add_test(all,
                   the_width_of_lazy_blocks_does_not_matter_and_updating_helps);
    tcase_add_test(all,
                   unstructured_masks_keep_their_share_of_every_128_columns);
    tcase_add_test(all, outputs_that_agree_keep_as_many_of_each_pair);
    tcase_add_test(all, an_input_that_is_always_zero_loses_its_weights);
    tcase_add_test(all,
                   a_hessian_that_is_no_sum_of_squares_is_dampened_or_refused);
    suite_add_tcase(suite, all);
    return suite;
}
