/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/permute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/random.h"
#include "flow/prune/prune.h"
#include "flow/select/assignment.h"
#include "flow/select/channel_order.h"
#include "flow/select/select.h"
#include "llm/fold.h"
#include "llm/record.h"
#include "tests/flow/bench.h"
#include "tests/flow/inputs.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"
#include "trace/sparse_trace.h"

/* ---- by brute force ------------------------------------------------------ */

/* The best of all ways from `from` on. */
static double best_of_all(const double *gain, uint32_t *to, uint32_t from,
                          uint32_t count)
{
    double best = -INFINITY, sum = 0;

    if (from == count) {
        for (uint32_t i = 0; i < count; i++)
            sum += gain[i * count + to[i]];
        return sum;
    }
    for (uint32_t i = from; i < count; i++) {
        uint32_t kept = to[from];

        to[from] = to[i];
        to[i] = kept;
        best = fmax(best, best_of_all(gain, to, from + 1, count));
        to[i] = to[from];
        to[from] = kept;
    }
    return best;
}

START_TEST(no_assignment_gains_more_of_all_that_there_are)
{
    uint64_t seed = 20;

    for (uint32_t count = 1; count <= 7; count++)
        for (int i = 0; i < 20; i++) {
            uint32_t to[7], all[7], seen = 0;
            double gain[49], sum = 0;

            for (uint32_t j = 0; j < count * count; j++)
                gain[j] =
                    i < 5 ? (double)random_below(&seed, 3) : inputs_real(&seed);
            for (uint32_t j = 0; j < count; j++)
                all[j] = j;
            assignment_best(to, gain, count);
            for (uint32_t j = 0; j < count; j++) {
                seen |= 1u << to[j];
                sum += gain[j * count + to[j]];
            }
            ck_assert_uint_eq(seen, (1u << count) - 1);
            ck_assert_double_eq_tol(sum, best_of_all(gain, all, 0, count),
                                    1e-12);
        }
}
END_TEST

/* The N largest of each group of M, summed; by sorting. */
static double kept_by_sorting(const struct channel_problem *problem,
                              const uint32_t *order)
{
    double sum = 0;

    for (size_t r = 0; r < problem->readers; r++) {
        const struct channel_scores *reader = &problem->reader[r];

        for (size_t o = 0; o < reader->outputs; o++)
            for (uint32_t g = 0; g < problem->channels; g += problem->m) {
                bool taken[16] = { false };

                for (uint32_t n = 0; n < reader->n; n++) {
                    const float *score = reader->score + o * problem->channels;
                    uint32_t best = problem->m;

                    for (uint32_t i = 0; i < problem->m; i++)
                        if (!taken[i] &&
                            (best == problem->m ||
                             score[order[g + i]] > score[order[g + best]]))
                            best = i;
                    taken[best] = true;
                    sum += (double)score[order[g + best]];
                }
            }
    }
    return sum;
}

/* Two layers of unlike N read 24 channels, of which those that matter stand
 * together at first. */
enum { CHANNELS = 24, OUTPUTS = 5 };

static void draw_scores(float scores[2][OUTPUTS * CHANNELS], uint64_t *seed)
{
    for (size_t i = 0; i < 2 * OUTPUTS * CHANNELS; i++) {
        bool large = i % CHANNELS < 6;

        (&scores[0][0])[i] = (float)(fabs(inputs_real(seed)) + (large ? 5 : 0));
    }
}

START_TEST(channels_that_matter_come_into_groups_of_their_own)
{
    float scores[2][OUTPUTS * CHANNELS];
    const struct channel_scores readers[] = { { scores[0], OUTPUTS, 1 },
                                              { scores[1], 3, 2 } };
    struct channel_problem problem = {
        .channels = CHANNELS, .m = 4, .reader = readers, .readers = 2, .seed = 3
    };
    uint64_t seed = 77;

    for (int i = 0; i < 10; i++) {
        uint32_t order[CHANNELS], again[CHANNELS], large[6] = { 0 };
        double before, after, risen;

        draw_scores(scores, &seed);
        for (uint32_t c = 0; c < CHANNELS; c++)
            order[c] = again[c] = c;
        before = kept_by_sorting(&problem, order);
        problem.workers = 1;
        risen = channel_order_improve(order, &problem);
        after = kept_by_sorting(&problem, order);
        ck_assert(permutation_is_order(order, CHANNELS));
        ck_assert_double_eq_tol(risen, after / before - 1, 1e-6);
        for (uint32_t c = 0; c < CHANNELS; c++)
            large[c / 4] += order[c] < 6;
        for (int g = 0; g < 6; g++)
            ck_assert_uint_eq(large[g], 1);
        problem.workers = 3;
        channel_order_improve(again, &problem);
        ck_assert_mem_eq(order, again, sizeof order);
    }
}
END_TEST

