/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/prune/prune.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "flow/prune/mask.h"
#include "flow/prune/reconstruct.h"
#include "flow/select/select.h"
#include "llm/generation.h"
#include "llm/perplexity.h"
#include "llm/sequence.h"
#include "llm/walk.h"
#include "tensor/quantize.h"
#include "tests/flow/bench.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"
#include "trace/sparse_trace.h"

enum { ROWS = 11, LENGTH = 20, MOST = 12 * 12 };

static struct bench bench;
static struct plan plan;

static void enter(void)
{
    struct selection selection;

    tiny_enter();
    tiny_write("m", &(struct tiny){ 0 });
    tiny_write_tokens("f", "calibration", ROWS, LENGTH);
    bench_open(&bench, "m", "f:calibration", "m.trace", 0);
    selection = bench_selection(&bench, 0.55, NULL);
    bench_select(&plan, "uniform", &selection);
    plan.layer[2].pattern = pattern_dense;
    plan.layer[3].pattern = (struct pattern){ 1, 4 };
    plan.reached = plan_sparsity(&plan);
}

static void leave(void)
{
    plan_release(&plan);
    bench_close(&bench);
    unlink("s.trace");
    tiny_leave();
}

static void carry_out(enum score score, enum statistics statistics,
                      enum update update)
{
    plan.score = score;
    plan.statistics = statistics;
    plan.update = update;
}

static struct prune whole(void)
{
    return (struct prune){ .plan = &plan,
                           .trace = &bench.trace,
                           .model = bench.model,
                           .tokens = &bench.tokens };
}

/* All weights after pruning, [layers][MOST]. */
static float *prune_all(const struct prune *prune)
{
    float *all = memory_new(plan.layers * MOST, sizeof *all);
    struct pruning *pruning;
    struct error err;

    ck_assert_msg(pruning_begin(&pruning, prune, &err) == 0, "%s", err.text);
    for (uint32_t b = 0; b < 2; b++) {
        struct model_block *block;

        ck_assert_int_eq(model_block_load(&block, bench.model, b, &err), 0);
        ck_assert_int_eq(pruning_block(pruning, block, b, &err), 0);
        for (size_t l = b * 7; l < (b + 1) * 7; l++) {
            const struct plan_layer *layer = &plan.layer[l];
            const uint8_t *mask = pruning_mask(pruning, l);
            size_t size = (size_t)layer->shape.outputs * layer->shape.inputs;

            ck_assert_int_eq(mask == NULL, pattern_is_dense(layer->pattern));
            memcpy(all + l * MOST, model_block_layer(block, l),
                   size * sizeof *all);
            for (size_t i = 0; mask && i < size; i++)
                ck_assert_int_eq(all[l * MOST + i] != 0, mask[i]);
        }
        model_block_free(block);
    }
    pruning_end(pruning);
    return all;
}

START_TEST(a_pruned_block_has_n_of_m_weights_left_and_those_unchanged)
{
    struct prune prune = whole();
    float *all = prune_all(&prune);

    for (size_t l = 0; l < plan.layers; l++) {
        const struct plan_layer *layer = &plan.layer[l];
        float weights[MOST];
        uint64_t kept = 0;
        struct error err;

        ck_assert_int_eq(model_weights(bench.model, l, weights, &err), 0);
        for (size_t i = 0;
             i < (size_t)layer->shape.outputs * layer->shape.inputs; i++) {
            ck_assert(all[l * MOST + i] == 0 ||
                      all[l * MOST + i] == weights[i]);
            kept += all[l * MOST + i] != 0;
        }
        ck_assert_uint_eq(kept, plan_layer_kept(layer));
    }
    free(all);
}
END_TEST

/* value[o][position] of the file, against what `wanted` has there. */
static void check_file(const int8_t *(*wanted)(size_t layer, const float *all),
                       const float *all)
{
    struct sparse_trace trace;
    struct error err;

    ck_assert_msg(sparse_trace_open(&trace, "s.trace", &err) == 0, "%s",
                  err.text);
    for (size_t l = 0; l < trace.layers; l++) {
        const struct layer *layer = &trace.layer[l];
        const struct recorded_layer *recorded = &bench.trace.layer[l];
        const int8_t *values = wanted(l, all);
        uint32_t position[12];
        int8_t value[12];

        for (uint32_t o = 0; o < layer->shape.outputs; o++) {
            layer_output(layer, o, position, value);
            for (uint32_t i = 0; i < layer_kept(layer); i++) {
                size_t at = (size_t)o * layer->shape.inputs + position[i];

                ck_assert(all[l * MOST + at] != 0);
                ck_assert_int_eq(value[i], values[at]);
            }
        }
        ck_assert_mem_eq(layer->input, recorded->input,
                         (size_t)layer->tokens * layer->shape.inputs);
    }
    sparse_trace_close(&trace);
}

