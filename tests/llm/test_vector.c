/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/vector.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/random.h"
#include "tests/suite.h"

enum { MOST = 100 };

static uint64_t state = 17;

/* Of either sign, up to `size`. */
static float any(double size)
{
    double share = (double)random_below(&state, 1u << 30) / (1u << 29) - 1;

    return (float)(share * size);
}

static void fill(float *x, size_t count, double size)
{
    for (size_t i = 0; i < count; i++)
        x[i] = any(size);
}

static void must_be_near(float is, double wanted, double relative)
{
    ck_assert_msg(fabs((double)is - wanted) <= relative * fabs(wanted),
                  "%.9g, not %.9g", (double)is, wanted);
}

START_TEST(exp_is_within_three_parts_in_ten_million)
{
    float x[MOST], y[MOST];

    for (unsigned trial = 0; trial < 5000; trial++) {
        fill(x, MOST, trial % 2 ? 87 : 2);
        memcpy(y, x, sizeof x);
        vector_exp(y, MOST);
        for (size_t i = 0; i < MOST; i++)
            must_be_near(y[i], exp((double)x[i]), 3e-7);
    }
}
END_TEST

START_TEST(exp_at_its_ends_is_small_or_large_and_nan_stays_nan)
{
    float x[] = { 0, -1000, 1000, NAN, -INFINITY, 1, -0.0f };

    vector_exp(x, 7);
    ck_assert(x[0] == 1 && x[6] == 1);
    ck_assert(x[1] < 2e-38f && x[1] >= 0 && x[4] < 2e-38f && x[4] >= 0);
    ck_assert(x[2] > 1e38f && isfinite(x[2]));
    ck_assert(isnan(x[3]));
    must_be_near(x[5], exp(1), 2e-7);
}
END_TEST

START_TEST(activations_are_those_of_the_formula_at_any_length)
{
    float x[MOST] = { 0 }, y[MOST], g[MOST];

    for (size_t count = 0; count < MOST; count++) {
        fill(x, count, 25);
        memcpy(y, x, sizeof x);
        vector_silu(y, count);
        for (size_t i = 0; i < count; i++)
            must_be_near(y[i], (double)x[i] / (1 + exp(-(double)x[i])), 6e-7);
        memcpy(g, x, sizeof x);
        fill(y, count, 3);
        memcpy(x, y, sizeof y);
        vector_silu_times(y, g, count);
        for (size_t i = 0; i < count; i++)
            must_be_near(y[i],
                         (double)x[i] * (double)g[i] / (1 + exp(-(double)g[i])),
                         7e-7);
        fill(x, count, 40);
        memcpy(y, x, sizeof x);
        vector_softplus(y, count);
        for (size_t i = 0; i < count; i++)
            must_be_near(y[i], log1p(exp((double)x[i])), 3e-7);
        vector_relu(x, count);
        for (size_t i = 0; i < count; i++)
            ck_assert(x[i] >= 0);
    }
}
END_TEST

START_TEST(gelu_is_the_tanh_form)
{
    float x[MOST], y[MOST];

    for (unsigned trial = 0; trial < 100; trial++) {
        fill(x, MOST, 6);
        memcpy(y, x, sizeof x);
        vector_gelu(y, MOST);
        for (size_t i = 0; i < MOST; i++) {
            double v = (double)x[i];
            double wanted =
                0.5 * v *
                (1 + tanh(sqrt(2 / M_PI) * (v + 0.044715 * v * v * v)));

            ck_assert_double_le(fabs((double)y[i] - wanted), 1e-6);
        }
    }
}
END_TEST

START_TEST(sums_of_exponentials_hold_for_large_numbers_and_any_length)
{
    float x[MOST], y[MOST];

    for (size_t count = 1; count < MOST; count++) {
        double most = -INFINITY, sum = 0, shift = (double)any(1000);
        float shifted;

        for (size_t i = 0; i < count; i++) {
            x[i] = (float)(shift + (double)any(8));
            most = fmax(most, (double)x[i]);
        }
        for (size_t i = 0; i < count; i++)
            sum += exp((double)x[i] - most);
        memcpy(y, x, sizeof x);
        shifted = vector_exp_shifted(y, count);
        must_be_near(shifted, sum, 2e-6);
        for (size_t i = 0; i < count; i++)
            must_be_near(y[i], exp((double)x[i] - most), 2e-6);
        ck_assert_double_le(
            fabs(vector_log_sum_exp(x, count) - most - log(sum)), 1e-6);
    }
}
END_TEST

START_TEST(norms_are_those_of_the_formula)
{
    float x[MOST], w[MOST], b[MOST], rms[MOST], layer[MOST];

    for (size_t count = 1; count < MOST; count++) {
        double square = 0, mean = 0, variance = 0;

        fill(x, count, 3);
        fill(w, count, 2);
        fill(b, count, 1);
        for (size_t i = 0; i < count; i++) {
            square += (double)x[i] * (double)x[i] / (double)count;
            mean += (double)x[i] / (double)count;
        }
        for (size_t i = 0; i < count; i++)
            variance += pow((double)x[i] - mean, 2) / (double)count;
        vector_norm(rms, x, w, NULL, count, 1e-3);
        vector_norm(layer, x, w, b, count, 1e-3);
        for (size_t i = 0; i < count; i++) {
            must_be_near(rms[i],
                         (double)x[i] * (double)w[i] / sqrt(square + 1e-3),
                         5e-7);
            ck_assert_double_le(fabs((double)layer[i] - (double)b[i] -
                                     ((double)x[i] - mean) * (double)w[i] /
                                         sqrt(variance + 1e-3)),
                                3e-6);
        }
    }
}
END_TEST