/* ---- a plan -------------------------------------------------------------- */

static struct bench bench;
static struct recorded_trace without; /* the bench's, which has no Gram */

static void permute_enter(void)
{
    struct record record;
    struct error err;

    tiny_enter();
    tiny_write("m", &(struct tiny){ 0 });
    tiny_write_tokens("f", "calibration", 4, 30);
    bench_open(&bench, "m", "f:calibration", "m.trace", 0);
    record = (struct record){ .model = bench.model,
                              .tokens = &bench.tokens,
                              .spec = "f:calibration",
                              .sample = 3,
                              .gram = true };
    ck_assert_int_eq(record_write(&record, "g.trace", &err), 0);
    without = bench.trace;
    ck_assert_int_eq(recorded_trace_open(&bench.trace, "g.trace", &err), 0);
}

static void permute_leave(void)
{
    recorded_trace_close(&bench.trace);
    bench.trace = without;
    bench_close(&bench);
    tiny_leave();
}

static struct selection permuted(const char *pattern, enum update update)
{
    struct selection selection = bench_selection(&bench, NAN, pattern);

    selection.permute = true;
    selection.update = update;
    return selection;
}

START_TEST(a_plan_has_its_order_of_channels_in_its_file_and_its_hash)
{
    struct selection selection = permuted("2:4", UPDATE_NONE);
    char hash[HASH_TEXT], other[HASH_TEXT], plain[HASH_TEXT];
    struct plan plan, read;
    struct error err;
    uint32_t kept;

    bench_select(&plan, "uniform", &selection);
    ck_assert_ptr_nonnull(plan.permutation);
    ck_assert_uint_eq(plan.permutation->width, TINY_WIDTH);
    ck_assert_int_eq(plan_write(&plan, "p.json", &err), 0);
    ck_assert_msg(plan_read(&read, "p.json", &err) == 0, "%s", err.text);
    ck_assert_mem_eq(read.permutation->stream, plan.permutation->stream,
                     TINY_WIDTH * sizeof(uint32_t));
    for (size_t l = 0; l < plan.layers; l++) {
        const uint32_t *inside = plan.permutation->inside[l];

        /* o, whose heads are one group of 4, and down. */
        ck_assert_int_eq(inside != NULL, l % 7 == 3 || l % 7 == 6);
        if (inside)
            ck_assert_mem_eq(read.permutation->inside[l], inside,
                             plan.layer[l].shape.inputs * sizeof *inside);
    }
    plan_hash(&plan, hash);
    plan_hash(&read, other);
    ck_assert_str_eq(hash, other);
    kept = read.permutation->stream[1];
    read.permutation->stream[1] = read.permutation->stream[6];
    read.permutation->stream[6] = kept;
    plan_hash(&read, other);
    ck_assert_str_ne(hash, other);
    permutation_free(read.permutation);
    read.permutation = NULL;
    plan_hash(&read, plain);
    ck_assert_str_ne(hash, plain);
    plan_release(&read);
    plan_release(&plan);
}
END_TEST

