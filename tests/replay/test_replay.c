/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "replay/replay.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/stop.h"
#include "tests/models/cases.h"
#include "tests/suite.h"

enum { LAYERS = 20 };

struct seen {
    size_t count;
    uint64_t cycles[LAYERS];
    const struct layer *layer[LAYERS];
    size_t stop_after; /* 0: never */
};

static int see(void *context, const struct replay_result *result,
               struct error *err)
{
    struct seen *seen = context;

    seen->layer[seen->count] = result->layer;
    seen->cycles[seen->count++] = result->result->cycles;
    if (seen->count == seen->stop_after)
        return error_set(err, ERROR_DISK, "enough");
    return 0;
}

static void make_layers(struct test_case tests[LAYERS],
                        struct layer layers[LAYERS])
{
    uint64_t seed = 5;

    for (size_t i = 0; i < LAYERS; i++) {
        random_case(&tests[i], &seed);
        layers[i] = tests[i].layer;
    }
}

static void release_layers(struct test_case tests[LAYERS])
{
    for (size_t i = 0; i < LAYERS; i++)
        release_case(&tests[i]);
}

START_TEST(results_come_in_order_and_equal_for_any_number_of_workers)
{
    struct test_case tests[LAYERS];
    struct layer layers[LAYERS];
    struct machine machine;
    struct error err;
    struct seen one = { 0 };

    golden_machine(&machine);
    make_layers(tests, layers);
    for (unsigned workers = 1; workers <= 5; workers++) {
        struct seen seen = { 0 };
        struct replay_options options = { .work.workers = workers,
                                          .verify = workers % 2,
                                          .done = see,
                                          .context = &seen };

        ck_assert_msg(replay_layers(&machine, layers, LAYERS, &options, &err) ==
                          0,
                      "%s", err.text);
        ck_assert_uint_eq(seen.count, LAYERS);
        for (size_t i = 0; i < LAYERS; i++)
            ck_assert_ptr_eq(seen.layer[i], &layers[i]);
        if (workers == 1)
            one = seen;
        ck_assert_mem_eq(one.cycles, seen.cycles, sizeof one.cycles);
    }
    release_layers(tests);
}
END_TEST

START_TEST(the_first_trouble_in_order_ends_the_replay)
{
    struct test_case tests[LAYERS];
    struct layer layers[LAYERS];
    struct machine machine;
    struct error err;

    golden_machine(&machine);
    set_machine(&machine, "macro.sub_macros=1 macro.rows=1");
    for (uint32_t i = 0; i < LAYERS; i++) {
        golden_case(&tests[i], i < 7 ? "1:2" : "dense", 3, 8 + i, 4, 1);
        layers[i] = tests[i].layer;
    }
    for (unsigned workers = 1; workers <= 3; workers++) {
        struct seen seen = { 0 };
        struct replay_options options = { .work.workers = workers,
                                          .done = see,
                                          .context = &seen };

        ck_assert_int_eq(
            replay_layers(&machine, layers, LAYERS, &options, &err), -1);
        ck_assert_int_eq(err.kind, ERROR_DATA);
        ck_assert_ptr_nonnull(strstr(err.text, "needs 2 slots"));
        ck_assert_uint_eq(seen.count, 7);
    }
    release_layers(tests);
}
END_TEST

START_TEST(who_takes_the_results_can_end_the_replay)
{
    struct test_case tests[LAYERS];
    struct layer layers[LAYERS];
    struct machine machine;
    struct seen seen = { .stop_after = 4 };
    struct replay_options options = { .work.workers = 2,
                                      .done = see,
                                      .context = &seen };
    struct error err;

    golden_machine(&machine);
    make_layers(tests, layers);
    ck_assert_int_eq(replay_layers(&machine, layers, LAYERS, &options, &err),
                     -1);
    ck_assert_str_eq(err.text, "enough");
    ck_assert_uint_eq(seen.count, 4);
    release_layers(tests);
}
END_TEST

static bool every_other(void *context, const struct layer *layer)
{
    (void)context;
    return layer->tokens % 2;
}

START_TEST(layers_that_are_there_already_are_skipped)
{
    struct test_case tests[LAYERS];
    struct layer layers[LAYERS];
    struct machine machine;
    struct seen seen = { 0 };
    struct replay_options options = {
        .work.workers = 2, .skip = every_other, .done = see, .context = &seen
    };
    size_t left = 0;
    struct error err;

    golden_machine(&machine);
    make_layers(tests, layers);
    for (size_t i = 0; i < LAYERS; i++)
        left += layers[i].tokens % 2 == 0;
    ck_assert_int_eq(replay_layers(&machine, layers, LAYERS, &options, &err),
                     0);
    ck_assert_uint_gt(left, 0);
    ck_assert_uint_eq(seen.count, left);
    for (size_t i = 0; i < left; i++)
        ck_assert_uint_eq(seen.layer[i]->tokens % 2, 0);
    release_layers(tests);
}
END_TEST

START_TEST(a_stop_ends_before_the_next_layer)
{
    struct test_case tests[LAYERS];
    struct layer layers[LAYERS];
    struct machine machine;
    struct seen seen = { 0 };
    struct replay_options options = { .work.workers = 1,
                                      .done = see,
                                      .context = &seen };
    struct error err;

    golden_machine(&machine);
    make_layers(tests, layers);
    stop_on_signals();
    raise(SIGINT);
    ck_assert_int_eq(replay_layers(&machine, layers, LAYERS, &options, &err),
                     -1);
    ck_assert_int_eq(err.kind, ERROR_INTERRUPTED);
    ck_assert_uint_eq(seen.count, 0);
    release_layers(tests);
}
END_TEST

START_TEST(the_product_is_that_of_matrix_and_mask)
{
    uint64_t seed = (uint64_t)_i;

    for (int round = 0; round < 100; round++) {
        struct test_case test;
        int32_t *product, *expected;

        random_case(&test, &seed);
        product = replay_product(&test.layer);
        expected = integer_product(&test);
        ck_assert_mem_eq(product, expected,
                         sizeof *product * test.layer.tokens *
                             test.layer.shape.outputs);
        free(product);
        free(expected);
        release_case(&test);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("replay");
    TCase *layers = tcase_create("layers");

    tcase_add_test(layers,
                   results_come_in_order_and_equal_for_any_number_of_workers);
    tcase_add_test(layers, the_first_trouble_in_order_ends_the_replay);
    tcase_add_test(layers, who_takes_the_results_can_end_the_replay);
    tcase_add_test(layers, layers_that_are_there_already_are_skipped);
    tcase_add_test(layers, a_stop_ends_before_the_next_layer);
    tcase_add_loop_test(layers, the_product_is_that_of_matrix_and_mask, 0, 3);
    suite_add_tcase(suite, layers);
    return suite;
}
