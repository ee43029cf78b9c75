/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Signals, fifos, clocks and waveforms together: a small design, looked at from
 * outside.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/clock.h"
#include "kernel/fifo.h"
#include "kernel/object.h"
#include "kernel/process.h"
#include "kernel/report.h"
#include "kernel/signal.h"
#include "kernel/vcd.h"
#include "tests/suite.h"

#define ITEM 3000 /* bytes */

struct design {
    struct sim *sim;
    struct sim_clock clock;
    struct sim_signal count;
    struct sim_fifo fifo;
    struct sim_process counter, producer, consumer;
    unsigned produced, consumed;
    sim_time last;
};

static void counter_run(void *module)
{
    struct design *design = module;

    sim_signal_write(&design->count, sim_signal_read(&design->count) + 1);
}

static void producer_run(void *module)
{
    struct design *design = module;
    unsigned char item[ITEM];

    if (design->produced == 100 || !sim_fifo_free(&design->fifo))
        return;
    memset(item, (int)design->produced++, ITEM);
    sim_fifo_put(&design->fifo, item);
}

static void consumer_run(void *module)
{
    struct design *design = module;
    unsigned char item[ITEM];

    if (!sim_fifo_available(&design->fifo))
        return;
    sim_fifo_get(&design->fifo, item);
    ck_assert_uint_eq(item[0], design->consumed);
    ck_assert_uint_eq(item[ITEM - 1], design->consumed);
    design->consumed++;
    design->last = sim_now(design->sim);
}

static struct design *design_new(void)
{
    struct design *design = calloc(1, sizeof *design);
    struct sim *sim = design->sim = sim_new();

    sim_enter(sim, "top");
    sim_clock_init(&design->clock, sim, "clock", 10);
    sim_signal_init(&design->count, sim, "count", 0);
    sim_fifo_init(&design->fifo, sim, "fifo", ITEM, 2);
    sim_method_init(&design->counter, sim, "counter", counter_run, design);
    sim_sensitive(&design->counter, &design->clock.posedge);
    sim_dont_initialize(&design->counter);
    sim_method_init(&design->producer, sim, "producer", producer_run, design);
    sim_sensitive(&design->producer, &design->clock.posedge);
    sim_dont_initialize(&design->producer);
    sim_method_init(&design->consumer, sim, "consumer", consumer_run, design);
    sim_sensitive(&design->consumer, &design->fifo.data_written);
    sim_sensitive(&design->consumer, &design->fifo.data_read);
    sim_leave(sim);
    return design;
}

static void design_free(struct design *design)
{
    sim_free(design->sim);
    free(design);
}

START_TEST(every_item_passes_the_fifo_once_and_in_order)
{
    struct design *design = design_new();

    ck_assert_int_eq(sim_run_until(design->sim, 500), SIM_REACHED);
    ck_assert_uint_eq(design->consumed, 51);
    ck_assert_int_eq(sim_run_until(design->sim, 5000), SIM_REACHED);
    ck_assert_uint_eq(design->consumed, 100);
    ck_assert_uint_eq(design->last, 990);
    ck_assert_uint_eq(sim_signal_read(&design->count), 501);
    ck_assert_uint_eq(sim_clock_rises(&design->clock), 501);
    design_free(design);
}
END_TEST

START_TEST(an_object_is_found_by_its_full_name)
{
    struct design *design = design_new();
    uint32_t id = sim_find(design->sim, "top.fifo");

    ck_assert_uint_ne(id, SIM_OBJECT_NONE);
    ck_assert_ptr_eq(sim_object(design->sim, id)->object, &design->fifo);
    ck_assert_int_eq(sim_object(design->sim, id)->kind, SIM_KIND_FIFO);
    ck_assert_str_eq(sim_object_name(design->sim, design->consumer.id),
                     "top.consumer");
    ck_assert_uint_eq(sim_find(design->sim, "fifo"), SIM_OBJECT_NONE);
    ck_assert_uint_eq(sim_find(design->sim, "top.fif"), SIM_OBJECT_NONE);
    design_free(design);
}
END_TEST

