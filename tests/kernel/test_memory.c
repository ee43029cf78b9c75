/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * After elaboration nothing is allocated, whatever runs.  (Under a sanitizer
 * mallinfo2() says nothing.)
 */
#include <malloc.h>
#include <stdlib.h>

#include "kernel/clock.h"
#include "kernel/fifo.h"
#include "kernel/process.h"
#include "kernel/signal.h"
#include "tests/suite.h"

#define CELLS 300

struct world {
    struct sim *sim;
    struct cell {
        struct world *world;
        struct sim_event event;
        struct sim_process process;
        uint64_t random;
    } cells[CELLS];
    struct sim_clock clock;
    struct sim_fifo fifo;
    struct sim_signal signal;
    struct sim_process producer, consumer, toggler, watcher;
    uint64_t consumed, watched;
};

static uint64_t draw(struct cell *cell)
{
    cell->random = cell->random * 6364136223846793005 + 1442695040888963407;
    return cell->random >> 33;
}

/* Notifies its own event, and often overrides or cancels another's. */
static void cell_run(void *module)
{
    struct cell *cell = module;
    struct cell *other = &cell->world->cells[draw(cell) % CELLS];

    if (draw(cell) % 3 == 0) {
        sim_cancel(&other->event);
        sim_notify_after(&other->event, 1 + draw(cell) % 50);
    }
    sim_notify_after(&other->event, draw(cell) % 10);
    sim_notify_after(&cell->event, 1 + (draw(cell) & draw(cell) & 255));
}

static void produce(void *module)
{
    struct world *world = module;

    for (unsigned n = 0;; n++) {
        sim_fifo_wait_put(&world->fifo, &n);
        sim_wait_for(world->sim, n % 5);
    }
}

static void consume(void *module)
{
    struct world *world = module;
    unsigned item;

    while (sim_fifo_wait_get(&world->fifo, &item))
        world->consumed++;
}

static void toggle(void *module)
{
    struct world *world = module;

    sim_signal_write(&world->signal, !sim_signal_read(&world->signal));
}

static void watch(void *module)
{
    ((struct world *)module)->watched++;
}

static struct world *world_new(void)
{
    struct world *world = calloc(1, sizeof *world);
    struct sim *sim = world->sim = sim_new();

    for (unsigned i = 0; i < CELLS; i++) {
        struct cell *cell = &world->cells[i];

        cell->world = world;
        cell->random = i;
        sim_event_init(&cell->event, sim, NULL);
        sim_method_init(&cell->process, sim, NULL, cell_run, cell);
        sim_sensitive(&cell->process, &cell->event);
    }
    sim_clock_init(&world->clock, sim, "clock", 10);
    sim_fifo_init(&world->fifo, sim, "fifo", sizeof(unsigned), 4);
    sim_signal_init(&world->signal, sim, "signal", 0);
    sim_thread_init(&world->producer, sim, "producer", produce, world);
    sim_thread_init(&world->consumer, sim, "consumer", consume, world);
    sim_method_init(&world->toggler, sim, "toggler", toggle, world);
    sim_sensitive(&world->toggler, &world->clock.posedge);
    sim_method_init(&world->watcher, sim, "watcher", watch, world);
    sim_sensitive(&world->watcher,
                  sim_signal_event(&world->signal, SIM_POSEDGE));
    return world;
}

static size_t memory_in_use(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

START_TEST(nothing_is_allocated_after_elaboration)
{
    struct world *world = world_new();
    size_t before;

    sim_run_for(world->sim, 0, SIM_TIME_GOES_ON);
    before = memory_in_use();
    sim_run_until(world->sim, 20000);
    ck_assert_uint_gt(sim_activations(world->sim), 100000);
    ck_assert_uint_gt(world->consumed, 5000);
    ck_assert_uint_gt(world->watched, 900);
    ck_assert_uint_eq(memory_in_use(), before);
    sim_free(world->sim);
    free(world);
}
END_TEST

static void cancel_a_million_times(void *module)
{
    struct cell *cell = module;

    for (unsigned i = 0; i < 1000000; i++) {
        sim_notify_after(&cell->event, 1 + draw(cell) * draw(cell));
        sim_cancel(&cell->event);
    }
}

START_TEST(a_million_cancelled_notifications_take_no_memory)
{
    struct cell *cell = calloc(1, sizeof *cell);
    struct sim *sim = sim_new();
    size_t before;

    sim_event_init(&cell->event, sim, NULL);
    sim_method_init(&cell->process, sim, NULL, cancel_a_million_times, cell);
    sim_sensitive(&cell->process, &cell->event);
    sim_dont_initialize(&cell->process);
    sim_run_for(sim, 0, SIM_TIME_GOES_ON);
    before = memory_in_use();
    sim_notify_delta(&cell->event);
    ck_assert_int_eq(sim_run(sim), SIM_STARVED);
    ck_assert_uint_eq(memory_in_use(), before);
    ck_assert_uint_eq(sim_activations(sim), 1);
    sim_free(sim);
    free(cell);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("memory");
    TCase *memory = tcase_create("memory");

    tcase_add_test(memory, nothing_is_allocated_after_elaboration);
    tcase_add_test(memory, a_million_cancelled_notifications_take_no_memory);
    suite_add_tcase(suite, memory);
    return suite;
}
