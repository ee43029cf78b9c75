/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signals of any type, and resolved vectors of any width. */
#include <stdlib.h>
#include <string.h>

#include "kernel/process.h"
#include "kernel/report.h"
#include "kernel/value.h"
#include "tests/suite.h"

struct sample {
    double value;
    int stamp; /* not compared */
};

struct bench {
    struct sim *sim;
    struct sim_value value;
    struct sim_bus bus;
    struct sim_process a, b, heard;
    struct sim_event *event; /* that `heard` listens to */
    sim_time times[8];
    int stamps[8];
    unsigned count;
};

static bool same_value(const void *a, const void *b)
{
    return ((const struct sample *)a)->value ==
           ((const struct sample *)b)->value;
}

static void hear(void *module)
{
    struct bench *bench = module;
    const struct sample *sample = bench->value.now;

    bench->times[bench->count] = sim_now(bench->sim);
    bench->stamps[bench->count++] = sample == NULL ? 0 : sample->stamp;
}

static struct bench *bench_new(sim_function a, sim_function b)
{
    struct bench *bench = calloc(1, sizeof *bench);

    bench->sim = sim_new();
    sim_reports(bench->sim)->actions[SIM_ERROR] = SIM_FAIL;
    sim_thread_init(&bench->a, bench->sim, "a", a, bench);
    sim_thread_init(&bench->b, bench->sim, "b", b, bench);
    sim_method_init(&bench->heard, bench->sim, "heard", hear, bench);
    sim_dont_initialize(&bench->heard);
    return bench;
}

static void bench_free(struct bench *bench)
{
    sim_free(bench->sim);
    free(bench);
}

static void write_samples(void *module)
{
    static const struct sample samples[] = {
        { 1.5, 1 }, { 1.5, 2 }, { -2, 3 }, { -2, 4 }, { 0, 5 }
    };
    struct bench *bench = module;

    for (int i = 0; i < 5; i++) {
        const struct sample *before = sim_value_read(&bench->value);
        int stamp = before->stamp;

        sim_value_write(&bench->value, &samples[i]);
        ck_assert_int_eq(before->stamp, stamp); /* not yet */
        if (!sim_wait_for(bench->sim, 0))
            return;
        before = sim_value_read(&bench->value);
        ck_assert_int_eq(before->stamp, samples[i].stamp);
        sim_wait_for(bench->sim, 3);
    }
}

static void nothing(void *module)
{
    (void)module;
}

START_TEST(a_value_changes_where_its_own_equality_says_so)
{
    static const struct sample first = { 1.5, 9 };
    struct bench *bench = bench_new(write_samples, nothing);

    sim_value_init(&bench->value, bench->sim, "value", sizeof first, &first);
    sim_value_set_equal(&bench->value, same_value);
    sim_sensitive(&bench->heard, &bench->value.changed);
    ck_assert_int_eq(sim_run(bench->sim), SIM_STARVED);
    ck_assert_uint_eq(bench->count, 2);
    ck_assert_uint_eq(bench->times[0], 6);
    ck_assert_int_eq(bench->stamps[0], 3);
    ck_assert_uint_eq(bench->times[1], 12);
    ck_assert_uint_eq(bench->value.changed_time, 12);
    bench_free(bench);
}
END_TEST

static void write_late(void *module)
{
    static const struct sample sample = { 7, 7 };
    struct bench *bench = module;

    sim_wait_for(bench->sim, 4);
    sim_value_write(&bench->value, &sample);
}

START_TEST(a_second_writer_of_a_value_is_an_error_unless_unchecked)
{
    struct bench *bench = bench_new(write_samples, write_late);

    sim_value_init(&bench->value, bench->sim, "value", sizeof(struct sample),
                   NULL);
    ck_assert_int_eq(sim_run(bench->sim), SIM_FAILED);
    ck_assert_int_eq(sim_catch(bench->sim), SIM_E_TWO_WRITERS);
    ck_assert_uint_eq(sim_now(bench->sim), 4);
    bench_free(bench);
    bench = bench_new(nothing, write_late);
    sim_value_init(&bench->value, bench->sim, "value", sizeof(struct sample),
                   NULL);
    sim_value_set_kinds(&bench->value, SIM_UNCHECKED | SIM_BUFFER);
    sim_sensitive(&bench->heard, &bench->value.changed);
    ck_assert_int_eq(sim_run(bench->sim), SIM_STARVED);
    ck_assert_uint_eq(bench->count, 1);
    sim_value_release(&bench->value);
    bench_free(bench);
}
END_TEST

/* Wires 0 .. 99; what is beyond the width is dropped. */
static void drive_low(void *module)
{
    struct bench *bench = module;
    struct sim_wires wires[2] = { { 0x3, 0x8 }, { UINT64_MAX, 0 } };

    sim_wait_for(bench->sim, 2);
    sim_bus_write(&bench->bus, wires);
}

static void drive_high(void *module)
{
    struct bench *bench = module;
    struct sim_wires wires[2] = { { 0x4, 0x2 }, { 0, 1 } };

    sim_wait_for(bench->sim, 5);
    sim_bus_write(&bench->bus, wires);
    sim_wait_for(bench->sim, 2);
    sim_bus_write(&bench->bus, wires); /* the same: no change */
}

START_TEST(wires_beyond_64_are_the_union_of_what_drives_them)
{
    static const uint64_t high_bits = (UINT64_C(1) << 36) - 1;
    struct bench *bench = bench_new(drive_low, drive_high);
    const struct sim_wires *wires;

    sim_bus_init(&bench->bus, bench->sim, "bus", 100, NULL);
    wires = bench->bus.wires;
    ck_assert_uint_eq(wires[0].low & wires[0].high, UINT64_MAX); /* X */
    ck_assert_uint_eq(wires[1].low & wires[1].high, high_bits);
    sim_sensitive(&bench->heard, &bench->bus.changed);
    sim_run_until(bench->sim, 4);
    ck_assert_uint_eq(wires[0].low, 0x3);
    ck_assert_uint_eq(wires[0].high, 0x8);
    ck_assert_uint_eq(wires[1].low, high_bits);
    ck_assert_int_eq(sim_run(bench->sim), SIM_STARVED);
    ck_assert_uint_eq(wires[0].low, 0x7);
    ck_assert_uint_eq(wires[0].high, 0xa);
    ck_assert_uint_eq(wires[1].high, 1);
    ck_assert_uint_eq(bench->count, 2);
    ck_assert_uint_eq(bench->times[1], 5);
    bench_free(bench);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("value");
    TCase *value = tcase_create("value");

    tcase_add_test(value, a_value_changes_where_its_own_equality_says_so);
    tcase_add_test(value,
                   a_second_writer_of_a_value_is_an_error_unless_unchecked);
    tcase_add_test(value, wires_beyond_64_are_the_union_of_what_drives_them);
    suite_add_tcase(suite, value);
    return suite;
}
