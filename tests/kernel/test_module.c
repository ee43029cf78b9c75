/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What models are put together from: ports, groups, wires, names, order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/clock.h"
#include "kernel/event.h"
#include "kernel/fifo.h"
#include "kernel/group.h"
#include "kernel/lock.h"
#include "kernel/order.h"
#include "kernel/object.h"
#include "kernel/process.h"
#include "kernel/report.h"
#include "kernel/signal.h"
#include "kernel/vcd.h"
#include "tests/suite.h"

START_TEST(a_port_reaches_its_channel_through_the_modules_around)
{
    struct sim *sim = sim_new();
    struct sim_signal signal;
    struct sim_port outer, inner;

    sim_reports(sim)->actions[SIM_ERROR] = SIM_FAIL;
    sim_signal_init(&signal, sim, "signal", 7);
    sim_port_init(&outer, sim, "outer", SIM_KIND_SIGNAL);
    sim_enter(sim, "module");
    sim_port_init(&inner, sim, "inner", SIM_KIND_SIGNAL);
    sim_leave(sim);
    sim_port_bind(&inner, outer.id);
    sim_port_bind(&outer, signal.id);
    ck_assert_int_eq(sim_run(sim), SIM_STARVED);
    ck_assert_ptr_eq(inner.channel, &signal);
    sim_free(sim);
}
END_TEST

START_TEST(a_port_without_a_channel_is_named_when_elaboration_ends)
{
    struct sim *sim = sim_new();
    struct sim_port port;

    sim_reports(sim)->actions[SIM_ERROR] = SIM_FAIL;
    sim_enter(sim, "top");
    sim_port_init(&port, sim, "input", SIM_KIND_FIFO);
    sim_leave(sim);
    ck_assert_int_eq(sim_run(sim), SIM_FAILED);
    ck_assert_str_eq(sim_reports(sim)->failure_text,
                     "port top.input is not bound");
    ck_assert_int_eq(sim_catch(sim), SIM_E_NOT_BOUND);
    sim_free(sim);
}
END_TEST

START_TEST(a_port_takes_no_channel_of_another_kind)
{
    struct sim *sim = sim_new();
    struct sim_signal signal;
    struct sim_port port;

    sim_reports(sim)->actions[SIM_ERROR] = SIM_FAIL;
    sim_signal_init(&signal, sim, "signal", 0);
    sim_port_init(&port, sim, "input", SIM_KIND_FIFO);
    sim_port_bind(&port, signal.id);
    ck_assert_int_eq(sim_catch(sim), SIM_E_WRONG_KIND);
    sim_free(sim);
}
END_TEST

START_TEST(a_name_that_is_taken_is_changed_and_reported)
{
    struct sim *sim = sim_new();
    struct sim_event events[3];

    sim_reports(sim)->actions[SIM_WARNING] = 0;
    for (int i = 0; i < 3; i++)
        sim_event_init(&events[i], sim, "same");
    ck_assert_str_eq(sim_object_name(sim, events[2].id), "same_1");
    ck_assert_uint_eq(sim_find(sim, "same_0"), events[1].id);
    ck_assert_uint_eq(sim_reports(sim)->counts[SIM_WARNING], 2);
    sim_free(sim);
}
END_TEST

/* Two processes that drive four wires. */
struct bus {
    struct sim *sim;
    struct sim_resolved wires;
    struct sim_process drivers[2], watcher;
    unsigned changes;
};

static void drive_first(void *module)
{
    struct bus *bus = module;

    /* From wire 0 on: 0, 1, Z, 0. */
    sim_resolved_write(&bus->wires, (struct sim_wires){ .low = 9, .high = 2 });
}

static void drive_second(void *module)
{
    struct bus *bus = module;

    /* Z, 1, 1, 1; and a little later nothing any more. */
    sim_resolved_write(&bus->wires, (struct sim_wires){ .low = 0, .high = 14 });
    sim_wait_for(bus->sim, 5);
    sim_resolved_write(&bus->wires, (struct sim_wires){ 0, 0 });
}

static void count_change(void *module)
{
    ((struct bus *)module)->changes++;
}

