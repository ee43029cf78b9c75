/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "replay/estimate.h"

#include <time.h>

#include "tests/models/cases.h"
#include "tests/suite.h"

static char name[] = "drawn";

static struct layer drawn(uint32_t tokens, uint32_t inputs, uint32_t outputs)
{
    return (struct layer){ .shape.name = name,
                           .tokens = tokens,
                           .shape.inputs = inputs,
                           .shape.outputs = outputs,
                           .pattern = { 4, 8 },
                           .agreement = 1,
                           .seed = 3 };
}

static double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

START_TEST(little_work_is_not_timed)
{
    struct layer layers[] = { drawn(8, 100, 100), drawn(8, 200, 100) };
    struct replay_options options = { .slow = true };
    struct machine machine;
    double seconds[2] = { 9, 9 };

    golden_machine(&machine);
    ck_assert_double_eq(estimate_replay(seconds, &machine, layers, 2, &options),
                        0);
    ck_assert_double_eq(seconds[0], 0);
    ck_assert_double_eq(seconds[1], 0);
}
END_TEST

static bool is_second(void *context, const struct layer *layer)
{
    return layer == (const struct layer *)context + 1;
}

START_TEST(equal_layers_take_equal_time_and_skipped_ones_none)
{
    struct layer layers[] = { drawn(4000, 1024, 256), drawn(4000, 1024, 256),
                              drawn(4000, 1024, 256), drawn(32000, 1024, 256) };
    struct replay_options options = { .slow = true,
                                      .skip = is_second,
                                      .context = layers };
    struct machine machine;
    double seconds[4], sum;

    golden_machine(&machine);
    sum = estimate_replay(seconds, &machine, layers, 4, &options);
    ck_assert(seconds[0] > 0);
    ck_assert_double_eq(seconds[1], 0);
    ck_assert_double_eq(seconds[2], seconds[0]);
    ck_assert(seconds[3] > seconds[0]);
    ck_assert_double_eq_tol(sum, 2 * seconds[0] + seconds[3], 1e-9);
}
END_TEST

/* Processor time against processor time, so that others do not disturb. */
START_TEST(an_estimate_is_right_within_a_factor_of_four)
{
    struct layer layer = drawn(4000, 1024, 256);
    struct replay_options options = { .slow = true, .work.workers = 1 };
    struct machine machine;
    struct error err;
    double expected, seconds, taken;

    golden_machine(&machine);
    expected = estimate_replay(&seconds, &machine, &layer, 1, &options);
    taken = -cpu_seconds();
    ck_assert_int_eq(replay_layers(&machine, &layer, 1, &options, &err), 0);
    taken += cpu_seconds();
    ck_assert_msg(expected > taken / 4 && expected < taken * 4,
                  "%g s were expected, %g s taken", expected, taken);
}
END_TEST

START_TEST(a_layer_that_cannot_run_takes_no_time)
{
    struct layer layer = drawn(400, 100000, 320);
    struct replay_options options = { .slow = true };
    struct machine machine;
    double seconds;

    golden_machine(&machine);
    set_machine(&machine, "outputs.capacity=100");
    ck_assert_double_eq(
        estimate_replay(&seconds, &machine, &layer, 1, &options), 0);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("estimate");
    TCase *estimates = tcase_create("estimates");

    tcase_add_test(estimates, little_work_is_not_timed);
    tcase_add_test(estimates,
                   equal_layers_take_equal_time_and_skipped_ones_none);
    tcase_add_test(estimates, an_estimate_is_right_within_a_factor_of_four);
    tcase_add_test(estimates, a_layer_that_cannot_run_takes_no_time);
    suite_add_tcase(suite, estimates);
    return suite;
}