static const int8_t *recorded_values(size_t layer, const float *all)
{
    (void)all;
    return bench.trace.layer[layer].weights;
}

static const int8_t *updated_values(size_t layer, const float *all)
{
    static int8_t values[MOST];
    float scales[12];

    quantize_rows(values, scales, all + layer * MOST,
                  plan.layer[layer].shape.outputs,
                  plan.layer[layer].shape.inputs);
    return values;
}

START_TEST(the_sparse_trace_has_the_quantised_weights_where_the_block_has_its)
{
    struct prune prune = whole();
    float *all = prune_all(&prune);
    struct error err;

    ck_assert_msg(prune_write(&prune,
                              &(struct prune_files){ .trace = "s.trace" }, NULL,
                              &err) == 0,
                  "%s", err.text);
    check_file(recorded_values, all);
    free(all);
    carry_out(SCORE_SPARSEGPT, STATISTICS_SEQUENTIAL, UPDATE_SPARSEGPT);
    all = prune_all(&prune);
    ck_assert_msg(prune_write(&prune,
                              &(struct prune_files){ .trace = "s.trace" }, NULL,
                              &err) == 0,
                  "%s", err.text);
    check_file(updated_values, all);
    free(all);
}
END_TEST

/* Perplexity in 8 bits; with the plan if `pruning` is one. */
static double perplexity_in_8_bits(const struct model *model,
                                   struct pruning *pruning,
                                   enum model_scales scales)
{
    const struct model_walk walk = { .edit = pruning ? pruning_block : NULL,
                                     .context = pruning,
                                     .arithmetic = ARITHMETIC_W8A8,
                                     .scales = scales };
    struct perplexity perplexity;
    struct error err;

    ck_assert_msg(perplexity_measure(&perplexity, model, &bench.tokens, &walk,
                                     &err) == 0,
                  "%s", err.text);
    pruning_end(pruning);
    return perplexity.value;
}

static double perplexity_of_plan(const struct prune *prune,
                                 enum model_scales scales)
{
    struct pruning *pruning;
    struct error err;

    ck_assert_int_eq(pruning_begin(&pruning, prune, &err), 0);
    return perplexity_in_8_bits(bench.model, pruning, scales);
}

static int take_updated(void *context, size_t layer, const int8_t *weights,
                        struct error *err)
{
    const struct plan_layer *of = &plan.layer[layer];

    (void)err;
    if (layer < plan.layers) /* behind them comes the head */
        ck_assert_mem_eq(weights, updated_values(layer, context),
                         (size_t)of->shape.outputs * of->shape.inputs);
    return 0;
}

/* Perplexity and generation compute with the integers of the sparse trace, and
 * those are what the checkpoint with the updated weights has in 8 bits. */
START_TEST(updated_weights_have_scales_of_their_own_in_8_bits)
{
    struct prune prune = whole();
    struct generation_products products = { .take = take_updated };
    struct generation_asked asked = { .model = bench.model,
                                      .edit = pruning_block,
                                      .products = &products,
                                      .longest = 2 };
    struct prune_files files = { .folder = "updated",
                                 .numbers = CHECKPOINT_F32 };
    struct generation *generation;
    struct pruning *pruning;
    struct model *updated;
    struct error err;
    double wanted;

    ck_assert_int_eq(prune_scales(&plan), SCALES_BEFORE_EDIT);
    carry_out(SCORE_SPARSEGPT, STATISTICS_SEQUENTIAL, UPDATE_SPARSEGPT);
    ck_assert_msg(prune_write(&prune, &files, NULL, &err) == 0, "%s", err.text);
    updated = tiny_open("updated");
    wanted = perplexity_in_8_bits(updated, NULL, SCALES_BEFORE_EDIT);
    model_close(updated);
    ck_assert_double_eq(perplexity_of_plan(&prune, prune_scales(&plan)),
                        wanted);
    ck_assert_double_ne(perplexity_of_plan(&prune, SCALES_BEFORE_EDIT), wanted);
    products.context = prune_all(&prune);
    ck_assert_int_eq(pruning_begin(&pruning, &prune, &err), 0);
    asked.context = pruning;
    asked.scales = prune_scales(&plan);
    ck_assert_int_eq(generation_open(&generation, &asked, &err), 0);
    generation_close(generation);
    pruning_end(pruning);
    free(products.context);
}
END_TEST