START_TEST(wires_show_what_all_their_drivers_say)
{
    struct bus *bus = calloc(1, sizeof *bus);
    struct sim *sim = bus->sim = sim_new();

    sim_resolved_init(&bus->wires, sim, "bus");
    sim_resolved_set_shape(&bus->wires, 4, (struct sim_wires){ 0, 0 });
    sim_method_init(&bus->drivers[0], sim, "a", drive_first, bus);
    sim_thread_init(&bus->drivers[1], sim, "b", drive_second, bus);
    sim_method_init(&bus->watcher, sim, "watcher", count_change, bus);
    sim_sensitive(&bus->watcher, &bus->wires.changed);
    sim_dont_initialize(&bus->watcher);
    ck_assert_int_eq(sim_run_until(sim, 1), SIM_REACHED);
    /* 0, 1, 1, X */
    ck_assert_uint_eq(bus->wires.wires.low, 9);
    ck_assert_uint_eq(bus->wires.wires.high, 14);
    ck_assert_int_eq(sim_run(sim), SIM_STARVED);
    ck_assert_uint_eq(bus->wires.wires.high, 2);
    ck_assert_uint_eq(bus->changes, 2);
    sim_free(sim);
    free(bus);
}
END_TEST

/* A shift register in a group: a, b, c; each member copies its left one. */
struct shifter {
    struct sim_group group;
    struct sim_clock clock;
};

struct shifter_state {
    unsigned a, b, c;
};

static void shift_a(void *module, const void *now, void *next)
{
    const struct shifter_state *old = now;

    (void)module;
    ((struct shifter_state *)next)->a = old->a + 1;
}

static void shift_b(void *module, const void *now, void *next)
{
    const struct shifter_state *old = now;

    (void)module;
    ((struct shifter_state *)next)->b = old->a;
}

static void shift_c(void *module, const void *now, void *next)
{
    const struct shifter_state *old = now;

    (void)module;
    ((struct shifter_state *)next)->c = old->b;
}

START_TEST(members_of_a_group_see_the_registers_as_they_were)
{
    struct shifter *shifter = calloc(1, sizeof *shifter);
    struct sim *sim = sim_new();
    const struct shifter_state *state;

    sim_clock_init(&shifter->clock, sim, "clock", 10);
    sim_group_init(&shifter->group, sim, "group", &shifter->clock.posedge,
                   sizeof(struct shifter_state));
    sim_group_add(&shifter->group, shift_a, shifter);
    sim_group_add(&shifter->group, shift_b, shifter);
    sim_group_add(&shifter->group, shift_c, shifter);
    sim_run_until(sim, 40);
    state = shifter->group.now;
    ck_assert_uint_eq(state->a, 5);
    ck_assert_uint_eq(state->b, 4);
    ck_assert_uint_eq(state->c, 3);
    ck_assert_uint_eq(sim_activations(sim), 15);
    sim_free(sim);
    free(shifter);
}
END_TEST

/* Registers that each add their left neighbour's times a factor. */
#define TAPS 4

static void tap_first(void *module, const void *now, void *next)
{
    (void)module;
    ((uint32_t *)next)[0] = ((const uint32_t *)now)[0] + 1;
}

static void tap_row(void *modules, uint32_t count, const void *now, void *next)
{
    const uint32_t *factors = modules, *old = now;

    for (uint32_t i = 0; i < count; i++)
        ((uint32_t *)next)[i + 1] = old[i + 1] + factors[i] * old[i];
}

static void tap_last(void *module, const void *now, void *next)
{
    const uint32_t *factor = module, *old = now;

    ((uint32_t *)next)[TAPS] = old[TAPS] + *factor * old[TAPS - 1];
}

START_TEST(a_row_is_so_many_members)
{
    static uint32_t factors[TAPS] = { 3, 7, 2, 5 };
    uint32_t old[TAPS + 1] = { 0 };
    struct sim *sim = sim_new();
    struct sim_clock clock;
    struct sim_group group;

    sim_clock_init(&clock, sim, NULL, 10);
    sim_group_init(&group, sim, NULL, &clock.posedge, sizeof old);
    sim_group_add(&group, tap_first, NULL);
    sim_group_add_row(&group, tap_row, factors, TAPS - 1);
    sim_group_add(&group, tap_last, &factors[TAPS - 1]);
    sim_run_until(sim, 60);
    for (int cycle = 0; cycle < 7; cycle++) {
        for (int i = TAPS; i > 0; i--)
            old[i] += factors[i - 1] * old[i - 1];
        old[0]++;
    }
    ck_assert_uint_gt(old[TAPS], 1000);
    ck_assert_mem_eq(group.now, old, sizeof old);
    ck_assert_uint_eq(sim_activations(sim), 7 * (TAPS + 1));
    sim_free(sim);
}
END_TEST

