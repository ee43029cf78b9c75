/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A machine's arithmetic against loops over integers, against all numbers of
 * binary16, and against a program in another language that runs llama-7m over
 * 10 tokens: in Python, doubles and its own integers (traces/checkpoints).
 */
#include "llm/machine_arithmetic.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/random.h"
#include "llm/generation.h"
#include "llm/perplexity.h"
#include "tensor/dtype.h"
#include "tensor/quantize.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

static float *draw_integers(size_t count, uint64_t *seed)
{
    float *numbers = memory_new_aligned(count, sizeof *numbers);

    for (size_t i = 0; i < count; i++) /* mostly the largest: sums grow */
        numbers[i] =
            random_below(seed, 3) ? 127 : (float)random_below(seed, 255) - 127;
    return numbers;
}

START_TEST(sums_are_exact_however_long)
{
    static const uint32_t inner[] = { 1, 31, 1024, 1025, 9000 };
    enum { ROWS = 3, COLUMNS = 5 };
    uint64_t seed = 5;

    for (int i = 0; i < 5; i++) {
        float *a = draw_integers(ROWS * inner[i], &seed);
        float *b = draw_integers(COLUMNS * inner[i], &seed);
        float out[ROWS * COLUMNS];

        for (int held = EXACT_ROWS; held <= EXACT_COLUMNS; held++) {
            struct exact_product product = { .a = a,
                                             .b = b,
                                             .a_stride = inner[i],
                                             .b_stride = inner[i],
                                             .rows = ROWS,
                                             .columns = COLUMNS,
                                             .inner = inner[i],
                                             .out = out,
                                             .stride = COLUMNS };
            bool rows = held == EXACT_ROWS;

            product.b_holds = rows ? EXACT_ROWS : EXACT_COLUMNS;
            product.b_stride = rows ? inner[i] : COLUMNS;
            exact_multiply(&product);
            for (size_t r = 0; r < ROWS; r++)
                for (size_t c = 0; c < COLUMNS; c++) {
                    int64_t sum = 0;

                    for (size_t k = 0; k < inner[i]; k++)
                        sum += (int64_t)a[r * inner[i] + k] *
                               (int64_t)
                                   b[rows ? c * inner[i] + k : k * COLUMNS + c];
                    ck_assert_float_eq(out[r * COLUMNS + c], (float)sum);
                }
        }
        free(a);
        free(b);
    }
}
END_TEST

START_TEST(a_map_gives_what_integers_give_to_the_last_bit)
{
    enum { TOKENS = 7, INPUTS = 1300, OUTPUTS = 301 };
    uint64_t seed = 11;
    float *x = memory_new(TOKENS * INPUTS, sizeof *x);
    float *w = memory_new(OUTPUTS * INPUTS, sizeof *w);
    int8_t *x8 = memory_new(TOKENS * INPUTS, 1);
    int8_t *w8 = memory_new(OUTPUTS * INPUTS, 1);
    float scale[OUTPUTS], x_scale[TOKENS], y[TOKENS * OUTPUTS];

    for (size_t i = 0; i < TOKENS * INPUTS; i++)
        x[i] = (float)random_below(&seed, 10000) / 777 - 6;
    for (size_t i = 0; i < OUTPUTS * INPUTS; i++)
        w[i] = (float)random_below(&seed, 10000) / 991 - 5;
    quantize_rows(x8, x_scale, x, TOKENS, INPUTS);
    quantize_rows(w8, scale, w, OUTPUTS, INPUTS);
    for (size_t o = 0; o < OUTPUTS; o++)
        quantize_round(w + o * INPUTS, w + o * INPUTS, INPUTS, scale[o]);
    exact_products.multiply(exact_products.context,
                            &(struct model_product){ .tokens = TOKENS,
                                                     .inputs = INPUTS,
                                                     .outputs = OUTPUTS,
                                                     .x = x,
                                                     .scale = scale,
                                                     .weights = w,
                                                     .y = y,
                                                     .stride = OUTPUTS });
    for (size_t t = 0; t < TOKENS; t++)
        for (size_t o = 0; o < OUTPUTS; o++) {
            int32_t sum = 0;

            for (size_t k = 0; k < INPUTS; k++)
                sum += x8[t * INPUTS + k] * w8[o * INPUTS + k];
            ck_assert_float_eq(y[t * OUTPUTS + o],
                               (float)sum * x_scale[t] * scale[o]);
        }
    free(x);
    free(w);
    free(x8);
    free(w8);
}
END_TEST

/* The scale of subnormal numbers is rounded by up to a half, so that quotients
 * may be over 127: both ways to integers end there. */