START_TEST(
    a_single_token_is_written_with_the_activity_of_all_that_were_recorded)
{
    struct prune prune = whole();
    struct sparse_trace trace;
    struct error err;

    prune.inputs = 1;
    ck_assert_msg(prune_write(&prune,
                              &(struct prune_files){ .trace = "s.trace" }, NULL,
                              &err) == 0,
                  "%s", err.text);
    ck_assert_int_eq(sparse_trace_open(&trace, "s.trace", &err), 0);
    for (size_t l = 0; l < trace.layers; l++) {
        const struct recorded_layer *recorded = &bench.trace.layer[l];
        uint64_t changes = 0, of = 0;

        for (uint32_t t = 1; t < recorded->tokens; t++) {
            for (uint32_t k = 0; k < recorded->shape.inputs; k++, of += 8) {
                const int8_t *here =
                    &recorded->input[t * recorded->shape.inputs + k];

                for (int b = 0; b < 8; b++)
                    changes += (here[0] >> b & 1) !=
                               (here[-(int)recorded->shape.inputs] >> b & 1);
            }
        }
        ck_assert_uint_gt(of, 0);
        ck_assert_uint_eq(trace.layer[l].tokens, 1);
        ck_assert_double_eq_tol((double)trace.layer[l].input_activity[0],
                                (double)changes / (double)of, 1e-7);
    }
    sparse_trace_close(&trace);
}
END_TEST

START_TEST(parts_that_do_not_belong_together_are_refused)
{
    struct prune prune = whole();
    struct error err;

    ck_assert_int_eq(prune_check(&prune, &err), 0);
    plan.trace[0] ^= 1;
    ck_assert_int_eq(prune_check(&prune, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "rests on the recorded trace"));
    plan.trace[0] ^= 1;
    plan.checkpoint[0] ^= 1;
    ck_assert_int_eq(prune_check(&prune, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "the plan is for checkpoint"));
    plan.checkpoint[0] ^= 1;
    plan.layer[3].shape.outputs++;
    ck_assert_int_eq(prune_write(&prune,
                                 &(struct prune_files){ .trace = "none.trace" },
                                 NULL, &err),
                     -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "for another model"));
    plan.layer[3].shape.outputs--;
    bench.trace.layer[5].shape.inputs--;
    ck_assert_int_eq(prune_check(&prune, &err), -1);
    bench.trace.layer[5].shape.inputs++;
    ck_assert_int_ne(access("none.trace", F_OK), 0);
}
END_TEST

START_TEST(a_plan_that_needs_tokens_must_be_given_all_of_them)
{
    struct model_tokens fewer = bench.tokens;
    struct prune prune = whole();
    struct error err;

    prune.tokens = NULL;
    ck_assert_int_eq(prune_check(&prune, &err), 0);
    carry_out(SCORE_WANDA, STATISTICS_SEQUENTIAL, UPDATE_NONE);
    ck_assert_int_eq(prune_check(&prune, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "need the calibration tokens"));
    fewer.rows--;
    prune.tokens = &fewer;
    ck_assert_int_eq(prune_check(&prune, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "on 11 rows"));
}
END_TEST

/* Block 0 sees what the dense model sees; block 1 sees other inputs. */
START_TEST(sequential_statistics_are_those_behind_pruned_blocks)
{
    struct prune prune = whole();
    struct sequence *sequence = sequence_begin(bench.model, &bench.tokens, 2);
    struct pruning *pruning;
    struct model_block *block;
    struct error err;
    bool moved = false;

    ck_assert_int_eq(pruning_begin(&pruning, &prune, &err), 0);
    for (uint32_t b = 0; b < 2; b++) {
        ck_assert_int_eq(model_block_load(&block, bench.model, b, &err), 0);
        sequence_look(sequence, block, b, SEQUENCE_GRAM);
        for (size_t l = b * 7; l < (b + 1) * 7; l++) {
            const struct recorded_layer *layer = &bench.trace.layer[l];
            const double *mean = sequence_mean_square(sequence, l);
            const double *gram = sequence_gram(sequence, l);

            for (uint32_t k = 0; k < layer->shape.inputs; k++) {
                ck_assert_double_eq_tol(gram[k * (layer->shape.inputs + 1)] /
                                            (ROWS * LENGTH),
                                        mean[k], 1e-12 + 1e-12 * mean[k]);
                moved |= fabs(mean[k] / layer->mean_square[k] - 1) > 1e-3;
                ck_assert(b == 1 || fabs(mean[k] - layer->mean_square[k]) <=
                                        1e-9 * mean[k]);
            }
        }
        ck_assert_int_eq(moved, b == 1);
        ck_assert_int_eq(pruning_block(pruning, block, b, &err), 0);
        sequence_pass(sequence, block);
        model_block_free(block);
    }
    pruning_end(pruning);
    sequence_end(sequence);
}
END_TEST

