/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/event.h"
#include "kernel/process.h"

#include <stdlib.h>

#include "tests/suite.h"

/* A method that runs once at the start, and one that logs an event's times. */
struct bench {
    struct sim *sim;
    struct sim_event event;
    struct sim_event other;
    struct sim_process script;
    struct sim_process logger;
    sim_time fired[16];
    uint64_t deltas[16];
    unsigned count;
};

static void log_time(void *module)
{
    struct bench *bench = module;

    ck_assert_uint_lt(bench->count, 16);
    bench->deltas[bench->count] = sim_delta_count(bench->sim);
    bench->fired[bench->count++] = sim_now(bench->sim);
}

static struct bench *bench_new(sim_function script)
{
    struct bench *bench = calloc(1, sizeof *bench);

    bench->sim = sim_new();
    sim_event_init(&bench->event, bench->sim, "event");
    sim_event_init(&bench->other, bench->sim, NULL);
    sim_method_init(&bench->script, bench->sim, "script", script, bench);
    sim_method_init(&bench->logger, bench->sim, "logger", log_time, bench);
    sim_sensitive(&bench->logger, &bench->event);
    sim_dont_initialize(&bench->logger);
    return bench;
}

static void bench_free(struct bench *bench)
{
    sim_free(bench->sim);
    free(bench);
}

static void later_then_earlier(void *module)
{
    struct bench *bench = module;

    sim_notify_after(&bench->event, 10);
    sim_notify_after(&bench->event, 5);
    sim_notify_after(&bench->event, 7);
}

START_TEST(the_earlier_of_two_notifications_holds)
{
    struct bench *bench = bench_new(later_then_earlier);

    ck_assert_int_eq(sim_run(bench->sim), SIM_STARVED);
    ck_assert_uint_eq(bench->count, 1);
    ck_assert_uint_eq(bench->fired[0], 5);
    ck_assert_uint_eq(sim_now(bench->sim), 5);
    bench_free(bench);
}
END_TEST

static void delta_and_timed(void *module)
{
    struct bench *bench = module;

    sim_notify_after(&bench->event, 3);
    sim_notify_delta(&bench->event);
    sim_notify_after(&bench->event, 2);
    sim_notify_after(&bench->other, 4);
    sim_cancel(&bench->other);
}

START_TEST(delta_beats_timed_and_cancel_leaves_nothing)
{
    struct bench *bench = bench_new(delta_and_timed);

    ck_assert_int_eq(sim_run_until(bench->sim, 100), SIM_STARVED);
    ck_assert_uint_eq(bench->count, 1);
    ck_assert_uint_eq(bench->fired[0], 0);
    ck_assert_uint_eq(bench->deltas[0], 1);
    ck_assert_uint_eq(bench->other.fired_delta, UINT64_MAX);
    ck_assert_uint_eq(sim_now(bench->sim), 100);
    bench_free(bench);
}
END_TEST

static void every_ten(void *module)
{
    struct bench *bench = module;

    sim_notify_after(&bench->event, 10);
    sim_next_trigger_after(bench->sim, 10);
}

START_TEST(a_run_until_includes_its_end_and_a_run_for_does_not)
{
    struct bench *bench = bench_new(every_ten);

    ck_assert_int_eq(sim_run_until(bench->sim, 20), SIM_REACHED);
    ck_assert_uint_eq(bench->count, 2);
    ck_assert_int_eq(sim_run_for(bench->sim, 10, SIM_TIME_GOES_ON),
                     SIM_REACHED);
    ck_assert_uint_eq(sim_now(bench->sim), 30);
    ck_assert_uint_eq(bench->count, 2);
    ck_assert_int_eq(sim_run_for(bench->sim, 1, SIM_TIME_GOES_ON), SIM_REACHED);
    ck_assert_uint_eq(bench->count, 3);
    ck_assert_uint_eq(bench->fired[2], 30);
    bench_free(bench);
}
END_TEST

static void wait_for_both(void *module)
{
    struct bench *bench = module;
    struct sim_event *both[] = { &bench->event, &bench->other, &bench->event };

    if (sim_now(bench->sim) == 0) {
        sim_notify_after(&bench->event, 6);
        sim_notify_after(&bench->other, 9);
        sim_next_trigger_list(bench->sim, SIM_ALL, both, 3, SIM_NEVER);
    } else {
        ck_assert_uint_eq(sim_now(bench->sim), 9);
        ck_assert_ptr_eq(bench->script.cause, &bench->other);
        sim_next_trigger_list(bench->sim, SIM_ANY, both, 3, 5);
        sim_stop(bench->sim, SIM_STOP_FINISH_DELTA);
    }
}

START_TEST(all_of_a_list_waits_for_the_last_and_counts_repeats_once)
{
    struct bench *bench = bench_new(wait_for_both);

    ck_assert_int_eq(sim_run(bench->sim), SIM_STOPPED);
    ck_assert_uint_eq(sim_now(bench->sim), 9);
    bench_free(bench);
}
END_TEST

static void cancel_a_million_times(void *module)
{
    struct bench *bench = module;

    for (unsigned i = 0; i < 1000000; i++) {
        sim_notify_after(&bench->event, 1000 + i * 7919 % 100003);
        sim_cancel(&bench->event);
        sim_notify_delta(&bench->other);
        sim_notify_delta(&bench->event);
        sim_cancel(&bench->other);
        sim_cancel(&bench->event);
    }
    sim_notify_after(&bench->event, 44);
}

START_TEST(a_million_cancelled_notifications_leave_one)
{
    struct bench *bench = bench_new(cancel_a_million_times);

    ck_assert_int_eq(sim_run(bench->sim), SIM_STARVED);
    ck_assert_uint_eq(bench->count, 1);
    ck_assert_uint_eq(bench->fired[0], 44);
    bench_free(bench);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("event");
    TCase *events = tcase_create("event");

    tcase_add_test(events, the_earlier_of_two_notifications_holds);
    tcase_add_test(events, delta_beats_timed_and_cancel_leaves_nothing);
    tcase_add_test(events, a_run_until_includes_its_end_and_a_run_for_does_not);
    tcase_add_test(events,
                   all_of_a_list_waits_for_the_last_and_counts_repeats_once);
    tcase_add_test(events, a_million_cancelled_notifications_leave_one);
    suite_add_tcase(suite, events);
    return suite;
}
