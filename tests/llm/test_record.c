/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "llm/calibration.h"
#include "tests/suite.h"
#include "trace/recorded_trace.h"

enum { SAMPLE = 9 };

static const char checkpoint[] = SOURCE_ROOT "/traces/checkpoints/llama-7m";
static const char tokens_file[] =
    SOURCE_ROOT "/traces/checkpoints/tokens.safetensors";
static struct model *model;
static struct model_tokens tokens;
static char path[] = "/tmp/flexcim-record-XXXXXX";

static void record_one_row(void)
{
    struct error err;
    struct record record = { .spec = tokens_file,
                             .sample = SAMPLE,
                             .gram = true };

    ck_assert_int_ge(mkstemp(path), 0);
    ck_assert_msg(model_open(&model, checkpoint, &err) == 0, "%s", err.text);
    ck_assert_msg(model_tokens_read(&tokens, tokens_file, "calibration", 1,
                                    model, &err) == 0,
                  "%s", err.text);
    record.model = model;
    record.tokens = &tokens;
    ck_assert_msg(record_write(&record, path, &err) == 0, "%s", err.text);
}

static void forget(void)
{
    model_tokens_release(&tokens);
    model_close(model);
    unlink(path);
}

START_TEST(a_recorded_trace_names_where_it_came_from)
{
    struct recorded_trace trace;
    struct error err;

    ck_assert_msg(recorded_trace_open(&trace, path, &err) == 0, "%s", err.text);
    ck_assert_str_eq(trace.model, "llama-7m");
    ck_assert_str_eq(trace.family, "llama");
    ck_assert_str_eq(trace.checkpoint, model_hash(model));
    ck_assert_str_eq(trace.tokens_hash, tokens.hash);
    ck_assert_uint_eq(trace.rows, 1);
    ck_assert_uint_eq(trace.layers, 56);
    ck_assert_uint_eq(trace.layer[1].input_of, 0);
    ck_assert_uint_eq(trace.layer[3].input_of, 3);
    recorded_trace_close(&trace);
}
END_TEST

START_TEST(recorded_weights_are_the_checkpoint_within_half_a_step)
{
    struct recorded_trace trace;
    struct error err;

    ck_assert_int_eq(recorded_trace_open(&trace, path, &err), 0);
    for (size_t l = 0; l < trace.layers; l += 11) {
        const struct recorded_layer *layer = &trace.layer[l];
        size_t size = (size_t)layer->shape.inputs * layer->shape.outputs;
        float *weights = memory_new_aligned(size, sizeof *weights);

        ck_assert_int_eq(model_weights(model, l, weights, &err), 0);
        for (size_t i = 0; i < size; i++) {
            double scale = (double)layer->weight_scale[i / layer->shape.inputs];

            ck_assert(fabs((double)weights[i] - layer->weights[i] * scale) <=
                      0.50001 * scale);
        }
        free(weights);
    }
    recorded_trace_close(&trace);
}
END_TEST

/* Of x x^T: the diagonal is the mean square, and no other number is larger than
 * those of its row and column allow (Cauchy and Schwarz). */
START_TEST(gram_matrices_belong_to_the_mean_squares)
{
    struct recorded_trace trace;
    struct error err;

    ck_assert_int_eq(recorded_trace_open(&trace, path, &err), 0);
    ck_assert(trace.has_gram);
    ck_assert_ptr_eq(trace.layer[1].gram, trace.layer[0].gram);
    for (size_t l = 0; l < trace.layers; l += 13) {
        const struct recorded_layer *layer = &trace.layer[l];
        size_t inputs = layer->shape.inputs, wrong = 0;

        for (size_t i = 0; i < inputs; i++) {
            for (size_t j = 0; j < inputs; j++) {
                double g = (double)layer->gram[i * inputs + j];
                double both = layer->mean_square[i] * layer->mean_square[j];

                wrong +=
                    !(g * g <= both * (1 + 1e-5)) ||
                    layer->gram[j * inputs + i] != layer->gram[i * inputs + j];
            }
            ck_assert_double_eq_tol((double)layer->gram[i * inputs + i],
                                    layer->mean_square[i],
                                    1e-6 * layer->mean_square[i]);
        }
        ck_assert_uint_eq(wrong, 0);
    }
    recorded_trace_close(&trace);
}
END_TEST

START_TEST(the_sample_has_about_the_recorded_mean_square)
{
    struct recorded_trace trace;
    struct error err;
    double recorded = 0, sampled = 0;

    ck_assert_int_eq(recorded_trace_open(&trace, path, &err), 0);
    ck_assert_uint_eq(trace.layer[0].tokens, SAMPLE);
    for (uint32_t k = 0; k < trace.layer[0].shape.inputs; k++)
        recorded += trace.layer[0].mean_square[k];
    for (uint32_t t = 0; t < SAMPLE; t++) {
        for (uint32_t k = 0; k < trace.layer[0].shape.inputs; k++) {
            double x =
                trace.layer[0].input[t * trace.layer[0].shape.inputs + k] *
                (double)trace.layer[0].input_scale[t];

            sampled += x * x / SAMPLE;
        }
    }
    ck_assert(recorded > 0);
    ck_assert_msg(fabs(sampled / recorded - 1) < 0.2, "%g against %g", sampled,
                  recorded);
    recorded_trace_close(&trace);
}
END_TEST