START_TEST(a_clock_nobody_listens_to_makes_no_event)
{
    struct sim *sim = sim_new();
    struct sim_clock clock;

    sim_clock_init(&clock, sim, "clock", 10);
    sim_clock_set_shape(&clock, 0.3, 4, SIM_RISES_FIRST);
    ck_assert(!sim_is_pending(sim, NULL));
    ck_assert_int_eq(sim_run_until(sim, 1000000), SIM_STARVED);
    ck_assert_uint_eq(sim_clock_rises(&clock), 100000);
    ck_assert(!sim_clock_read(&clock));
    sim_run_until(sim, 1000004);
    ck_assert(sim_clock_read(&clock));
    sim_run_until(sim, 1000007);
    ck_assert(!sim_clock_read(&clock));
    ck_assert_uint_eq(sim_delta_count(sim), 0);
    sim_free(sim);
}
END_TEST

static void count(void *module)
{
    ++*(unsigned *)module;
}

START_TEST(an_edge_leads_from_zero_or_to_zero)
{
    static const struct {
        unsigned written, changes, rises, falls; /* so far */
    } steps[] = { { 1, 1, 1, 0 }, { 3, 2, 1, 0 }, { 3, 2, 1, 0 },
                  { 0, 3, 1, 1 }, { 2, 4, 2, 1 }, { 0, 5, 2, 2 } };
    unsigned changes = 0, rises = 0, falls = 0;
    struct sim_process processes[3] = { 0 };
    struct sim *sim = sim_new();
    struct sim_signal signal;

    sim_signal_init(&signal, sim, "signal", 0);
    sim_method_init(&processes[0], sim, "changes", count, &changes);
    sim_method_init(&processes[1], sim, "rises", count, &rises);
    sim_method_init(&processes[2], sim, "falls", count, &falls);
    sim_sensitive(&processes[0], sim_signal_event(&signal, SIM_CHANGED));
    sim_sensitive(&processes[1], sim_signal_event(&signal, SIM_POSEDGE));
    sim_sensitive(&processes[2], sim_signal_event(&signal, SIM_NEGEDGE));
    sim_run(sim); /* each runs once at the beginning */
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        sim_signal_write(&signal, steps[i].written);
        sim_run(sim);
        ck_assert_uint_eq(changes, 1 + steps[i].changes);
        ck_assert_uint_eq(rises, 1 + steps[i].rises);
        ck_assert_uint_eq(falls, 1 + steps[i].falls);
    }
    sim_free(sim);
}
END_TEST

struct two_edges {
    struct sim *sim;
    struct sim_clock clock;
    struct sim_process process;
    unsigned runs;
};

static void two_edges_run(void *module)
{
    struct two_edges *two = module;

    two->runs++;
    if (two->runs < 3)
        sim_next_trigger_event(two->sim, &two->clock.posedge);
}

START_TEST(a_clock_stops_when_nobody_waits_for_it_any_more)
{
    struct two_edges *two = calloc(1, sizeof *two);

    two->sim = sim_new();
    sim_clock_init(&two->clock, two->sim, "clock", 10);
    sim_method_init(&two->process, two->sim, "two", two_edges_run, two);
    ck_assert_int_eq(sim_run(two->sim), SIM_STARVED);
    ck_assert_uint_eq(two->runs, 3);
    ck_assert_uint_eq(sim_now(two->sim), 10);
    sim_free(two->sim);
    free(two);
}
END_TEST

static void silent(void *argument, const struct sim_report *report)
{
    strcpy(argument, report->process);
}

struct rivals {
    struct sim_signal signal;
    struct sim_process one, two;
};

static void write_one(void *module)
{
    sim_signal_write(&((struct rivals *)module)->signal, 1);
}

static void write_two(void *module)
{
    sim_signal_write(&((struct rivals *)module)->signal, 2);
}

START_TEST(a_second_writer_fails_the_run_and_is_named)
{
    struct rivals *rivals = calloc(1, sizeof *rivals);
    struct sim *sim = sim_new();
    char who[64] = "";

    sim_reports(sim)->handler = silent;
    sim_reports(sim)->argument = who;
    sim_signal_init(&rivals->signal, sim, "signal", 0);
    sim_method_init(&rivals->one, sim, "one", write_one, rivals);
    sim_method_init(&rivals->two, sim, "two", write_two, rivals);
    ck_assert_int_eq(sim_run(sim), SIM_FAILED);
    ck_assert_str_eq(who, "two");
    ck_assert_ptr_nonnull(strstr(sim_reports(sim)->failure_text, "one"));
    ck_assert_int_eq(sim_catch(sim), SIM_E_TWO_WRITERS);
    ck_assert_int_eq(sim_run(sim), SIM_STARVED);
    ck_assert_uint_eq(sim_signal_read(&rivals->signal), 1);
    sim_free(sim);
    free(rivals);
}
END_TEST

