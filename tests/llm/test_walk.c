/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "llm/calibration.h"
#include "llm/head.h"
#include "llm/model.h"
#include "llm/walk.h"
#include "llm/perplexity.h"
#include "tensor/quantize.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

enum { ROWS = 5, LENGTH = 70, PLACES = ROWS * LENGTH };

static struct model *model;
static struct model_tokens tokens;

static void enter(void)
{
    tiny_begin(&model, &tokens, ROWS, LENGTH);
}

static void leave(void)
{
    tiny_close(model, &tokens);
}

static float *walked(struct model_walk walk)
{
    float *hidden = memory_new(PLACES * TINY_WIDTH, sizeof *hidden);
    struct error err;

    ck_assert_msg(model_walk_blocks(model, &tokens, &walk, hidden, &err) == 0,
                  "%s", err.text);
    return hidden;
}

START_TEST(any_number_of_workers_gives_the_same_bits)
{
    float *one = walked((struct model_walk){ .work.workers = 1 });
    struct calibration a, b;
    struct perplexity p, q;
    struct error err;

    ck_assert_int_eq(
        perplexity_measure(&p, model, &tokens,
                           &(struct model_walk){ .work.workers = 1 }, &err),
        0);
    ck_assert_int_eq(calibration_measure(&a, model, &tokens, 7,
                                         &(struct work){ .workers = 1 }, &err),
                     0);
    for (unsigned workers = 2; workers < 8; workers++) {
        float *many = walked((struct model_walk){ .work.workers = workers });

        ck_assert_mem_eq(one, many, PLACES * TINY_WIDTH * sizeof *one);
        ck_assert_int_eq(
            perplexity_measure(&q, model, &tokens,
                               &(struct model_walk){ .work.workers = workers },
                               &err),
            0);
        ck_assert(p.value == q.value);
        ck_assert_int_eq(
            calibration_measure(&b, model, &tokens, 7,
                                &(struct work){ .workers = workers }, &err),
            0);
        for (size_t i = 0; i < TINY_LAYERS; i++)
            ck_assert_mem_eq(a.layer[i].mean_square, b.layer[i].mean_square,
                             model_layer(model, i)->shape.inputs *
                                 sizeof(double));
        calibration_release(&b);
        free(many);
    }
    calibration_release(&a);
    free(one);
}
END_TEST

START_TEST(rows_do_not_depend_on_one_another)
{
    float *all = walked((struct model_walk){ 0 }), *alone;
    int32_t *ids = tokens.ids;

    for (size_t row = 0; row < ROWS; row++) {
        tokens.ids = ids + row * LENGTH;
        tokens.rows = 1;
        alone = walked((struct model_walk){ 0 });
        ck_assert_mem_eq(all + row * LENGTH * TINY_WIDTH, alone,
                         LENGTH * TINY_WIDTH * sizeof *all);
        free(alone);
    }
    tokens.ids = ids;
    free(all);
}
END_TEST

/* What the tap saw: a copy of each input. */
struct seen {
    float *x[TINY_LAYERS]; /* [rows][length][K] */
    unsigned calls[TINY_LAYERS];
    pthread_mutex_t mutex;
};

static void see(void *context, const struct model_sight *sight)
{
    struct seen *seen = context;
    size_t layer = sight->layer, row = sight->row;
    uint32_t length = sight->tokens;
    const float *x = sight->x;
    size_t count = (size_t)length * model_layer(model, layer)->shape.inputs;

    pthread_mutex_lock(&seen->mutex);
    if (!seen->x[layer])
        seen->x[layer] = memory_new(ROWS * count, sizeof(float));
    memcpy(seen->x[layer] + row * count, x, count * sizeof *x);
    seen->calls[layer]++;
    pthread_mutex_unlock(&seen->mutex);
}

static void look(struct seen *seen)
{
    struct model_tap tap = { .see = see, .context = seen };

    *seen = (struct seen){ .mutex = PTHREAD_MUTEX_INITIALIZER };
    free(walked((struct model_walk){ .tap = &tap, .work.workers = 2 }));
}