/* Rows 0 and 1 of two: eighths 3 and 7 have a row each, the others none. */
static struct record two_rows(struct model_tokens *two)
{
    struct error err;

    ck_assert_int_eq(
        model_tokens_read(two, tokens_file, "calibration", 2, model, &err), 0);
    return (struct record){
        .model = model, .tokens = two, .spec = tokens_file, .sample = 700
    };
}

/* Keeps eighth 3 of the record beside `to`, with 1000 on the first sum. */
static void keep_another(const struct record *record, const char *to,
                         const char *identity)
{
    const struct calibration_file file = { identity, to, 3, NULL };
    struct calibration calibration;
    struct error err;

    calibration_begin(&calibration, model, record->tokens, record->sample);
    ck_assert_int_eq(
        calibration_add(&calibration, 3, 4, &(struct work){ 0 }, &err), 0);
    calibration.layer[0].sum[3 * model_layer(model, 0)->shape.inputs] += 1000;
    ck_assert_int_eq(calibration_save(&calibration, &file, &err), 0);
    calibration_release(&calibration);
}

static double first_mean_square(const char *file)
{
    struct recorded_trace trace;
    struct error err;
    double first;

    ck_assert_msg(recorded_trace_open(&trace, file, &err) == 0, "%s", err.text);
    first = trace.layer[0].mean_square[0];
    recorded_trace_close(&trace);
    return first;
}

START_TEST(an_eighth_that_lies_beside_is_taken_up_if_it_is_of_the_same_work)
{
    struct model_tokens two;
    struct record record = two_rows(&two);
    char *out = memory_printf("%s.two", path);
    char *beside = memory_printf("%s.eighth-3", out);
    char identity[HASH_TEXT];
    struct error err;
    double plain;

    record_identity(&record, identity);
    ck_assert_int_eq(record_write(&record, out, &err), 0);
    plain = first_mean_square(out);
    keep_another(&record, beside, identity);
    ck_assert_int_eq(record_write(&record, out, &err), 0);
    ck_assert_double_eq_tol(first_mean_square(out) - plain,
                            1000. / (2 * two.length), 1e-9);
    ck_assert_int_ne(access(beside, F_OK), 0);
    identity[7] ^= 1;
    keep_another(&record, beside, identity);
    ck_assert_int_eq(record_write(&record, out, &err), 0);
    ck_assert_double_eq(first_mean_square(out), plain);
    unlink(out);
    free(beside);
    free(out);
    model_tokens_release(&two);
}
END_TEST

/* The rule, by hand: the rows of an eighth from zero, then the eighths. */
START_TEST(means_are_added_by_eighths)
{
    struct model_tokens all;
    struct calibration whole, part;
    struct error err;
    double sum = 0;

    ck_assert_int_eq(model_tokens_read(&all, tokens_file, "calibration", 11,
                                       model, &err),
                     0);
    ck_assert_int_eq(calibration_measure(&whole, model, &all, 5,
                                         &(struct work){ 0 }, &err),
                     0);
    for (unsigned e = 0; e < 8; e++) {
        double eighth = 0;

        for (size_t row = e * 11 / 8; row < (e + 1) * 11 / 8; row++) {
            struct model_tokens one = all;

            one.ids += row * all.length;
            one.rows = 1;
            calibration_begin(&part, model, &one, 5);
            ck_assert_int_eq(
                calibration_add(&part, 0, 8, &(struct work){ 0 }, &err), 0);
            eighth +=
                part.layer[9].sum[7 * model_layer(model, 9)->shape.inputs + 2];
            calibration_release(&part);
        }
        sum += eighth;
    }
    ck_assert_double_eq(whole.layer[9].mean_square[2],
                        sum / (11. * all.length));
    calibration_release(&whole);
    model_tokens_release(&all);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("record");
    TCase *traces = tcase_create("traces");

    tcase_set_timeout(traces, 60);
    tcase_add_unchecked_fixture(traces, record_one_row, forget);
    tcase_add_test(
        traces,
        an_eighth_that_lies_beside_is_taken_up_if_it_is_of_the_same_work);
    tcase_add_test(traces, means_are_added_by_eighths);
    tcase_add_test(traces, a_recorded_trace_names_where_it_came_from);
    tcase_add_test(traces,
                   recorded_weights_are_the_checkpoint_within_half_a_step);
    tcase_add_test(traces, gram_matrices_belong_to_the_mean_squares);
    tcase_add_test(traces, the_sample_has_about_the_recorded_mean_square);
    suite_add_tcase(suite, traces);
    return suite;
}