START_TEST(sequential_masks_differ_only_behind_the_first_stage)
{
    struct prune prune = whole();
    float *dense = prune_all(&prune), *sequential;

    carry_out(SCORE_WANDA, STATISTICS_SEQUENTIAL, UPDATE_NONE);
    sequential = prune_all(&prune);
    ck_assert_mem_eq(dense, sequential, 3 * MOST * sizeof *dense);
    ck_assert_mem_ne(dense, sequential, plan.layers * MOST * sizeof *dense);
    free(sequential);
    free(dense);
}
END_TEST

/* Mean squares of an input, while a block runs. */
struct squares_seen {
    size_t layer, inputs;
    double *sum; /* [inputs] */
};

static void see_squares(void *context, const struct model_sight *sight)
{
    const struct squares_seen *seen = context;

    for (size_t i = 0; sight->layer == seen->layer && i < sight->tokens; i++)
        for (size_t k = 0; k < seen->inputs; k++) {
            double x = (double)sight->x[i * seen->inputs + k];

            seen->sum[k] += x * x;
        }
}

/* Rows through whole blocks, up to a layer's; those whose input comes before
 * its own have the weights of `all`. */
static void run_to(const struct squares_seen *seen, const float *all)
{
    struct model_scratch *scratch = model_scratch_new(bench.model, LENGTH);
    float *hidden = memory_new(ROWS * LENGTH * TINY_WIDTH, sizeof *hidden);
    const struct model_tap tap = { .see = see_squares,
                                   .context = (void *)seen };
    struct model_block *block;
    struct error err;

    for (size_t row = 0; row < ROWS; row++)
        model_embed(bench.model, bench.tokens.ids + row * LENGTH, LENGTH,
                    hidden + row * LENGTH * TINY_WIDTH);
    for (uint32_t b = 0; b <= plan.layer[seen->layer].shape.block; b++) {
        ck_assert_int_eq(model_block_load(&block, bench.model, b, &err), 0);
        for (size_t l = b * 7; l < (b + 1) * 7; l++)
            if (model_input_of(bench.model, l) < seen->layer)
                memcpy(model_block_layer(block, l), all + l * MOST,
                       (size_t)plan.layer[l].shape.outputs *
                           plan.layer[l].shape.inputs * sizeof *all);
        for (size_t row = 0; row < ROWS; row++)
            model_block_run(block, scratch, hidden + row * LENGTH * TINY_WIDTH,
                            LENGTH, row, &tap);
        model_block_free(block);
    }
    model_scratch_free(scratch);
    free(hidden);
}

/* Every layer's mask is that of the mean squares behind all that is pruned by
 * then, before its block and in it. */
START_TEST(a_layer_sees_inputs_behind_the_pruned_layers_before_it)
{
    struct prune prune = whole();
    float *all;

    carry_out(SCORE_WANDA, STATISTICS_SEQUENTIAL, UPDATE_NONE);
    all = prune_all(&prune);
    for (size_t l = 0; l < plan.layers; l++) {
        const struct plan_layer *layer = &plan.layer[l];
        struct mask_rule rule = { layer->pattern, 1, 1, MASK_GROUPS };
        double sum[12] = { 0 }, root[12];
        const struct squares_seen seen = { model_input_of(bench.model, l),
                                           layer->shape.inputs, sum };
        uint8_t mask[MOST];
        float weights[MOST];
        struct scored scored = { weights, root, layer->shape.inputs,
                                 layer->shape.outputs };
        struct error err;

        if (pattern_is_dense(layer->pattern))
            continue;
        run_to(&seen, all);
        for (size_t k = 0; k < seen.inputs; k++)
            sum[k] /= ROWS * LENGTH;
        score_roots(root, SCORE_WANDA, sum, layer->shape.inputs);
        ck_assert_int_eq(model_weights(bench.model, l, weights, &err), 0);
        mask_layer(mask, &scored, rule);
        for (size_t i = 0;
             i < (size_t)layer->shape.outputs * layer->shape.inputs; i++)
            ck_assert_int_eq(all[l * MOST + i] != 0, mask[i]);
    }
    free(all);
}
END_TEST