START_TEST(no_integer_is_over_127_however_small_the_numbers)
{
    for (int most = 1; most < 600; most++) {
        float row[] = { (float)most * 0x1p-149f, (float)-most * 0x1p-149f,
                        0x1p-149f, 0 },
              values[4];
        float scale = exact_quantize(values, row, 4);
        int8_t integers[4];

        quantize_row(integers, row, 4, scale);
        for (int i = 0; i < 4; i++) {
            ck_assert(fabsf(values[i]) <= 127);
            ck_assert_int_eq((int)values[i], integers[i]);
        }
    }
}
END_TEST

/* Every finite number of binary16 stays; between two neighbours the nearer is
 * taken, and half way the one whose last bit is 0. */
START_TEST(states_are_the_nearest_numbers_of_16_bits)
{
    for (uint16_t bits = 0; bits < 0x7bff; bits++) {
        float low = dtype_f16_to_f32(bits), one = low;
        float high = dtype_f16_to_f32((uint16_t)(bits + 1));
        float middle = low + (high - low) / 2;
        float row[] = {
            low,   middle, nextafterf(middle, low), nextafterf(middle, high),
            -high, -middle
        };

        half_round(row, sizeof row / sizeof *row);
        ck_assert_float_eq(row[0], one);
        ck_assert_float_eq(row[1], bits % 2 ? high : low);
        ck_assert_float_eq(row[2], low);
        ck_assert_float_eq(row[3], high);
        ck_assert_float_eq(row[4], -high);
        ck_assert_float_eq(row[5], bits % 2 ? -high : -low);
    }
}
END_TEST

START_TEST(what_16_bits_do_not_hold_is_the_largest_that_they_do)
{
    float row[] = { 65520, 1e30f, -70000, INFINITY, 1e-9f };

    half_round(row, 5);
    ck_assert_float_eq(row[0], 65504);
    ck_assert_float_eq(row[1], 65504);
    ck_assert_float_eq(row[2], -65504);
    ck_assert_float_eq(row[3], 65504);
    ck_assert_float_eq(row[4], 0);
}
END_TEST

static double loss_of(const struct model *model, uint32_t length,
                      enum model_arithmetic arithmetic)
{
    const struct model_walk walk = { .arithmetic = arithmetic };
    struct perplexity perplexity;
    struct model_tokens tokens;
    struct error err;

    ck_assert_int_eq(model_tokens_read(&tokens, SHIPPED("tokens.safetensors"),
                                       "test", 1, model, &err),
                     0);
    tokens.length = length;
    ck_assert_int_eq(
        perplexity_measure(&perplexity, model, &tokens, &walk, &err), 0);
    model_tokens_release(&tokens);
    return perplexity.loss;
}

START_TEST(llama_7m_has_the_loss_that_another_program_gives)
{
    struct model *model = tiny_open(SHIPPED("llama-7m"));

    ck_assert_double_eq_tol(loss_of(model, 10, ARITHMETIC_F32), 1.07935336,
                            2e-5);
    ck_assert_double_eq_tol(loss_of(model, 10, ARITHMETIC_MACHINE), 1.09149192,
                            2e-5);
    model_close(model);
}
END_TEST

/* States of 16 bits move a little, and never nothing. */
START_TEST(mamba2_6m_loses_little_to_its_states)
{
    struct model *model = tiny_open(SHIPPED("mamba2-6m"));
    double f32 = loss_of(model, 100, ARITHMETIC_F32);
    double rounded = loss_of(model, 100, ARITHMETIC_W8A8);
    double machine = loss_of(model, 100, ARITHMETIC_MACHINE);

    ck_assert_double_lt(fabs(machine - f32), 0.02);
    ck_assert_double_lt(fabs(machine - rounded), 0.01);
    ck_assert_double_ne(machine, rounded);
    model_close(model);
}
END_TEST

/* A Llama whose feed-forward is as wide as asked, all numbers 0. */
static struct model *wide_model(uint32_t width)
{
    static const char *const square[] = { "q_proj", "k_proj", "v_proj",
                                          "o_proj" };
    struct tiny_hole hole;
    char name[80];
    FILE *file;