START_TEST(a_semaphore_is_taken_as_often_as_its_value)
{
    struct sim *sim = sim_new();
    struct sim_semaphore semaphore;

    sim_semaphore_init(&semaphore, sim, "semaphore", 2);
    ck_assert(sim_semaphore_try(&semaphore));
    ck_assert(sim_semaphore_try(&semaphore));
    ck_assert(!sim_semaphore_try(&semaphore));
    ck_assert_uint_eq(semaphore.value, 0);
    sim_free(sim);
}
END_TEST

/* An update that makes many channels, and asks for an update of the first. */
struct spawner {
    struct sim *sim;
    struct sim_channel channel;
    struct sim_process process;
    struct sim_signal signals[100];
    unsigned updates;
};

static void spawn(struct sim_channel *channel)
{
    struct spawner *spawner =
        (void *)((char *)channel - offsetof(struct spawner, channel));

    for (int i = 0; i < 100; i++)
        sim_signal_init(&spawner->signals[i], spawner->sim, NULL, 0);
    sim_signal_write(&spawner->signals[99], 7);
    spawner->updates++;
}

static void ask(void *module)
{
    sim_channel_request_update(&((struct spawner *)module)->channel);
}

START_TEST(channels_can_be_made_in_an_update)
{
    struct spawner *spawner = calloc(1, sizeof *spawner);

    spawner->sim = sim_new();
    sim_channel_init(&spawner->channel, spawner->sim, spawn);
    sim_method_init(&spawner->process, spawner->sim, NULL, ask, spawner);
    sim_run(spawner->sim);
    ck_assert_uint_eq(spawner->updates, 1);
    ck_assert_uint_eq(sim_signal_read(&spawner->signals[99]), 7);
    sim_free(spawner->sim);
    free(spawner);
}
END_TEST

START_TEST(an_event_queue_forgets_all_when_told)
{
    struct sim *sim = sim_new();
    struct sim_event_queue queue;

    sim_event_queue_init(&queue, sim, "queue");
    for (sim_time t = 0; t < 50; t++)
        sim_event_queue_notify(&queue, t * 7 % 50);
    sim_run_until(sim, 20);
    ck_assert_uint_eq(queue.count, 29);
    sim_event_queue_cancel_all(&queue);
    ck_assert_int_eq(sim_run(sim), SIM_STARVED);
    ck_assert_uint_eq(sim_now(sim), 20);
    sim_free(sim);
}
END_TEST

/* Three processes of one delta; the last to run leaves its mark. */
struct race {
    struct sim *sim;
    struct racer {
        struct race *race;
        struct sim_process process;
        unsigned number;
    } racers[3];
    unsigned last;
};

static void run_race(void *module)
{
    struct racer *racer = module;

    racer->race->last = racer->number;
    sim_next_trigger_after(racer->race->sim, 1);
}

static uint64_t race_hash(uint64_t seed, const char *path, unsigned *last)
{
    static const char *const names[] = { "a", "b", "c" };
    struct race *race = calloc(1, sizeof *race);
    uint64_t hash;

    race->sim = sim_new();
    for (unsigned i = 0; i < 3; i++) {
        race->racers[i].race = race;
        race->racers[i].number = i;
        sim_method_init(&race->racers[i].process, race->sim, names[i], run_race,
                        &race->racers[i]);
    }
    sim_order_shuffle(race->sim, seed);
    if (path != NULL)
        ck_assert_int_eq(sim_order_log(race->sim, path), 0);
    sim_run_until(race->sim, 20);
    hash = sim_order_hash(race->sim);
    *last = race->last;
    sim_free(race->sim);
    free(race);
    return hash;
}

START_TEST(a_shuffle_shows_what_depends_on_the_order)
{
    unsigned last, shuffled, differs = 0;
    uint64_t hash = race_hash(0, NULL, &last);

    ck_assert_uint_eq(last, 2);
    ck_assert_uint_eq(race_hash(0, NULL, &last), hash);
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t other = race_hash(seed, NULL, &shuffled);

        ck_assert_uint_ne(other, hash);
        ck_assert_uint_eq(race_hash(seed, NULL, &shuffled), other);
        differs += shuffled != last;
    }
    ck_assert_uint_ge(differs, 5);
}
END_TEST