static const struct {
    enum score score;
    enum update update;
} updates_in_test[] = { { SCORE_WANDA, UPDATE_SPARSEGPT },
                        { SCORE_WANDA, UPDATE_REFIT },
                        { SCORE_MAGNITUDE, UPDATE_REFIT } };

START_TEST(an_update_changes_kept_weights_and_any_workers_give_the_same)
{
    struct prune prune = whole();
    float *plain, *first = NULL;

    carry_out(updates_in_test[_i].score, STATISTICS_DENSE, UPDATE_NONE);
    plain = prune_all(&prune);
    carry_out(updates_in_test[_i].score, STATISTICS_DENSE,
              updates_in_test[_i].update);
    for (unsigned workers = 1; workers < 4; workers++) {
        bool changed = false;
        float *all;

        prune.work.workers = workers;
        all = prune_all(&prune);
        for (size_t i = 0; i < plan.layers * MOST; i++) {
            ck_assert_int_eq(all[i] != 0, plain[i] != 0); /* masks are kept */
            changed |= all[i] != plain[i];
        }
        ck_assert(changed);
        if (!first)
            first = all;
        else {
            ck_assert_mem_eq(first, all, plan.layers * MOST * sizeof *all);
            free(all);
        }
    }
    free(first);
    free(plain);
}
END_TEST

/* prune_all() holds them against what is left of the weights. */
START_TEST(the_updates_masks_are_of_its_plan)
{
    static const enum score scores[] = { SCORE_SPARSEGPT, SCORE_ADMM,
                                         SCORE_SPARSEGPT, SCORE_ADMM,
                                         SCORE_WANDA };
    static const enum update updates[] = { UPDATE_REFIT, UPDATE_ADMM,
                                           UPDATE_RECONSTRUCT,
                                           UPDATE_RECONSTRUCT,
                                           UPDATE_RECONSTRUCT };
    struct prune prune = whole();
    float *first, *second;

    plan.reconstruct.steps = 4;

    carry_out(scores[_i], STATISTICS_SEQUENTIAL, updates[_i]);
    prune.work.workers = 1;
    first = prune_all(&prune);
    prune.work.workers = 3;
    second = prune_all(&prune);
    ck_assert_mem_eq(first, second, plan.layers * MOST * sizeof *first);
    free(second);
    free(first);
}
END_TEST

static void flip_last_byte(const char *path)
{
    FILE *file = fopen(path, "r+b");
    int byte;

    ck_assert_ptr_nonnull(file);
    fseek(file, -1, SEEK_END);
    byte = getc(file);
    fseek(file, -1, SEEK_END);
    putc(byte ^ 1, file);
    fclose(file);
}

/* The first block, by hand: what ADMM leaves of it, trained on its input until
 * its output is what the dense block's is. */
START_TEST(a_block_is_trained_on_its_own_input)
{
    enum { ROW = LENGTH * TINY_WIDTH };
    struct prune prune = whole();
    struct model_scratch *scratch = model_scratch_new(bench.model, LENGTH);
    float *input = memory_new(ROWS * ROW, sizeof *input), *start, *all;
    float *target = memory_new(ROWS * ROW, sizeof *target);
    uint8_t masks[7][MOST], *mask[14] = { NULL };
    struct reconstruction what = {
        .model = bench.model,
        .mask = mask,
        .input = input,
        .target = target,
        .rows = ROWS,
        .tokens = LENGTH,
    };
    struct error err;

    plan.reconstruct.steps = 3;
    carry_out(SCORE_ADMM, STATISTICS_SEQUENTIAL, UPDATE_RECONSTRUCT);
    all = prune_all(&prune);
    what.how = plan.reconstruct;
    carry_out(SCORE_ADMM, STATISTICS_SEQUENTIAL, UPDATE_ADMM);
    start = prune_all(&prune);
    ck_assert_int_eq(model_block_load(&what.block, bench.model, 0, &err), 0);
    for (size_t row = 0; row < ROWS; row++) {
        model_embed(bench.model, bench.tokens.ids + row * LENGTH, LENGTH,
                    input + row * ROW);
        memcpy(target + row * ROW, input + row * ROW, ROW * sizeof *target);
        model_block_run(what.block, scratch, target + row * ROW, LENGTH, row,
                        NULL);
    }
    for (size_t l = 0; l < 7; l++) {
        size_t size =
            (size_t)plan.layer[l].shape.outputs * plan.layer[l].shape.inputs;

        memcpy(model_block_layer(what.block, l), start + l * MOST,
               size * sizeof *start);
        for (size_t i = 0; i < size; i++)
            masks[l][i] = start[l * MOST + i] != 0;
        if (!pattern_is_dense(plan.layer[l].pattern))
            mask[l] = masks[l];
    }
    ck_assert_int_eq(reconstruct_run(&what, NULL, &err), 0);
    for (size_t l = 0; l < 7; l++)
        ck_assert_mem_eq(model_block_layer(what.block, l), all + l * MOST,
                         (size_t)plan.layer[l].shape.outputs *
                             plan.layer[l].shape.inputs * sizeof *all);
    model_block_free(what.block);
    model_scratch_free(scratch);
    free(target);
    free(input);
    free(start);
    free(all);
}
END_TEST

