/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/prune.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "tests/flow/bench.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"
#include "trace/sparse_trace.h"

static struct bench bench;
static struct plan plan;

static void enter(void)
{
    struct selection selection;

    tiny_enter();
    tiny_write("m", &(struct tiny){ 0 });
    tiny_write_tokens("f", "calibration", 3, 20);
    bench_open(&bench, "m", "f", "m.trace", 0);
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

static struct prune whole(void)
{
    return (struct prune){ .plan = &plan,
                           .trace = &bench.trace,
                           .model = bench.model };
}

/* kept[o][k] of a loaded block's layer after pruning, against its weights. */
START_TEST(a_pruned_block_has_n_of_m_weights_left_and_those_unchanged)
{
    struct prune prune = whole();
    struct model_block *block;
    struct error err;

    for (uint32_t b = 0; b < 2; b++) {
        ck_assert_int_eq(model_block_load(&block, bench.model, b, &err), 0);
        ck_assert_int_eq(prune_block(&prune, block, b, &err), 0);
        for (size_t l = b * 7; l < (b + 1) * 7; l++) {
            const struct plan_layer *layer = &plan.layer[l];
            const float *pruned = model_block_layer(block, l);
            float weights[12 * 12];
            uint64_t kept = 0;

            ck_assert_int_eq(model_weights(bench.model, l, weights, &err), 0);
            for (size_t i = 0; i < (size_t)layer->outputs * layer->inputs;
                 i++) {
                ck_assert(pruned[i] == 0 || pruned[i] == weights[i]);
                kept += pruned[i] != 0;
            }
            ck_assert_uint_eq(kept, plan_layer_kept(layer));
        }
        model_block_free(block);
    }
}
END_TEST

START_TEST(the_sparse_trace_has_the_quantised_weights_where_the_block_has_its)
{
    struct prune prune = whole();
    struct sparse_trace trace;
    struct model_block *block;
    struct error err;

    ck_assert_msg(prune_write(&prune, "s.trace", &err) == 0, "%s", err.text);
    ck_assert_msg(sparse_trace_open(&trace, "s.trace", &err) == 0, "%s",
                  err.text);
    for (size_t l = 0; l < trace.layers; l++) {
        const struct layer *layer = &trace.layer[l];
        const struct recorded_layer *recorded = &bench.trace.layer[l];
        uint32_t position[12];
        int8_t value[12];

        ck_assert_int_eq(
            model_block_load(&block, bench.model, layer->block, &err), 0);
        ck_assert_int_eq(prune_block(&prune, block, layer->block, &err), 0);
        for (uint32_t o = 0; o < layer->outputs; o++) {
            layer_output(layer, o, position, value);
            for (uint32_t i = 0; i < layer_kept(layer); i++) {
                size_t at = (size_t)o * layer->inputs + position[i];

                ck_assert(model_block_layer(block, l)[at] != 0);
                ck_assert_int_eq(value[i], recorded->weights[at]);
            }
        }
        ck_assert_mem_eq(layer->input, recorded->input,
                         (size_t)layer->tokens * layer->inputs);
        model_block_free(block);
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
    plan.layer[3].outputs++;
    ck_assert_int_eq(prune_write(&prune, "none.trace", &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "for another model"));
    plan.layer[3].outputs--;
    bench.trace.layer[5].inputs--;
    ck_assert_int_eq(prune_check(&prune, &err), -1);
    bench.trace.layer[5].inputs++;
    ck_assert_int_ne(access("none.trace", F_OK), 0);
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
    tcase_add_test(pruning, parts_that_do_not_belong_together_are_refused);
    suite_add_tcase(suite, pruning);
    return suite;
}