START_TEST(the_first_difference_of_two_runs_is_named)
{
    char a[] = "/tmp/test_order_a_XXXXXX", b[] = "/tmp/test_order_b_XXXXXX";
    char text[300];
    unsigned last;

    close(mkstemp(a));
    close(mkstemp(b));
    race_hash(0, a, &last);
    race_hash(0, b, &last);
    ck_assert_int_eq(sim_order_difference(a, b, text, sizeof text), 0);
    race_hash(3, b, &last);
    ck_assert_int_eq(sim_order_difference(a, b, text, sizeof text), 1);
    ck_assert_str_eq(text, "activation 1: 0 0 a, but 0 0 c");
    ck_assert_int_eq(sim_order_difference(a, "/none", text, sizeof text), -1);
    unlink(a);
    unlink(b);
}
END_TEST

/* A whole file: scopes, an event, a time, and the values of each delta. */
struct picture {
    struct sim *sim;
    struct sim_signal signal;
    struct sim_event event;
    struct sim_process process;
    sim_time time;
};

static void paint(void *module)
{
    struct picture *picture = module;

    sim_signal_write(&picture->signal, 5);
    sim_wait_for(picture->sim, 0);
    sim_signal_write(&picture->signal, 6);
    sim_notify(&picture->event);
    picture->time = sim_now(picture->sim) + 3;
    sim_wait_for(picture->sim, 2);
    sim_notify(&picture->event);
}

START_TEST(a_waveform_can_show_events_and_deltas)
{
    static const char wanted[] =
        "$var wire 4 aaaaa signal $end\n$var event 1 aaaab event $end\n"
        "$var wire 64 aaaac time $end\n"
        "$upscope $end\n$enddefinitions $end\n$dumpvars\nb0 aaaaa\nb0 aaaac\n"
        "$end\n#0\n$comment delta 1 $end\nb101 aaaaa\n$comment delta 2 $end\n"
        "b110 aaaaa\n1aaaab\nb11 aaaac\n#2\n$comment delta 3 $end\n1aaaab\n";
    struct picture *picture = calloc(1, sizeof *picture);
    struct sim *sim = picture->sim = sim_new();
    char path[] = "/tmp/test_vcd_XXXXXX", text[1000];
    struct sim_vcd *vcd;
    int file = mkstemp(path);

    sim_signal_init(&picture->signal, sim, "signal", 0);
    sim_event_init(&picture->event, sim, "event");
    sim_thread_init(&picture->process, sim, "process", paint, picture);
    vcd = sim_vcd_open(sim, path, SIM_VCD_DELTAS);
    sim_vcd_value(vcd, &picture->signal.value, "signal", 4);
    sim_vcd_event(vcd, &picture->event, "event");
    sim_vcd_value(vcd, &picture->time, "time", 64);
    sim_run(sim);
    ck_assert_int_eq(sim_vcd_close(vcd), 0);
    text[read(file, text, sizeof text - 1)] = '\0';
    ck_assert_str_eq(strstr(text, "$var"), wanted);
    sim_free(sim);
    close(file);
    unlink(path);
    free(picture);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("module");
    TCase *modules = tcase_create("module");

    tcase_add_test(modules,
                   a_port_reaches_its_channel_through_the_modules_around);
    tcase_add_test(modules,
                   a_port_without_a_channel_is_named_when_elaboration_ends);
    tcase_add_test(modules, a_port_takes_no_channel_of_another_kind);
    tcase_add_test(modules, a_name_that_is_taken_is_changed_and_reported);
    tcase_add_test(modules, wires_show_what_all_their_drivers_say);
    tcase_add_test(modules, members_of_a_group_see_the_registers_as_they_were);
    tcase_add_test(modules, a_row_is_so_many_members);
    tcase_add_test(modules, a_semaphore_is_taken_as_often_as_its_value);
    tcase_add_test(modules, channels_can_be_made_in_an_update);
    tcase_add_test(modules, an_event_queue_forgets_all_when_told);
    tcase_add_test(modules, a_shuffle_shows_what_depends_on_the_order);
    tcase_add_test(modules, the_first_difference_of_two_runs_is_named);
    tcase_add_test(modules, a_waveform_can_show_events_and_deltas);
    suite_add_tcase(suite, modules);
    return suite;
}
