/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pruning a model of whose experts some saw no calibration token. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "flow/prune/prune.h"
#include "flow/select/select.h"
#include "tests/flow/bench.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"
#include "trace/sparse_trace.h"

static const char folder[] = SOURCE_ROOT "/tests/llm/families/qwen3-moe";

static struct bench bench;
static struct plan plan;

/* One row of three tokens: of eight experts two see each. */
static void enter(void)
{
    struct selection selection;

    tiny_enter();
    tiny_write_tokens("f", "calibration", 1, 3);
    bench_open(&bench, folder, "f:calibration", "m.trace", 0);
    selection = bench_selection(&bench, 0.5, NULL);
    bench_select(&plan, "uniform", &selection);
}

static void leave(void)
{
    plan_release(&plan);
    bench_close(&bench);
    unlink("s.trace");
    tiny_leave();
}

static bool is_unreached(size_t layer)
{
    return bench.trace.layer[layer].routed &&
           bench.trace.layer[layer].reached == 0;
}

/* Every group keeps its four largest weights, as they are; no two are equal. */
static void must_keep_the_largest(const float *pruned, const float *dense,
                                  size_t size)
{
    for (size_t i = 0; i < size; i++) {
        size_t group = i / 8 * 8, larger = 0;

        for (size_t j = group; j < group + 8; j++)
            larger += fabsf(dense[j]) > fabsf(dense[i]);
        ck_assert_float_eq(pruned[i], larger < 4 ? dense[i] : 0);
    }
}

static const enum update updates[] = { UPDATE_NONE, UPDATE_SPARSEGPT,
                                       UPDATE_REFIT, UPDATE_ADMM };

START_TEST(an_expert_that_nothing_reached_keeps_its_largest_weights)
{
    struct prune prune = { .plan = &plan,
                           .trace = &bench.trace,
                           .model = bench.model,
                           .tokens = &bench.tokens,
                           .work.workers = 1 };
    struct pruning *pruning;
    size_t checked = 0;
    struct error err;

    plan.update = updates[_i];
    ck_assert_msg(pruning_begin(&pruning, &prune, &err) == 0, "%s", err.text);
    for (uint32_t b = 0; b < model_blocks(bench.model); b++) {
        struct model_block *block, *dense;

        ck_assert_int_eq(model_block_load(&block, bench.model, b, &err), 0);
        ck_assert_int_eq(model_block_load(&dense, bench.model, b, &err), 0);
        ck_assert_msg(pruning_block(pruning, block, b, &err) == 0, "%s",
                      err.text);
        for (size_t l = 0; l < plan.layers; l++) {
            const struct plan_layer *layer = &plan.layer[l];

            if (layer->shape.block != b || !is_unreached(l))
                continue;
            must_keep_the_largest(
                model_block_layer(block, l), model_block_layer(dense, l),
                (size_t)layer->shape.outputs * layer->shape.inputs);
            checked++;
        }
        model_block_free(block);
        model_block_free(dense);
    }
    ck_assert_uint_ge(checked, 2 * 3 * (8 - 6));
    pruning_end(pruning);
}
END_TEST

START_TEST(a_sparse_trace_has_no_inputs_of_an_expert_that_saw_none)
{
    struct prune prune = { .plan = &plan,
                           .trace = &bench.trace,
                           .model = bench.model,
                           .work.workers = 1,
                           .inputs = (uint32_t)(_i + 1) };
    struct sparse_trace sparse;
    char wanted[HASH_TEXT];
    struct error err;

    ck_assert_msg(prune_write(&prune,
                              &(struct prune_files){ .trace = "s.trace" }, NULL,
                              &err) == 0,
                  "%s", err.text);
    prune_identity(&prune, wanted);
    ck_assert_msg(sparse_trace_open(&sparse, "s.trace", &err) == 0, "%s",
                  err.text);
    ck_assert_str_eq(sparse.hash, wanted);
    for (size_t l = 0; l < sparse.layers; l++) {
        const struct recorded_layer *recorded = &bench.trace.layer[l];
        uint32_t seen = prune.inputs;

        if (recorded->routed)
            for (seen = 0; seen < recorded->tokens &&
                           recorded->place[seen] < (int)prune.inputs;)
                seen++;
        ck_assert_uint_eq(sparse.layer[l].tokens, seen);
        ck_assert_int_eq(sparse.layer[l].input == NULL, seen == 0);
        ck_assert_ptr_nonnull(sparse.layer[l].values);
    }
    sparse_trace_close(&sparse);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("prune_experts");
    TCase *experts = tcase_create("experts");

    tcase_add_checked_fixture(experts, enter, leave);
    tcase_add_loop_test(
        experts, an_expert_that_nothing_reached_keeps_its_largest_weights, 0,
        sizeof updates / sizeof *updates);
    tcase_add_loop_test(
        experts, a_sparse_trace_has_no_inputs_of_an_expert_that_saw_none, 0, 3);
    suite_add_tcase(suite, experts);
    return suite;
}