START_TEST(orders_that_are_none_are_refused_by_name)
{
    static const struct {
        const char *from, *to, *words;
    } wrong[] = {
        { "\"stream\"", "\"streams\"", "neither \"stream\" nor one of" },
        { "\"order\":[", "\"order\":[0,", "each number from 0 to 8 once" },
        { "\"order\":[", "\"order\":[-1,", "each number from 0 to" },
        { "\"order\":[", "\"order\":[\"x\",", "each number from 0 to" },
        { "\"channels\":\"stream\"", "\"channels\":\"layer\"", "neither" },
        { "\"channels\":\"stream\"", "\"channels\":7", "channels" },
        { "\"order\":", "\"ordre\":", "order" },
        { "\"permutation\":[", "\"permutation\":[3,", "an object" },
    };
    struct selection selection = permuted("2:4", UPDATE_NONE);
    struct plan plan, read;
    struct error err;
    char *text;

    bench_select(&plan, "uniform", &selection);
    text = plan_text(&plan);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *at = strstr(text, wrong[i].from);
        char *other;

        ck_assert_ptr_nonnull(at);
        other = memory_printf("%.*s%s%s", (int)(at - text), text, wrong[i].to,
                              at + strlen(wrong[i].from));
        ck_assert_int_eq(plan_parse(&read, other, "p", &err), -1);
        ck_assert_int_eq(err.kind, ERROR_DATA);
        ck_assert_msg(strstr(err.text, wrong[i].words) != NULL, "%s", err.text);
        free(other);
    }
    free(text);
    plan_release(&plan);
}
END_TEST

/* The share of tr W H W^T that masks keep of a model: what is worth most of
 * all. */
static double kept_worth(const struct plan *plan)
{
    struct prune prune = { .plan = plan,
                           .trace = &bench.trace,
                           .model = bench.model,
                           .tokens = &bench.tokens };
    struct model *folded;
    struct pruning *pruning;
    double kept = 0;
    struct error err;

    ck_assert_int_eq(prune_fold(&folded, bench.model, plan, &err), 0);
    if (folded)
        prune.model = folded;
    ck_assert_int_eq(pruning_begin(&pruning, &prune, &err), 0);
    for (uint32_t b = 0; b < TINY_BLOCKS; b++) {
        struct model_block *block;

        ck_assert_int_eq(model_block_load(&block, prune.model, b, &err), 0);
        ck_assert_int_eq(pruning_block(pruning, block, b, &err), 0);
        for (size_t l = 7 * (size_t)b; l < 7 * (size_t)(b + 1); l++) {
            const struct recorded_layer *layer = &bench.trace.layer[l];
            uint32_t *order = model_inputs_order(prune.model, l);
            const float *w = model_block_layer(block, l);
            double sum = 0, all = 0;
            float dense[12 * 12];

            ck_assert_int_eq(model_weights(bench.model, l, dense, &err), 0);
            for (size_t i = 0;
                 i < (size_t)layer->shape.outputs * layer->shape.inputs; i++) {
                size_t k = i % layer->shape.inputs;

                sum += (double)w[i] * (double)w[i] *
                       layer->mean_square[order ? order[k] : k];
                all +=
                    (double)dense[i] * (double)dense[i] * layer->mean_square[k];
            }
            kept += sum / all;
            free(order);
        }
        model_block_free(block);
    }
    pruning_end(pruning);
    model_unfold(folded);
    return kept;
}

START_TEST(masks_of_ordered_channels_keep_more)
{
    struct selection selection = permuted("2:4", UPDATE_NONE);
    struct plan plan, plain;

    bench_select(&plan, "uniform", &selection);
    selection.permute = false;
    bench_select(&plain, "uniform", &selection);
    ck_assert_double_gt(kept_worth(&plan), 1.003 * kept_worth(&plain));
    plan_release(&plain);
    plan_release(&plan);
}
END_TEST

/* y [T][O], of integers, from what a layer of a sparse trace has. */
static int64_t product(const struct layer *layer, uint32_t token,
                       uint32_t output)
{
    uint32_t position[12];
    int8_t value[12];
    int64_t sum = 0;

    layer_output(layer, output, position, value);
    for (uint32_t i = 0; i < layer_kept(layer); i++)
        sum += value[i] *
               layer->input[(size_t)token * layer->shape.inputs + position[i]];
    return sum;
}

