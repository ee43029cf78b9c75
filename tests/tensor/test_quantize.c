/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tensor/quantize.h"

#include <fenv.h>
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "tests/suite.h"

START_TEST(halves_go_to_the_even_neighbour)
{
    const float row[] = { 127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 126.5f };
    const int8_t wanted[] = { 127, 0, 2, 2, 0, -2, -2, 126 };
    int8_t values[8];

    ck_assert(quantize_scale(row, 8) == 1);
    quantize_row(values, row, 8, 1);
    ck_assert_mem_eq(values, wanted, 8);
}
END_TEST

START_TEST(a_row_of_zeros_has_scale_0_and_values_0)
{
    const float x[] = { 0, -0.0f, 0, 254, -254, 1 };
    int8_t values[6] = { 9, 9, 9, 9, 9, 9 };
    float scales[2];

    quantize_rows(values, scales, x, 2, 3);
    ck_assert(scales[0] == 0 && scales[1] == 2);
    ck_assert_mem_eq(values, ((int8_t[]){ 0, 0, 0, 127, -127, 0 }), 6);
}
END_TEST

/* nearbyint() in the default mode is the definition of half to even. */
START_TEST(a_row_with_what_is_no_number_has_no_scale_and_values_0)
{
    const float strange[] = { NAN, INFINITY, -INFINITY };

    for (size_t i = 0; i < 3; i++)
        for (size_t at = 0; at < 19; at++) {
            float row[19], out[19], scale;
            int8_t values[19];

            for (size_t k = 0; k < 19; k++)
                row[k] = (float)k - 7;
            row[at] = strange[i];
            scale = quantize_scale(row, 19);
            ck_assert(isnan(scale));
            quantize_row(values, row, 19, scale);
            quantize_round(out, row, 19, scale);
            for (size_t k = 0; k < 19; k++)
                ck_assert(values[k] == 0 && isnan(out[k]));
        }
}
END_TEST

START_TEST(random_rows_of_any_size_round_as_the_library_does)
{
    uint64_t state = 11;
    float row[97];
    int8_t values[97];

    for (unsigned trial = 0; trial < 3000; trial++) {
        size_t count = 1 + random_below(&state, 97);
        int power = (int)random_below(&state, 276) - 149;
        float scale;

        for (size_t i = 0; i < count; i++)
            row[i] = ldexpf((float)random_below(&state, 1 << 20) - (1 << 19),
                            power - 20);
        scale = quantize_scale(row, count);
        quantize_row(values, row, count, scale);
        for (size_t i = 0; i < count && scale > 0; i++) {
            double wanted = nearbyint((double)(row[i] / scale));

            wanted = fmax(fmin(wanted, 127), -127);
            ck_assert_msg(values[i] == wanted, "trial %u, %zu: %a / %a", trial,
                          i, (double)row[i], (double)scale);
        }
    }
}
END_TEST

START_TEST(rounded_numbers_are_value_times_scale_and_stay_in_range)
{
    const float row[] = { 1, -3, 0.24f, 0.26f, 100 };
    float out[5];

    quantize_round(out, row, 5, 0.5f);
    ck_assert(out[0] == 1 && out[1] == -3 && out[2] == 0 && out[3] == 0.5f);
    ck_assert(out[4] == 63.5f);
    quantize_round(out, row, 5, 0);
    ck_assert(out[0] == 0 && out[4] == 0);
}
END_TEST

START_TEST(the_error_is_at_most_half_a_step)
{
    uint64_t state = 5;
    float row[64], scale;
    int8_t values[64];

    for (size_t i = 0; i < 64; i++)
        row[i] = (float)random_below(&state, 100000) * 1e-5f - 0.3f;
    scale = quantize_scale(row, 64);
    quantize_row(values, row, 64, scale);
    for (size_t i = 0; i < 64; i++)
        ck_assert(fabs((double)row[i] - values[i] * (double)scale) <=
                  0.50001 * (double)scale);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("quantize");
    TCase *rows = tcase_create("rows");

    tcase_add_test(rows, halves_go_to_the_even_neighbour);
    tcase_add_test(rows, a_row_of_zeros_has_scale_0_and_values_0);
    tcase_add_test(rows,
                   a_row_with_what_is_no_number_has_no_scale_and_values_0);
    tcase_add_test(rows, random_rows_of_any_size_round_as_the_library_does);
    tcase_add_test(rows,
                   rounded_numbers_are_value_times_scale_and_stay_in_range);
    tcase_add_test(rows, the_error_is_at_most_half_a_step);
    suite_add_tcase(suite, rows);
    return suite;
}