START_TEST(the_tap_sees_each_distinct_input_once_a_row)
{
    struct seen seen;

    look(&seen);
    for (size_t i = 0; i < TINY_LAYERS; i++)
        ck_assert_uint_eq(seen.calls[i],
                          model_input_of(model, i) == i ? ROWS : 0);
    for (size_t i = 0; i < TINY_LAYERS; i++)
        free(seen.x[i]);
}
END_TEST

START_TEST(calibration_is_the_mean_square_and_a_sample_of_what_is_seen)
{
    enum { SAMPLE = LENGTH + 3 };
    struct calibration calibration;
    struct error err;
    struct seen seen;

    look(&seen);
    ck_assert_int_eq(calibration_measure(&calibration, model, &tokens, SAMPLE,
                                         &(struct work){ .workers = 2 }, &err),
                     0);
    ck_assert_uint_eq(calibration.layers, TINY_LAYERS);
    ck_assert_uint_eq(calibration.sampled, SAMPLE);
    for (size_t i = 0; i < TINY_LAYERS; i++) {
        const struct calibration_layer *layer = &calibration.layer[i];
        const float *x = seen.x[layer->input_of];
        size_t inputs = model_layer(model, i)->shape.inputs;
        int8_t values[SAMPLE * TINY_FEED];
        float scales[SAMPLE];

        ck_assert_uint_eq(layer->input_of, model_input_of(model, i));
        for (size_t k = 0; k < inputs; k++) {
            double sum = 0;

            for (size_t t = 0; t < PLACES; t++)
                sum += pow((double)x[t * inputs + k], 2);
            ck_assert_double_eq_tol(layer->mean_square[k] / (sum / PLACES), 1,
                                    1e-12);
        }
        quantize_rows(values, scales, x, SAMPLE, inputs);
        ck_assert_mem_eq(layer->input, values, SAMPLE * inputs);
        ck_assert_mem_eq(layer->input_scale, scales, sizeof scales);
    }
    calibration_release(&calibration);
    for (size_t i = 0; i < TINY_LAYERS; i++)
        free(seen.x[i]);
}
END_TEST

START_TEST(a_sample_is_no_longer_than_the_tokens)
{
    struct calibration calibration;
    struct error err;

    ck_assert_int_eq(calibration_measure(&calibration, model, &tokens, 100000,
                                         &(struct work){ .workers = 2 }, &err),
                     0);
    ck_assert_uint_eq(calibration.sampled, PLACES);
    calibration_release(&calibration);
}
END_TEST

/* Zeroes o_proj and down_proj of block 1: then it adds nothing. */
static int silence(void *context, struct model_block *block, uint32_t number,
                   struct error *err)
{
    (void)context;
    (void)err;
    for (size_t i = 0; i < TINY_LAYERS && number == 1; i++) {
        const struct model_layer *layer = model_layer(model, i);

        if (layer->shape.block == 1 && (i % 7 == 3 || i % 7 == 6))
            memset(model_block_layer(block, i), 0,
                   sizeof(float) * layer->shape.inputs * layer->shape.outputs);
    }
    return 0;
}

static int keep_first(void *context, uint32_t number, const float *hidden,
                      struct error *err)
{
    (void)err;
    if (number == 0)
        memcpy(context, hidden, PLACES * TINY_WIDTH * sizeof *hidden);
    return 0;
}

START_TEST(an_edit_changes_the_block_that_runs_and_not_the_model)
{
    float *first = memory_new(PLACES * TINY_WIDTH, sizeof *first);
    float *plain =
        walked((struct model_walk){ .after = keep_first, .context = first });
    float *edited = walked((struct model_walk){ .edit = silence });
    float *again = walked((struct model_walk){ 0 });
    size_t size = PLACES * TINY_WIDTH * sizeof *plain;

    ck_assert_mem_ne(plain, edited, size);
    ck_assert_mem_eq(first, edited, size);
    ck_assert_mem_eq(plain, again, size);
    free(first);
    free(plain);
    free(edited);
    free(again);
}
END_TEST

