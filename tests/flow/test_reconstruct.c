/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/prune/reconstruct.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "llm/gradient.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

enum { ROWS = 5, TOKENS = 9, SIZE = ROWS * TOKENS * TINY_WIDTH, FIRST = 7 };
enum { MOST = TINY_FEED * TINY_WIDTH };

static struct model *model;
static struct model_block *block;
static float input[SIZE], target[SIZE];
static uint8_t *mask[TINY_LAYERS];

static float real(uint64_t *seed)
{
    return (float)((double)random_below(seed, 2000001) * 1e-6 - 1);
}

static size_t size_of(size_t layer)
{
    return (size_t)model_layer(model, layer)->shape.inputs *
           model_layer(model, layer)->shape.outputs;
}

/* Half of the weights of every layer of block 1 but v are pruned; the targets
 * are what it made before of other inputs. */
static void enter(void)
{
    uint64_t seed = 31;
    struct model_scratch *scratch;
    struct error err;

    tiny_enter();
    tiny_write("m", &(struct tiny){ 0 });
    model = tiny_open("m");
    ck_assert_int_eq(model_block_load(&block, model, 1, &err), 0);
    scratch = model_scratch_new(model, TOKENS);
    for (int i = 0; i < SIZE; i++) {
        input[i] = real(&seed);
        target[i] = input[i] + 0.1f * real(&seed);
    }
    for (size_t row = 0; row < ROWS; row++)
        model_block_run(block, scratch, target + row * TOKENS * TINY_WIDTH,
                        TOKENS, row, NULL);
    model_scratch_free(scratch);
    for (size_t layer = FIRST; layer < TINY_LAYERS; layer++) {
        float *weights = model_block_layer(block, layer);

        if (layer == FIRST + 2)
            continue;
        mask[layer] = memory_new(size_of(layer), 1);
        for (size_t i = 0; i < size_of(layer); i++) {
            mask[layer][i] = random_below(&seed, 2) == 0;
            weights[i] = mask[layer][i] ? weights[i] : 0;
        }
    }
}

static void leave(void)
{
    for (size_t layer = 0; layer < TINY_LAYERS; layer++) {
        free(mask[layer]);
        mask[layer] = NULL;
    }
    model_block_free(block);
    model_close(model);
    tiny_leave();
}

static struct reconstruction whole(uint32_t steps)
{
    return (struct reconstruction){ .model = model,
                                    .block = block,
                                    .number = 1,
                                    .mask = mask,
                                    .input = input,
                                    .target = target,
                                    .rows = ROWS,
                                    .tokens = TOKENS,
                                    .how = { steps, 1e-2, 6 } };
}

START_TEST(the_loss_falls_and_what_is_pruned_stays_so)
{
    const struct reconstruction what = whole(100);
    struct reconstruction_loss loss;
    struct error err;

    ck_assert_int_eq(reconstruct_run(&what, &loss, &err), 0);
    ck_assert_double_lt(loss.after, 0.5 * loss.before);
    for (size_t layer = FIRST; layer < TINY_LAYERS; layer++) {
        const float *weights = model_block_layer(block, layer);

        for (size_t i = 0; mask[layer] && i < size_of(layer); i++)
            ck_assert_int_eq(weights[i] != 0, mask[layer][i]);
    }
}
END_TEST

START_TEST(any_number_of_workers_gives_the_same_bits)
{
    static float before[TINY_LAYERS][MOST], first[TINY_LAYERS][MOST];
    struct error err;

    for (size_t layer = FIRST; layer < TINY_LAYERS; layer++)
        memcpy(before[layer], model_block_layer(block, layer),
               size_of(layer) * sizeof(float));
    for (unsigned workers = 1; workers < 5; workers++) {
        struct reconstruction what = whole(7);

        what.work.workers = workers;
        what.room = workers > 1; /* as many rows at a time, or eight */
        ck_assert_int_eq(reconstruct_run(&what, NULL, &err), 0);
        for (size_t layer = FIRST; layer < TINY_LAYERS; layer++) {
            float *weights = model_block_layer(block, layer);
            size_t bytes = size_of(layer) * sizeof(float);

            if (workers == 1)
                memcpy(first[layer], weights, bytes);
            ck_assert_mem_eq(first[layer], weights, bytes);
            ck_assert_mem_ne(before[layer], weights, bytes);
            memcpy(weights, before[layer], bytes);
        }
    }
}
END_TEST