/* Once the first token is another, a block that is computed again comes out
 * otherwise: whether one was taken up can be seen. */
START_TEST(finished_blocks_are_taken_up_and_nothing_else_is)
{
    size_t bytes = 7 * MOST * sizeof(float);
    struct prune prune = whole();
    float *first, *again;

    plan.reconstruct.steps = 3;
    carry_out(SCORE_ADMM, STATISTICS_SEQUENTIAL, UPDATE_RECONSTRUCT);
    prune.keep = "k";
    prune.trial = true;
    first = prune_all(&prune);
    ck_assert_int_eq(access("k.block-0", F_OK), 0);
    bench.tokens.ids[0] ^= 1;
    again = prune_all(&prune);
    ck_assert_mem_eq(first, again, 2 * bytes);
    free(again);
    flip_last_byte("k.block-1"); /* damaged: made anew, and kept */
    again = prune_all(&prune);
    ck_assert_mem_eq(first, again, bytes);
    ck_assert_mem_ne(first + 7 * MOST, again + 7 * MOST, bytes);
    free(again);
    plan.reconstruct.seed++; /* another plan */
    again = prune_all(&prune);
    ck_assert_mem_ne(first, again, bytes);
    bench.tokens.ids[0] ^= 1;
    prune_forget(&prune);
    ck_assert_int_ne(access("k.block-0", F_OK), 0);
    ck_assert_int_ne(access("k.block-1", F_OK), 0);
    free(again);
    free(first);
}
END_TEST

/* All but rows that are taken up make `again` what it was. */
static void check_kept(const struct prune *prune, const float *first)
{
    float *again = prune_all(prune);

    ck_assert_mem_eq(first, again, plan.layers * MOST * sizeof *first);
    free(again);
}

/* A layer that lies there, of whatever, has all of them kept. */
START_TEST(rows_without_all_layers_before_them_are_not_taken_up)
{
    struct prune prune = whole();
    float *first;

    carry_out(SCORE_SPARSEGPT, STATISTICS_SEQUENTIAL, UPDATE_SPARSEGPT);
    first = prune_all(&prune);
    prune.keep = "k";
    prune.keeps = true;
    prune.keeps_all = _i; /* then rows stand behind the last block */
    fclose(fopen("k.layer-6", "w"));
    check_kept(&prune, first);
    ck_assert_int_eq(access("k.rows", F_OK), 0);
    ck_assert_int_ne(access("k.layer-2", F_OK), 0); /* it is dense */
    check_kept(&prune, first);
    for (int layer = 0; layer < (_i ? 14 : 7); layer++) {
        /* as of one killed at the end */
        char path[16];

        snprintf(path, sizeof path, "k.layer-%d", layer);
        unlink(path);
        check_kept(&prune, first);
        ck_assert_int_eq(access(path, F_OK) == 0, layer != 2);
    }
    prune_forget(&prune);
    ck_assert_int_ne(access("k.rows", F_OK), 0);
    ck_assert_int_ne(access("k.layer-13", F_OK), 0);
    free(first);
}
END_TEST

/* Ends a command when the rows have been looked at for so many stages that
 * others help with. */
static int stop_at_stage(void *context, uint32_t part, struct error *err)
{
    int *left = context;

    (void)part;
    return --*left > 0 ? 0 : error_set(err, ERROR_DISK, "enough");
}

/* Whose first token is another: it can only come to the same if it goes on with
 * the rows, and the sums, that were kept.  _i: how many stages, 1 to 4, and
 * from 4 on with the dense model beside. */