START_TEST(sums_and_products_go_number_by_number)
{
    float x[MOST], y[MOST], z[MOST], out[MOST];
    double squares[MOST] = { 0 };

    fill(x, MOST, 5);
    fill(y, MOST, 5);
    fill(z, MOST, 5);
    memcpy(out, x, sizeof x);
    vector_add(out, y, MOST);
    vector_multiply(out, z, MOST);
    vector_scale(out, 0.5f, MOST);
    vector_add_squares(squares, x, MOST);
    vector_add_squares(squares, y, MOST);
    for (size_t i = 0; i < MOST; i++) {
        ck_assert(out[i] == (x[i] + y[i]) * z[i] * 0.5f);
        ck_assert(squares[i] ==
                  (double)x[i] * (double)x[i] + (double)y[i] * (double)y[i]);
    }
}
END_TEST

START_TEST(a_long_rows_sum_of_exponentials_is_that_of_the_formula)
{
    enum { LONG = 1500 };
    float x[LONG];

    for (size_t count = 400; count < LONG; count += 37) {
        double sum = 0;

        fill(x, count, 9);
        for (size_t i = 0; i < count; i++)
            sum += exp((double)x[i]);
        ck_assert_double_le(fabs(vector_log_sum_exp(x, count) - log(sum)),
                            1e-6);
    }
}
END_TEST

START_TEST(a_head_is_scaled_by_its_own_factor)
{
    enum { HEADS = 5, HEAD = 20 };
    float x[MOST], y[MOST], sum[MOST], factor[HEADS];

    fill(y, MOST, 5);
    fill(sum, MOST, 5);
    fill(factor, HEADS, 2);
    memcpy(x, sum, sizeof x);
    vector_add_heads(sum, y, factor, HEADS, HEAD);
    for (size_t i = 0; i < MOST; i++)
        ck_assert(sum[i] == x[i] + y[i] * factor[i / HEAD]);
    vector_scale_heads(x, y, factor, HEADS, HEAD);
    for (size_t i = 0; i < MOST; i++)
        ck_assert(x[i] == y[i] * factor[i / HEAD]);
    vector_scale_heads(y, y, factor, HEADS, HEAD);
    ck_assert_mem_eq(x, y, sizeof x);
}
END_TEST

START_TEST(what_fades_is_that_of_the_formula)
{
    float x[MOST], y[MOST] = { 0 };
    double decay[MOST] = { 0 };

    for (size_t count = 0; count < MOST; count++) {
        fill(y, count, 5);
        for (size_t i = 0; i < count; i++)
            decay[i] = (double)any(8);
        vector_fade(x, y, decay, 1.5, count);
        for (size_t i = 0; i < count; i++)
            must_be_near(x[i], exp(1.5 - decay[i]) * (double)y[i], 2e-6);
    }
}
END_TEST

START_TEST(a_convolution_is_that_of_the_formula_for_any_number_of_taps)
{
    enum { TAPS = 6 };
    float x[TAPS * MOST], taps[TAPS * MOST], bias[MOST], out[MOST];

    for (size_t count = 1; count < MOST; count++) {
        size_t taken = 1 + random_below(&state, TAPS);

        fill(x, taken * MOST, 3);
        fill(taps, taken * count, 1);
        fill(bias, count, 2);
        vector_convolve_silu(out, x, MOST, taps, bias, taken, count);
        for (size_t i = 0; i < count; i++) {
            double sum = (double)bias[i], wanted;

            for (size_t j = 0; j < taken; j++)
                sum += (double)taps[j * count + i] * (double)x[j * MOST + i];
            wanted = sum / (1 + exp(-sum));
            ck_assert_double_le(fabs((double)out[i] - wanted), 5e-6);
        }
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("vector");
    TCase *loops = tcase_create("loops");

    tcase_add_test(loops, exp_is_within_three_parts_in_ten_million);
    tcase_add_test(loops, exp_at_its_ends_is_small_or_large_and_nan_stays_nan);
    tcase_add_test(loops, activations_are_those_of_the_formula_at_any_length);
    tcase_add_test(loops, gelu_is_the_tanh_form);
    tcase_add_test(loops,
                   sums_of_exponentials_hold_for_large_numbers_and_any_length);
    tcase_add_test(loops,
                   a_long_rows_sum_of_exponentials_is_that_of_the_formula);
    tcase_add_test(loops, norms_are_those_of_the_formula);
    tcase_add_test(loops, sums_and_products_go_number_by_number);
    tcase_add_test(loops, a_head_is_scaled_by_its_own_factor);
    tcase_add_test(loops, what_fades_is_that_of_the_formula);
    tcase_add_test(loops,
                   a_convolution_is_that_of_the_formula_for_any_number_of_taps);
    suite_add_tcase(suite, loops);
    return suite;
}