    ck_assert_int_eq(mkdir("wide", 0777) < 0 && errno != EEXIST, 0);
    ck_assert_int_eq(chdir("wide"), 0);
    file = fopen("config.json", "w");
    fprintf(file,
            "{\"model_type\": \"llama\", \"vocab_size\": 11,"
            " \"hidden_size\": 8, \"num_hidden_layers\": 1,"
            " \"intermediate_size\": %u, \"num_attention_heads\": 2,"
            " \"num_key_value_heads\": 2, \"rms_norm_eps\": 1e-5,"
            " \"max_position_embeddings\": 64, \"hidden_act\": \"silu\"}",
            width);
    fclose(file);
    tiny_hole_begin(&hole);
    tiny_hole_add(&hole, "model.embed_tokens.weight", 11, 8);
    tiny_hole_add(&hole, "lm_head.weight", 11, 8);
    tiny_hole_add(&hole, "model.norm.weight", 8, 0);
    tiny_hole_add(&hole, "model.layers.0.input_layernorm.weight", 8, 0);
    tiny_hole_add(&hole, "model.layers.0.post_attention_layernorm.weight", 8,
                  0);
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "model.layers.0.self_attn.%s.weight",
                 square[i]);
        tiny_hole_add(&hole, name, 8, 8);
    }
    tiny_hole_add(&hole, "model.layers.0.mlp.gate_proj.weight", width, 8);
    tiny_hole_add(&hole, "model.layers.0.mlp.up_proj.weight", width, 8);
    tiny_hole_add(&hole, "model.layers.0.mlp.down_proj.weight", 8, width);
    tiny_hole_write(&hole);
    ck_assert_int_eq(chdir(".."), 0);
    return tiny_open("wide");
}

/* As many products as the machines' layers have at most; one more is refused by
 * name, before any of them is added. */
START_TEST(a_sum_that_32_bits_may_not_hold_is_refused_by_name)
{
    const struct model_walk walk = { .arithmetic = ARITHMETIC_MACHINE };
    struct model_tokens rows = tiny_tokens(1, 4);
    struct perplexity perplexity;
    struct model *model;
    struct error err;

    tiny_enter();
    model = wide_model(EXACT_LONGEST + 1);
    ck_assert_int_eq(perplexity_measure(&perplexity, model, &rows, &walk, &err),
                     -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_str_eq(err.text,
                     "wide: model.layers.0.mlp.down_proj adds up 131072 "
                     "products; sums of 32 bits, as the machines have, hold at "
                     "most 131071 of 8-bit numbers");
    ck_assert_int_eq(generation_check(model, 2, 2, &err), -1);
    ck_assert_int_eq(perplexity_measure(&perplexity, model, &rows, NULL, &err),
                     0);
    ck_assert_int_eq(exact_check(model, 4, &err), -1);
    model_close(model);
    model = wide_model(EXACT_LONGEST);
    ck_assert_int_eq(perplexity_measure(&perplexity, model, &rows, &walk, &err),
                     0);
    ck_assert_int_eq(exact_check(model, EXACT_LONGEST, &err), 0);
    ck_assert_int_eq(exact_check(model, EXACT_LONGEST + 1, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "attention over a row"));
    model_close(model);
    model_tokens_release(&rows);
    tiny_leave();
}
END_TEST

/* Trained with 32 positions, both of them. */
START_TEST(tokens_are_not_kept_where_positions_turn_anew)
{
    static const struct {
        const char *family;
        uint32_t prompt, made;
        bool good;
    } cases[] = {
        { "llama-dynamic", 30, 3, true },   { "llama-dynamic", 30, 4, false },
        { "llama-dynamic", 40, 1, false },  { "phi3-longrope", 30, 3, true },
        { "phi3-longrope", 30, 4, false },  { "phi3-longrope", 33, 20, true },
        { "phi3-longrope", 32, 20, false }, { "llama-yarn", 30, 20, true },
        { "llama-rope3", 30, 20, true },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *folder = memory_printf(SOURCE_ROOT "/tests/llm/families/%s",
                                     cases[i].family);
        struct model *model = tiny_open(folder);
        struct error err;
        int status =
            generation_check(model, cases[i].prompt, cases[i].made, &err);

        ck_assert_msg(status == (cases[i].good ? 0 : -1), "case %zu", i);
        if (status < 0)
            ck_assert_ptr_nonnull(strstr(err.text, cases[i].family));
        model_close(model);
        free(folder);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("machine_arithmetic");
    TCase *all = tcase_create("all");

    tcase_add_test(all, sums_are_exact_however_long);
    tcase_add_test(all, a_map_gives_what_integers_give_to_the_last_bit);
    tcase_add_test(all, no_integer_is_over_127_however_small_the_numbers);
    tcase_add_test(all, states_are_the_nearest_numbers_of_16_bits);
    tcase_add_test(all, what_16_bits_do_not_hold_is_the_largest_that_they_do);
    tcase_add_test(all, llama_7m_has_the_loss_that_another_program_gives);
    tcase_add_test(all, a_sum_that_32_bits_may_not_hold_is_refused_by_name);
    tcase_add_test(all, tokens_are_not_kept_where_positions_turn_anew);
    tcase_add_test(all, mamba2_6m_loses_little_to_its_states);
    suite_add_tcase(suite, all);
    return suite;
}