/* Zeroes the largest weight of each output. */
static int behead(void *context, struct model_block *block, uint32_t number,
                  struct error *err)
{
    (void)context;
    (void)err;
    for (size_t i = number * 7; i < number * 7 + 7; i++) {
        const struct model_layer *layer = model_layer(model, i);
        float *row = model_block_layer(block, i);

        for (uint32_t o = 0; o < layer->shape.outputs;
             o++, row += layer->shape.inputs) {
            uint32_t most = 0;

            for (uint32_t k = 1; k < layer->shape.inputs; k++)
                most = fabsf(row[k]) > fabsf(row[most]) ? k : most;
            row[most] = 0;
        }
    }
    return 0;
}

/* Adds to sum [PLACES][TINY_WIDTH] the integer product of layer `layer`: inputs
 * x in 8 bits, weights on the grid of the whole row, without the largest. */
static void add_integer_product(double *sum, size_t layer, const float *x)
{
    uint32_t inputs = model_layer(model, layer)->shape.inputs;
    int8_t values[TINY_FEED], weights[TINY_WIDTH * TINY_FEED];
    float dense[TINY_WIDTH * TINY_FEED], scale, scales[TINY_WIDTH];
    struct error err;

    ck_assert_int_eq(model_weights(model, layer, dense, &err), 0);
    quantize_rows(weights, scales, dense, TINY_WIDTH, inputs);
    for (size_t i = 0; i < TINY_WIDTH * inputs; i++)
        weights[i] = abs(weights[i]) == 127 ? 0 : weights[i];
    for (size_t t = 0; t < PLACES; t++) {
        quantize_rows(values, &scale, x + t * inputs, 1, inputs);
        for (size_t o = 0; o < TINY_WIDTH; o++) {
            int product = 0;

            for (size_t k = 0; k < inputs; k++)
                product += weights[o * inputs + k] * values[k];
            sum[t * TINY_WIDTH + o] +=
                product * (double)scale * (double)scales[o];
        }
    }
}

START_TEST(in_8_bits_a_layer_gives_the_product_of_integers)
{
    float *after = memory_new(PLACES * TINY_WIDTH, sizeof *after);
    float *before = memory_new(PLACES * TINY_WIDTH, sizeof *before);
    double *wanted = memory_new(PLACES * TINY_WIDTH, sizeof *wanted);
    struct seen seen = { .mutex = PTHREAD_MUTEX_INITIALIZER };
    struct model_tap tap = { .see = see, .context = &seen };

    free(walked((struct model_walk){ .arithmetic = ARITHMETIC_W8A8,
                                     .edit = behead,
                                     .after = keep_first,
                                     .context = after,
                                     .tap = &tap }));
    model_embed(model, tokens.ids, PLACES, before);
    for (size_t i = 0; i < PLACES * TINY_WIDTH; i++)
        wanted[i] = (double)before[i];
    add_integer_product(wanted, 3, seen.x[3]);
    add_integer_product(wanted, 6, seen.x[6]);
    for (size_t i = 0; i < PLACES * TINY_WIDTH; i++)
        ck_assert_msg(fabs((double)after[i] - wanted[i]) < 2e-6,
                      "%zu: %.9g, not %.9g", i, (double)after[i], wanted[i]);
    for (size_t i = 0; i < TINY_LAYERS; i++)
        free(seen.x[i]);
    free(after);
    free(before);
    free(wanted);
}
END_TEST

static int refuse(void *context, struct model_block *block, uint32_t number,
                  struct error *err)
{
    (void)context;
    (void)block;
    return number == 1 ? error_set(err, ERROR_DATA, "no") : 0;
}

START_TEST(trouble_in_a_hook_ends_the_walk)
{
    struct perplexity perplexity;
    struct error err;

    ck_assert_int_eq(perplexity_measure(&perplexity, model, &tokens,
                                        &(struct model_walk){ .edit = refuse },
                                        &err),
                     -1);
    ck_assert_str_eq(err.text, "no");
}
END_TEST