START_TEST(the_machine_sees_folded_weights_and_inputs_and_the_same_products)
{
    struct selection selection = permuted("2:4", UPDATE_NONE);
    struct prune prune = { .trace = &bench.trace, .tokens = &bench.tokens };
    struct sparse_trace written;
    struct model *folded;
    struct plan plan;
    struct error err;
    size_t moved = 0;

    bench_select(&plan, "uniform", &selection);
    for (size_t l = 0; l < plan.layers; l++)
        plan.layer[l].pattern = pattern_dense;
    plan.reached = 0;
    ck_assert_int_eq(prune_fold(&folded, bench.model, &plan, &err), 0);
    prune.plan = &plan;
    prune.model = folded;
    ck_assert_msg(prune_write(&prune,
                              &(struct prune_files){ .trace = "s.trace" }, NULL,
                              &err) == 0,
                  "%s", err.text);
    ck_assert_msg(sparse_trace_open(&written, "s.trace", &err) == 0, "%s",
                  err.text);
    for (size_t l = 0; l < plan.layers; l++) {
        const struct recorded_layer *recorded = &bench.trace.layer[l];
        const struct layer *layer = &written.layer[l];
        uint32_t *order = model_outputs_order(folded, l);
        uint32_t inputs = layer->shape.inputs;

        for (uint32_t o = 0; o < layer->shape.outputs; o++) {
            uint32_t was = order ? order[o] : o;

            moved += was != o;
            ck_assert_float_eq(layer->scale[o], recorded->weight_scale[was]);
            for (uint32_t t = 0; t < layer->tokens; t++) {
                int64_t wanted = 0;

                for (uint32_t k = 0; k < inputs; k++)
                    wanted += recorded->weights[was * inputs + k] *
                              recorded->input[t * inputs + k];
                ck_assert_int_eq(product(layer, t, o), wanted);
            }
        }
        free(order);
    }
    ck_assert_uint_gt(moved, 20);
    sparse_trace_close(&written);
    model_unfold(folded);
    plan_release(&plan);
}
END_TEST

START_TEST(an_updated_plan_is_ordered_by_the_inverse_hessian)
{
    struct selection selection = permuted("2:4", UPDATE_REFIT_DENSE);
    struct selection magnitude = permuted("2:4", UPDATE_NONE);
    struct plan plan, other;
    size_t unlike = 0;

    magnitude.score = SCORE_MAGNITUDE;
    bench_select(&plan, "uniform", &selection);
    bench_select(&other, "uniform", &magnitude);
    for (uint32_t i = 0; i < TINY_WIDTH; i++)
        unlike += plan.permutation->stream[i] != other.permutation->stream[i];
    ck_assert_uint_gt(unlike, 0);
    plan_release(&other);
    plan_release(&plan);
}
END_TEST

START_TEST(sets_that_groups_do_not_fit_stay_and_are_counted)
{
    struct selection selection = permuted("4:8", UPDATE_NONE);
    struct plan plan;

    /* Heads are of 4, down's channels 12: only the residual stream is left. */
    bench_select(&plan, "uniform", &selection);
    for (size_t l = 0; l < plan.layers; l++)
        ck_assert_ptr_null(plan.permutation->inside[l]);
    ck_assert_ptr_nonnull(plan.permutation->stream);
    ck_assert_ptr_nonnull(
        strstr(plan.reason, "4 stay, which groups of M do not divide"));
    plan_release(&plan);
    bench.trace.has_gram = false;
    bench_refuse("uniform", &selection, ERROR_DATA, "record --gram");
    bench.trace.has_gram = true;
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("permute");
    TCase *search = tcase_create("search"), *plans = tcase_create("plans");

    tcase_add_test(search, no_assignment_gains_more_of_all_that_there_are);
    tcase_add_test(search, channels_that_matter_come_into_groups_of_their_own);
    suite_add_tcase(suite, search);
    tcase_add_checked_fixture(plans, permute_enter, permute_leave);
    tcase_set_timeout(plans, 30);
    tcase_add_test(plans,
                   a_plan_has_its_order_of_channels_in_its_file_and_its_hash);
    tcase_add_test(plans, orders_that_are_none_are_refused_by_name);
    tcase_add_test(plans, masks_of_ordered_channels_keep_more);
    tcase_add_test(
        plans,
        the_machine_sees_folded_weights_and_inputs_and_the_same_products);
    tcase_add_test(plans, an_updated_plan_is_ordered_by_the_inverse_hessian);
    tcase_add_test(plans, sets_that_groups_do_not_fit_stay_and_are_counted);
    suite_add_tcase(suite, plans);
    return suite;
}