START_TEST(a_waveform_has_each_last_value_of_a_time_once)
{
    static const char wanted[] =
        "$timescale 1 ps $end\n$scope module sim $end\n$scope module top $end\n"
        "$var wire 1 aaaaa clock $end\n$upscope $end\n"
        "$scope module top $end\n$var wire 8 aaaab count $end\n"
        "$upscope $end\n$upscope $end\n$enddefinitions $end\n$dumpvars\n"
        "0aaaaa\nb0 aaaab\n$end\n#0\n1aaaaa\nb1 aaaab\n#5\n0aaaaa\n#10\n"
        "1aaaaa\nb10 aaaab\n#15\n0aaaaa\n#17\n";
    struct design *design = design_new();
    char path[] = "/tmp/test_vcd_XXXXXX", text[1000];
    int file = mkstemp(path);
    struct sim_vcd *vcd = sim_vcd_open(design->sim, path, SIM_VCD_TIMES);
    ssize_t length;

    sim_vcd_clock(vcd, &design->clock, "top.clock");
    sim_vcd_value(vcd, &design->count.value, "top.count", 8);
    sim_run_until(design->sim, 17);
    ck_assert_int_eq(sim_vcd_close(vcd), 0);
    length = read(file, text, sizeof text - 1);
    text[length] = '\0';
    ck_assert_str_eq(strchr(text, '\n') + 1, wanted);
    close(file);
    unlink(path);
    design_free(design);
}
END_TEST

struct reader {
    struct sim_clock clock;
    struct sim_event event;
    struct sim_process process;
    uint64_t seen;
};

static void read_clock(void *module)
{
    struct reader *reader = module;

    reader->seen = 10 * reader->seen + sim_clock_read(&reader->clock);
    if (reader->seen < 100)
        sim_notify_delta(&reader->event);
}

/* A run to 10, not included, leaves the edge at 10 for the next one. */
START_TEST(a_traced_clock_shows_its_edge_in_the_delta_in_which_it_is_read)
{
    struct reader *reader = calloc(1, sizeof *reader);
    struct sim *sim = sim_new();
    char path[] = "/tmp/test_vcd_XXXXXX", text[1000];
    int file = mkstemp(path);
    struct sim_vcd *vcd = sim_vcd_open(sim, path, SIM_VCD_DELTAS);
    ssize_t length;

    reader->seen = 5;
    sim_clock_init(&reader->clock, sim, "clock", 10);
    sim_event_init(&reader->event, sim, "event");
    sim_method_init(&reader->process, sim, "process", read_clock, reader);
    sim_sensitive(&reader->process, &reader->event);
    sim_dont_initialize(&reader->process);
    sim_vcd_clock(vcd, &reader->clock, "clock");
    sim_run_for(sim, 10, SIM_TIME_GOES_ON);
    sim_notify_delta(&reader->event);
    sim_run_until(sim, 12);
    ck_assert_uint_eq(reader->seen, 501);
    ck_assert_int_eq(sim_vcd_close(vcd), 0);
    length = read(file, text, sizeof text - 1);
    text[length] = '\0';
    ck_assert_str_eq(strstr(text, "$dumpvars"),
                     "$dumpvars\n0aaaaa\n$end\n"
                     "#0\n$comment delta 0 $end\n1aaaaa\n#5\n0aaaaa\n"
                     "#10\n$comment delta 0 $end\n$comment delta 1 $end\n"
                     "1aaaaa\n$comment delta 2 $end\n#12\n");
    close(file);
    unlink(path);
    sim_free(sim);
    free(reader);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("channel");
    TCase *channels = tcase_create("channel");

    tcase_add_test(channels, every_item_passes_the_fifo_once_and_in_order);
    tcase_add_test(channels, an_object_is_found_by_its_full_name);
    tcase_add_test(channels, a_clock_nobody_listens_to_makes_no_event);
    tcase_add_test(channels, an_edge_leads_from_zero_or_to_zero);
    tcase_add_test(channels, a_clock_stops_when_nobody_waits_for_it_any_more);
    tcase_add_test(channels, a_second_writer_fails_the_run_and_is_named);
    tcase_add_test(channels, a_waveform_has_each_last_value_of_a_time_once);
    tcase_add_test(
        channels,
        a_traced_clock_shows_its_edge_in_the_delta_in_which_it_is_read);
    suite_add_tcase(suite, channels);
    return suite;
}