START_TEST(rows_and_sums_of_a_stage_are_taken_up)
{
    struct prune prune = whole();
    struct model_block *block;
    struct pruning *pruning;
    int left = 1 + _i % 4, status = 0;
    struct error err;
    float *first;

    carry_out(SCORE_SPARSEGPT, STATISTICS_SEQUENTIAL, UPDATE_SPARSEGPT);
    plan.propagate = _i < 4 ? NAN : 0.5;
    first = prune_all(&prune);
    prune.keep = "k";
    prune.keeps = prune.keeps_all = true;
    prune.share = stop_at_stage;
    prune.context = &left;
    ck_assert_int_eq(pruning_begin(&pruning, &prune, &err), 0);
    for (uint32_t b = 0; b < 2 && status == 0; b++) {
        ck_assert_int_eq(model_block_load(&block, bench.model, b, &err), 0);
        status = pruning_block(pruning, block, b, &err);
        model_block_free(block);
    }
    ck_assert_str_eq(err.text, "enough");
    pruning_end(pruning);
    prune.share = NULL;
    bench.tokens.ids[0] ^= 1;
    check_kept(&prune, first);
    prune_forget(&prune);
    bench.tokens.ids[0] ^= 1;
    plan.propagate = NAN;
    free(first);
}
END_TEST

/* Inputs of the trace that have nothing in common, but for two of layer 3,
 * whose Hessian cannot be factored without 10 % of its diagonal. */
static void put_grams(void)
{
    static float eight[8 * 8], twelve[12 * 12], strange[8 * 8];

    for (int i = 0; i < 12; i++) {
        twelve[i * 13] = 1;
        if (i < 8)
            eight[i * 9] = strange[i * 9] = 1;
    }
    strange[1] = strange[8] = 1.05f;
    bench.trace.has_gram = true;
    for (size_t l = 0; l < plan.layers; l++)
        bench.trace.layer[l].gram =
            plan.layer[l].shape.inputs == 12 ? twelve : eight;
    bench.trace.layer[3].gram = strange;
}

/* Told of who computes it, and of who takes up what another has computed. */
START_TEST(layers_whose_hessian_had_to_be_dampened_are_told)
{
    struct prune prune = whole();
    uint8_t *dampened = memory_new(plan.layers, 1);

    carry_out(SCORE_SPARSEGPT, STATISTICS_DENSE, UPDATE_SPARSEGPT_DENSE);
    put_grams();
    prune.dampened = dampened;
    prune.keep = "k";
    prune.keeps = true;
    fclose(fopen("k.layer-13", "w")); /* so all others are kept */
    for (int time = 0; time < 2; time++) {
        char *words;

        memset(dampened, 0, plan.layers);
        free(prune_all(&prune));
        ck_assert_int_eq(access("k.layer-3", F_OK), 0);
        for (size_t l = 0; l < plan.layers; l++)
            ck_assert_uint_eq(dampened[l], l == 3);
        words = prune_dampened_words(&prune);
        ck_assert_str_eq(words,
                         "the inputs' Hessian of 1 of 14 layers could not be "
                         "factored with 1 % of its mean diagonal added, but "
                         "with up to 10 %: their updates are less exact (the "
                         "first is model.layers.0.self_attn.o_proj)");
        free(words);
    }
    prune_forget(&prune);
    memset(dampened, 0, plan.layers);
    ck_assert_ptr_null(prune_dampened_words(&prune));
    free(dampened);
}
END_TEST

START_TEST(a_written_trace_leaves_no_finished_blocks)
{
    struct prune prune = whole();
    struct error err;

    plan.reconstruct.steps = 1;
    carry_out(SCORE_ADMM, STATISTICS_SEQUENTIAL, UPDATE_RECONSTRUCT);
    prune.keep = "s.trace";
    ck_assert_msg(prune_write(&prune,
                              &(struct prune_files){ .trace = "s.trace" }, NULL,
                              &err) == 0,
                  "%s", err.text);
    ck_assert_int_ne(access("s.trace.block-0", F_OK), 0);
}
END_TEST

START_TEST(every_update_has_a_name_that_finds_it)
{
    for (unsigned i = 0; i < UPDATES; i++) {
        enum update update = (enum update)i;

        ck_assert_ptr_nonnull(update_names[i]);
        ck_assert_int_eq(update_find(update_names[i]), update);
        ck_assert_int_eq(
            update_from_trace(update),
            strlen(update_names[i]) > 6 &&
                strcmp(update_names[i] + strlen(update_names[i]) - 6,
                       "-dense") == 0);
        ck_assert(update == UPDATE_NONE ||
                  update_in_sequence(update) != update_from_trace(update));
    }
    ck_assert_ptr_null(update_names[UPDATES]);
    ck_assert_int_eq(update_find("refitt"), UPDATES);
}
END_TEST