/* Adam as it is defined, in double, row by row; gradients are tested where they
 * are made. */
static void by_definition(double *weights[TINY_LAYERS], uint32_t steps)
{
    static double first[TINY_LAYERS][MOST], second[TINY_LAYERS][MOST];
    struct gradient_row *row = gradient_row_new(model, TOKENS);
    uint64_t random = random_mix(((uint64_t)1 << 32) + 6);
    enum { ROW = TOKENS * TINY_WIDTH };
    double mean = 0;

    memset(first, 0, sizeof first);
    memset(second, 0, sizeof second);
    for (int i = 0; i < SIZE; i++)
        mean += pow((double)target[i], 2) / SIZE;
    for (uint32_t t = 0; t < steps; t++) {
        static double sum[TINY_LAYERS][MOST];

        memset(sum, 0, sizeof sum);
        for (size_t layer = FIRST; layer < TINY_LAYERS; layer++)
            for (size_t i = 0; i < size_of(layer); i++)
                model_block_layer(block, layer)[i] = (float)weights[layer][i];
        for (int b = 0; b < 16; b++) {
            size_t at = (size_t)random_below(&random, ROWS) * ROW;
            const float *out = gradient_forward(row, block, input + at, TOKENS);
            float slope[ROW];

            for (size_t i = 0; i < ROW; i++)
                slope[i] = (float)(2 * (double)(out[i] - target[at + i]) /
                                   (16 * ROW * mean));
            gradient_back(row, slope);
            for (size_t layer = FIRST; layer < TINY_LAYERS; layer++) {
                float one[MOST] = { 0 };

                gradient_add(row, layer, one, 0,
                             model_layer(model, layer)->shape.outputs);
                for (size_t i = 0; i < size_of(layer); i++)
                    sum[layer][i] += (double)one[i];
            }
        }
        for (size_t layer = FIRST; layer < TINY_LAYERS; layer++)
            for (size_t i = 0; i < size_of(layer); i++) {
                double g = mask[layer] && !mask[layer][i] ? 0 : sum[layer][i];
                double *m = &first[layer][i], *v = &second[layer][i];
                double rate = 1e-2 * (1 + cos(M_PI * t / steps)) / 2;

                *m = 0.9 * *m + 0.1 * g;
                *v = 0.95 * *v + 0.05 * g * g;
                weights[layer][i] -= rate * (*m / (1 - pow(0.9, t + 1))) /
                                     (sqrt(*v / (1 - pow(0.95, t + 1))) + 1e-8);
            }
    }
    gradient_row_free(row);
}

START_TEST(three_steps_are_those_of_adam)
{
    const struct reconstruction what = whole(3);
    double *wanted[TINY_LAYERS] = { 0 };
    float *before[TINY_LAYERS] = { 0 };
    struct error err;

    for (size_t layer = FIRST; layer < TINY_LAYERS; layer++) {
        const float *weights = model_block_layer(block, layer);

        wanted[layer] = memory_new(MOST, sizeof(double));
        before[layer] = memory_new(MOST, sizeof(float));
        for (size_t i = 0; i < size_of(layer); i++)
            wanted[layer][i] = (double)(before[layer][i] = weights[i]);
    }
    by_definition(wanted, 3);
    for (size_t layer = FIRST; layer < TINY_LAYERS; layer++)
        memcpy(model_block_layer(block, layer), before[layer],
               size_of(layer) * sizeof(float));
    ck_assert_int_eq(reconstruct_run(&what, NULL, &err), 0);
    for (size_t layer = FIRST; layer < TINY_LAYERS; layer++) {
        const float *weights = model_block_layer(block, layer);

        for (size_t i = 0; i < size_of(layer); i++)
            ck_assert_double_eq_tol((double)weights[i], wanted[layer][i], 2e-5);
        free(wanted[layer]);
        free(before[layer]);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("reconstruct");
    TCase *all = tcase_create("reconstruct");

    tcase_add_checked_fixture(all, enter, leave);
    tcase_add_test(all, the_loss_falls_and_what_is_pruned_stays_so);
    tcase_add_test(all, any_number_of_workers_gives_the_same_bits);
    tcase_add_test(all, three_steps_are_those_of_adam);
    suite_add_tcase(suite, all);
    return suite;
}