START_TEST(the_weights_of_a_block_are_those_of_the_checkpoint)
{
    float weights[TINY_WIDTH * TINY_FEED];
    struct model_block *block;
    struct error err;

    for (uint32_t b = 0; b < TINY_BLOCKS; b++) {
        ck_assert_int_eq(model_block_load(&block, model, b, &err), 0);
        for (size_t i = b * 7; i < b * 7 + 7; i++) {
            const struct model_layer *layer = model_layer(model, i);

            ck_assert_int_eq(model_weights(model, i, weights, &err), 0);
            ck_assert_mem_eq(weights, model_block_layer(block, i),
                             sizeof(float) * layer->shape.inputs *
                                 layer->shape.outputs);
        }
        model_block_free(block);
    }
}
END_TEST

START_TEST(perplexity_is_that_of_the_logits)
{
    float *hidden = walked((struct model_walk){ 0 });
    float normed[LENGTH * TINY_WIDTH], logits[LENGTH * TINY_VOCABULARY];
    struct perplexity perplexity;
    struct head *head;
    struct error err;
    double loss = 0;

    ck_assert_int_eq(head_load(&head, model, &err), 0);
    for (size_t row = 0; row < ROWS; row++) {
        head_logits(head, hidden + row * LENGTH * TINY_WIDTH, LENGTH, normed,
                    logits);
        for (size_t t = 0; t + 1 < LENGTH; t++) {
            const float *words = logits + t * TINY_VOCABULARY;
            double sum = 0;

            for (size_t v = 0; v < TINY_VOCABULARY; v++)
                sum += exp((double)words[v]);
            loss += log(sum) - (double)words[tokens.ids[row * LENGTH + t + 1]];
        }
    }
    loss /= ROWS * (LENGTH - 1);
    ck_assert_int_eq(
        perplexity_measure(&perplexity, model, &tokens, NULL, &err), 0);
    ck_assert_uint_eq(perplexity.predictions, ROWS * (LENGTH - 1));
    ck_assert_double_eq_tol(perplexity.loss, loss, 1e-6);
    ck_assert_double_eq_tol(perplexity.value, exp(loss), 1e-4);
    head_free(head);
    free(hidden);
}
END_TEST

START_TEST(a_model_that_knows_nothing_is_as_perplexed_as_its_vocabulary)
{
    struct perplexity perplexity;
    struct model *blank;
    struct error err;

    tiny_write("zero", &(struct tiny){ .zero = true });
    blank = tiny_open("zero");
    ck_assert_int_eq(
        perplexity_measure(&perplexity, blank, &tokens, NULL, &err), 0);
    ck_assert_double_eq_tol(perplexity.value, TINY_VOCABULARY, 1e-6);
    model_close(blank);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("walk");
    TCase *walks = tcase_create("walks");

    tcase_add_checked_fixture(walks, enter, leave);
    tcase_add_test(walks, any_number_of_workers_gives_the_same_bits);
    tcase_add_test(walks, rows_do_not_depend_on_one_another);
    tcase_add_test(walks, the_tap_sees_each_distinct_input_once_a_row);
    tcase_add_test(walks,
                   calibration_is_the_mean_square_and_a_sample_of_what_is_seen);
    tcase_add_test(walks, a_sample_is_no_longer_than_the_tokens);
    tcase_add_test(walks,
                   an_edit_changes_the_block_that_runs_and_not_the_model);
    tcase_add_test(walks, in_8_bits_a_layer_gives_the_product_of_integers);
    tcase_add_test(walks, trouble_in_a_hook_ends_the_walk);
    tcase_add_test(walks, the_weights_of_a_block_are_those_of_the_checkpoint);
    tcase_add_test(walks, perplexity_is_that_of_the_logits);
    tcase_add_test(
        walks, a_model_that_knows_nothing_is_as_perplexed_as_its_vocabulary);
    suite_add_tcase(suite, walks);
    return suite;
}