START_TEST(what_a_selection_asks_for_is_in_the_plan_and_its_file)
{
    struct selection selection = bench_selection(&bench, 0.5, NULL);
    struct plan made, back;
    struct error err;
    char *text;

    selection.update = UPDATE_SPARSEGPT;
    selection.agreement = 4;
    bench_select(&made, "uniform", &selection);
    ck_assert_int_eq(made.score, SCORE_SPARSEGPT);
    ck_assert_int_eq(made.statistics, STATISTICS_SEQUENTIAL);
    ck_assert(prune_needs_tokens(&made));
    text = plan_text(&made);
    ck_assert_msg(plan_parse(&back, text, "text", &err) == 0, "%s", err.text);
    ck_assert_int_eq(back.update, UPDATE_SPARSEGPT);
    ck_assert_uint_eq(back.agreement, 4);
    free(text);
    plan_release(&back);
    plan_release(&made);
    selection.keep_masks = true;
    bench_select(&made, "uniform", &selection);
    ck_assert_int_eq(made.score, SCORE_WANDA);
    ck_assert_int_eq(made.statistics, STATISTICS_DENSE);
    plan_release(&made);
}
END_TEST

/* The file's check knows nothing of how masks are made. */
START_TEST(agreeing_plans_make_traces_whose_selects_agree)
{
    static const enum score scores[2] = { SCORE_WANDA, SCORE_SPARSEGPT };
    struct prune prune = whole();
    struct sparse_trace trace;
    struct error err;

    plan.agreement = 4;
    for (int i = 0; i < 2; i++) {
        carry_out(scores[i], i ? STATISTICS_SEQUENTIAL : STATISTICS_DENSE,
                  i ? UPDATE_SPARSEGPT : UPDATE_NONE);
        ck_assert_int_eq(
            prune_write(&prune, &(struct prune_files){ .trace = "s.trace" },
                        NULL, &err),
            0);
        ck_assert_msg(sparse_trace_open(&trace, "s.trace", &err) == 0, "%s",
                      err.text);
        ck_assert_uint_eq(trace.layer[0].agreement, 4);
        sparse_trace_close(&trace);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("prune");
    TCase *pruning = tcase_create("pruning");

    tcase_add_unchecked_fixture(pruning, enter, leave);
    tcase_add_test(pruning,
                   a_pruned_block_has_n_of_m_weights_left_and_those_unchanged);
    tcase_add_test(
        pruning,
        the_sparse_trace_has_the_quantised_weights_where_the_block_has_its);
    tcase_add_test(pruning, updated_weights_have_scales_of_their_own_in_8_bits);
    tcase_add_test(
        pruning,
        a_single_token_is_written_with_the_activity_of_all_that_were_recorded);
    tcase_add_test(pruning, parts_that_do_not_belong_together_are_refused);
    tcase_add_test(pruning, a_plan_that_needs_tokens_must_be_given_all_of_them);
    tcase_add_test(pruning,
                   sequential_statistics_are_those_behind_pruned_blocks);
    tcase_add_test(pruning,
                   sequential_masks_differ_only_behind_the_first_stage);
    tcase_add_test(pruning, a_block_is_trained_on_its_own_input);
    tcase_add_test(pruning,
                   a_layer_sees_inputs_behind_the_pruned_layers_before_it);
    tcase_add_loop_test(
        pruning, an_update_changes_kept_weights_and_any_workers_give_the_same,
        0, 3);
    tcase_add_loop_test(pruning, the_updates_masks_are_of_its_plan, 0, 5);
    tcase_add_test(pruning, finished_blocks_are_taken_up_and_nothing_else_is);
    tcase_add_loop_test(
        pruning, rows_without_all_layers_before_them_are_not_taken_up, 0, 2);
    tcase_add_loop_test(pruning, rows_and_sums_of_a_stage_are_taken_up, 0, 8);
    tcase_add_test(pruning, layers_whose_hessian_had_to_be_dampened_are_told);
    tcase_add_test(pruning, a_written_trace_leaves_no_finished_blocks);
    tcase_add_test(pruning, every_update_has_a_name_that_finds_it);
    tcase_add_test(pruning,
                   what_a_selection_asks_for_is_in_the_plan_and_its_file);
    tcase_add_test(pruning, agreeing_plans_make_traces_whose_selects_agree);
    suite_add_tcase(suite, pruning);
    return suite;
}
