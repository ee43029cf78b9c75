/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects that go while the simulation runs, and what is left of them. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernel/clock.h"
#include "kernel/fifo.h"
#include "kernel/object.h"
#include "kernel/report.h"
#include "kernel/signal.h"
#include "kernel/value.h"
#include "tests/suite.h"

/* That are born and released, one after the other. */
static unsigned long children(void)
{
    return suite_rounds(200000);
}

struct family {
    struct sim *sim;
    struct sim_process parent, other;
    struct sim_event never, often;
    unsigned long born, heard;
    size_t grown;
    uint32_t first_id, last_id;
};

/* Bytes that the program has; under a sanitizer nothing is said. */
static size_t held(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* Waits in all the ways that leave something behind. */
static void child_run(void *module)
{
    struct family *family = module;
    struct sim_event *three[] = { &family->never, &family->often,
                                  &family->never };

    family->born++;
    sim_wait_list(family->sim, SIM_ANY, three, 3, 5000);
}

static void one_child(struct family *family, const char *name)
{
    struct sim_process *child = malloc(sizeof *child);

    sim_thread_init(child, family->sim, name, child_run, family);
    sim_sensitive(child, &family->never);
    sim_notify_after(&family->often, 2);
    sim_wait_event(family->sim, sim_terminated(child));
    family->last_id = child->id;
    sim_process_release(child);
    memset(child, 0xee, sizeof *child); /* nothing looks at it any more */
    free(child);
}

static void parent_run(void *module)
{
    struct family *family = module;

    size_t before;

    for (unsigned long i = 0; i < children() / 10; i++)
        one_child(family, i % 2 == 0 ? "child" : NULL);
    family->first_id = family->last_id;
    before = held();
    while (family->born < children())
        one_child(family, family->born % 2 == 0 ? "child" : NULL);
    family->grown = held() - before;
}

START_TEST(children_that_were_released_leave_nothing)
{
    struct family *family = calloc(1, sizeof *family);
    struct sim *sim = family->sim = sim_new();

    sim_event_init(&family->never, sim, "never");
    sim_event_init(&family->often, sim, "often");
    sim_thread_init(&family->parent, sim, "parent", parent_run, family);
    ck_assert_int_eq(sim_run(sim), SIM_STARVED);
    ck_assert_uint_eq(family->born, children());
    ck_assert_uint_eq(family->first_id, family->last_id);
    ck_assert_uint_eq(sim_find(sim, "child"), SIM_OBJECT_NONE);
    ck_assert_uint_eq(family->grown, 0);
    sim_free(sim);
    free(family);
}
END_TEST

static void count_heard(void *module)
{
    ((struct family *)module)->heard++;
}

static void forget_one(void *module)
{
    struct family *family = module;

    sim_wait_for(family->sim, 5);
    sim_notify(&family->often);
    sim_wait_for(family->sim, 5);
    sim_process_release(&family->other);
    memset(&family->other, 0xee, sizeof family->other);
    sim_notify(&family->often);
    sim_notify_after(&family->never, 7);
    sim_wait_for(family->sim, 5);
    sim_event_release(&family->never);
    memset(&family->never, 0xee, sizeof family->never);
}

/* One of two listeners goes, then an event that is pending. */
START_TEST(a_released_listener_is_not_told_and_a_released_event_does_not_fire)
{
    struct family *family = calloc(1, sizeof *family);
    struct sim *sim = family->sim = sim_new();
    struct sim_process stays;

    sim_event_init(&family->never, sim, "never");
    sim_event_init(&family->often, sim, "often");
    sim_method_init(&family->other, sim, "other", count_heard, family);
    sim_method_init(&stays, sim, "stays", count_heard, family);
    for (int i = 0; i < 2; i++) {
        struct sim_process *listener = i == 0 ? &family->other : &stays;

        sim_sensitive(listener, &family->often);
        sim_sensitive(listener, &family->never);
        sim_dont_initialize(listener);
    }
    sim_thread_init(&family->parent, sim, "parent", forget_one, family);
    ck_assert_int_eq(sim_run(sim), SIM_STARVED);
    ck_assert_uint_eq(family->heard, 3); /* both, then the one that stays */
    ck_assert_uint_eq(sim_now(sim), 15);
    sim_free(sim);
    free(family);
}
END_TEST

static void end_at_once(void *module)
{
    ((struct family *)module)->born++;
}

/* Seconds of processor time to release so many, while others are runnable. */
static double release_beside(unsigned ended, unsigned runnable)
{
    struct family *family = calloc(1, sizeof *family);
    struct sim *sim = family->sim = sim_new();
    struct sim_process *processes = calloc(ended + runnable, sizeof *processes);
    clock_t start;

    for (unsigned i = 0; i < ended; i++)
        sim_thread_init(&processes[i], sim, NULL, end_at_once, family);
    ck_assert_int_eq(sim_run(sim), SIM_STARVED);
    for (unsigned i = ended; i < ended + runnable; i++)
        sim_method_init(&processes[i], sim, NULL, end_at_once, family);
    start = clock();
    for (unsigned i = 0; i < ended; i++)
        sim_process_release(&processes[i]);
    start = clock() - start;
    ck_assert_int_eq(sim_run(sim), SIM_STARVED);
    ck_assert_uint_eq(family->born, ended + runnable);
    sim_free(sim);
    free(processes);
    free(family);
    return (double)start / CLOCKS_PER_SEC;
}

/* Who has ended is not looked for among them. */
START_TEST(to_release_who_has_ended_takes_no_longer_beside_many_runnable)
{
    /* ThreadSanitizer has no room for the stacks of more. */
    unsigned ended = suite_is_instrumented() ? 1000 : 20000;
    double alone = release_beside(ended, 1);

    ck_assert_double_lt(release_beside(ended, 3 * ended), 10 * alone + 0.05);
}
END_TEST

struct channels {
    struct sim *sim;
    struct sim_process user;
    unsigned sum;
    uint64_t driven;
    size_t grown;
};

/* What is resolved, and what offers an interface, beside a signal. */
static void use_others(struct channels *channels, unsigned i)
{
    struct sim *sim = channels->sim;
    struct sim_resolved *resolved = malloc(sizeof *resolved);
    struct sim_bus *bus = malloc(sizeof *bus);
    struct sim_wires wires[2] = { { ~(uint64_t)i, i }, { ~(uint64_t)i, i } };
    uint32_t id = sim_object_new(sim, SIM_KIND_OWN, "own", channels);

    sim_offer(sim, id, SIM_KIND_OWN + 1, wires);
    sim_resolved_init(resolved, sim, "resolved");
    sim_resolved_set_shape(resolved, 64, wires[0]);
    sim_bus_init(bus, sim, "bus", 128, NULL);
    sim_resolved_write(resolved, wires[1]);
    sim_bus_write(bus, wires);
    sim_wait_for(sim, 0);
    channels->driven += bus->wires[1].high + resolved->wires.high;
    sim_resolved_write(resolved, wires[0]); /* an update that never comes */
    sim_bus_write(bus, wires);
    sim_resolved_release(resolved);
    sim_bus_release(bus);
    sim_object_release(sim, id);
    memset(resolved, 0xee, sizeof *resolved);
    memset(bus, 0xee, sizeof *bus);
    free(resolved);
    free(bus);
}

static void use_channels(void *module)
{
    struct channels *channels = module;
    size_t before = 0;

    for (unsigned i = 0; i < 1000; i++) {
        struct sim_signal *signal = malloc(sizeof *signal);
        struct sim_fifo *fifo = malloc(sizeof *fifo);
        unsigned item = i;

        sim_signal_init(signal, channels->sim, "signal", 0);
        sim_fifo_init(fifo, channels->sim, "fifo", sizeof item, 100);
        sim_signal_event(signal, SIM_POSEDGE);
        sim_signal_write(signal, i);
        sim_fifo_put(fifo, &item);
        sim_wait_for(channels->sim, 0);
        sim_fifo_get(fifo, &item);
        channels->sum += item + (unsigned)sim_signal_read(signal);
        sim_signal_write(signal, i + 1); /* an update that never comes */
        sim_signal_release(signal);
        sim_fifo_release(fifo);
        memset(signal, 0xee, sizeof *signal);
        memset(fifo, 0xee, sizeof *fifo);
        free(signal);
        free(fifo);
        use_others(channels, i);
        if (i == 100)
            before = held();
    }
    channels->grown = held() - before;
}

START_TEST(channels_come_and_go)
{
    struct channels *channels = calloc(1, sizeof *channels);
    struct sim *sim = channels->sim = sim_new();

    sim_thread_init(&channels->user, sim, "user", use_channels, channels);
    ck_assert_int_eq(sim_run(sim), SIM_STARVED);
    ck_assert_uint_eq(channels->sum, 999 * 1000);
    ck_assert_uint_eq(channels->driven, 999 * 1000);
    ck_assert_uint_eq(channels->grown, 0);
    ck_assert_uint_eq(sim_reports(sim)->counts[SIM_WARNING], 0);
    sim_free(sim);
    free(channels);
}
END_TEST

/* One writer after the other, in the same memory. */
struct writers {
    struct sim *sim;
    struct sim_process parent, child;
    struct sim_signal one, many;
    struct sim_value value;
    unsigned begun;
    char errors[16];
};

static void write_all(void *module)
{
    struct writers *writers = module;
    unsigned number = ++writers->begun;

    sim_signal_write(&writers->one, number);
    sim_value_write(&writers->value, &number);
    sim_signal_write(&writers->many, number);
}

static void write_many(void *module)
{
    struct writers *writers = module;

    sim_signal_write(&writers->many, ++writers->begun);
}

static void note_error(void *module, const struct sim_report *report)
{
    struct writers *writers = module;

    ck_assert_int_eq(report->number, SIM_E_TWO_WRITERS);
    strcat(writers->errors, "e");
}

/* Two in one delta, and two in later ones; a comma after each. */
static void make_writers(void *module)
{
    static const sim_function functions[] = { write_all, write_many, write_many,
                                              write_all };
    struct writers *writers = module;

    for (unsigned i = 0; i < 4; i++) {
        memset(&writers->child, 0, sizeof writers->child);
        sim_method_init(&writers->child, writers->sim, NULL, functions[i],
                        writers);
        sim_reset(&writers->child); /* it runs now */
        sim_process_release(&writers->child);
        strcat(writers->errors, ",");
        if (i > 0)
            sim_wait_for(writers->sim, 1);
    }
}

START_TEST(a_signal_of_a_released_writer_has_a_writer_all_the_same)
{
    struct writers *writers = calloc(1, sizeof *writers);
    struct sim *sim = writers->sim = sim_new();
    unsigned zero = 0;

    sim_reports(sim)->actions[SIM_ERROR] = SIM_DISPLAY;
    sim_reports(sim)->handler = note_error;
    sim_reports(sim)->argument = writers;
    sim_signal_init(&writers->one, sim, "one", 0);
    sim_signal_init(&writers->many, sim, "many", 0);
    sim_signal_set_kinds(&writers->many, SIM_MANY_WRITERS);
    sim_value_init(&writers->value, sim, "value", sizeof zero, &zero);
    sim_thread_init(&writers->parent, sim, "parent", make_writers, writers);
    ck_assert_int_eq(sim_run(sim), SIM_STARVED);
    ck_assert_str_eq(writers->errors, ",e,,ee,");
    ck_assert_uint_eq(sim_signal_read(&writers->one), 1);
    ck_assert_uint_eq(sim_signal_read(&writers->many), 4);
    sim_free(sim);
    free(writers);
}
END_TEST

struct ported {
    struct sim *sim;
    struct sim_port inner, outer;
    struct sim_process method;
    uint64_t rises, high;
};

static void on_rise(void *module)
{
    struct ported *ported = module;

    ported->rises++;
    ported->high += sim_port_read(&ported->inner);
}

static void find_events(void *module)
{
    struct ported *ported = module;

    sim_sensitive(&ported->method, sim_port_event(&ported->inner, SIM_POSEDGE));
}

START_TEST(a_port_for_a_signal_takes_a_clock_and_finds_its_edges)
{
    struct ported *ported = calloc(1, sizeof *ported);
    struct sim *sim = ported->sim = sim_new();
    struct sim_clock clock;

    sim_clock_init(&clock, sim, "clock", 10);
    sim_port_init(&ported->outer, sim, "outer", SIM_KIND_SIGNAL);
    sim_port_init(&ported->inner, sim, "inner", SIM_KIND_SIGNAL);
    sim_port_bind(&ported->inner, ported->outer.id);
    sim_port_bind(&ported->outer, clock.id);
    sim_method_init(&ported->method, sim, "method", on_rise, ported);
    sim_dont_initialize(&ported->method);
    sim_at(sim, SIM_END_OF_ELABORATION, find_events, ported);
    ck_assert_int_eq(sim_run_until(sim, 49), SIM_REACHED);
    ck_assert_uint_eq(ported->rises, 5);
    ck_assert_uint_eq(ported->high, 5);
    sim_free(sim);
    free(ported);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("release");
    TCase *release = tcase_create("release");

    tcase_add_test(release, children_that_were_released_leave_nothing);
    tcase_add_test(
        release,
        a_released_listener_is_not_told_and_a_released_event_does_not_fire);
    tcase_add_test(
        release, to_release_who_has_ended_takes_no_longer_beside_many_runnable);
    tcase_add_test(release, channels_come_and_go);
    tcase_add_test(release,
                   a_signal_of_a_released_writer_has_a_writer_all_the_same);
    tcase_add_test(release,
                   a_port_for_a_signal_takes_a_clock_and_finds_its_edges);
    suite_add_tcase(suite, release);
    return suite;
}
