/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stop that is asked for in the middle of a layer. */
#include <signal.h>
#include <stdlib.h>

#include "base/stop.h"
#include "tests/models/cases.h"
#include "tests/suite.h"

/* Asks for a stop when so many things were seen, and counts on. */
struct interrupter {
    unsigned stop_at;
    unsigned seen;
    double share;
};

static void count(struct interrupter *interrupter)
{
    if (++interrupter->seen == interrupter->stop_at)
        raise(SIGINT);
}

static void on_span(void *context, const struct watch_span *span)
{
    if (span->unit == WATCH_ENTRY)
        count(context);
}

static void on_load(void *context, const struct watch_load *load)
{
    (void)load;
    count(context);
}

static void on_share(void *context, double share)
{
    struct interrupter *interrupter = context;

    ck_assert(share >= interrupter->share && share <= 1);
    interrupter->share = share;
}

/* 10,000 tokens in 4 tiles, or 100 column tiles of one token. */
static int run(struct interrupter *interrupter, bool slow, struct error *err)
{
    struct accelerator_watch watch = { .context = interrupter,
                                       .span = slow ? on_span : NULL,
                                       .load = slow ? NULL : on_load };
    struct accelerator_options options = { .slow = slow,
                                           .outputs = true,
                                           .watch = &watch,
                                           .advanced = on_share,
                                           .context = interrupter };
    struct machine machine;
    struct test_case test;
    struct layer_result result;
    int status;

    golden_machine(&machine);
    golden_case(&test, "4:8", slow ? 10000 : 1, 512, slow ? 64 : 3200, 1);
    stop_on_signals();
    status = accelerator_run(&result, &machine, &test.layer, &options, err);
    if (status == 0)
        layer_result_release(&result);
    else
        ck_assert_ptr_null(result.outputs);
    release_case(&test);
    return status;
}

START_TEST(a_stop_ends_the_slow_way_inside_a_layer)
{
    struct interrupter interrupter = { .stop_at = 5000 };
    struct error err;

    ck_assert_int_eq(run(&interrupter, true, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_INTERRUPTED);
    ck_assert_uint_ge(interrupter.seen, 5000);
    ck_assert_uint_lt(interrupter.seen, 10000);
    ck_assert(interrupter.share > 0 && interrupter.share < 0.25);
}
END_TEST

START_TEST(without_a_stop_the_slow_way_tells_its_share_up_to_all)
{
    struct interrupter interrupter = { 0 };
    struct error err;

    ck_assert_int_eq(run(&interrupter, true, &err), 0);
    ck_assert_uint_eq(interrupter.seen, 40000);
    ck_assert_double_eq(interrupter.share, 1);
}
END_TEST

START_TEST(a_stop_ends_the_values_of_the_fast_way_inside_a_layer)
{
    struct interrupter interrupter = { .stop_at = 7 };
    struct error err;

    ck_assert_int_eq(run(&interrupter, false, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_INTERRUPTED);
    ck_assert_uint_lt(interrupter.seen, 10);
}
END_TEST

START_TEST(a_stop_ends_a_look_into_a_layer)
{
    struct interrupter interrupter = { .stop_at = 5000 };
    struct accelerator_watch watch = { .context = &interrupter,
                                       .span = on_span };
    struct accelerator_view view = { .watch = &watch, .clocks = 1000000 };
    struct machine machine;
    struct test_case test;
    struct error err;

    golden_machine(&machine);
    golden_case(&test, "4:8", 10000, 256, 32, 1);
    stop_on_signals();
    ck_assert_int_eq(accelerator_look(&machine, &test.layer, &view, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_INTERRUPTED);
    ck_assert_uint_lt(interrupter.seen, 10000);
    release_case(&test);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("interruption");
    TCase *stops = tcase_create("stops");

    /* First: where tests are not forked, a stop is never taken back. */
    tcase_add_test(stops,
                   without_a_stop_the_slow_way_tells_its_share_up_to_all);
    tcase_add_test(stops, a_stop_ends_the_slow_way_inside_a_layer);
    tcase_add_test(stops,
                   a_stop_ends_the_values_of_the_fast_way_inside_a_layer);
    tcase_add_test(stops, a_stop_ends_a_look_into_a_layer);
    suite_add_tcase(suite, stops);
    return suite;
}
