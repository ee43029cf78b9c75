/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/event.h"

#include <stdlib.h>

#include "base/random.h"
#include "kernel/process.h"
#include "tests/suite.h"

#define EVENTS 200
#define STEPS  60000

/*
 * The oracle: each event's pending time and the sequence number of its
 * notification, in a plain array that is searched from end to end.
 */
struct oracle {
    struct sim *sim;
    struct sim_process driver;
    struct sim_event events[EVENTS];
    struct sim_process listeners[EVENTS];
    struct number {
        struct oracle *oracle;
        unsigned index;
    } numbers[EVENTS];
    sim_time time[EVENTS];
    uint64_t sequence[EVENTS]; /* 0: nothing is pending */
    uint64_t last;
    uint64_t steps;
    uint64_t random;
};

static uint64_t draw(struct oracle *oracle)
{
    return random_next(&oracle->random);
}

/* From the next tick to years of picoseconds, many of them equal. */
static sim_time draw_delay(struct oracle *oracle)
{
    uint64_t bits = draw(oracle) % 52;

    return 1 + draw(oracle) % (UINT64_C(1) << bits);
}

static void act(struct oracle *oracle)
{
    unsigned i = (unsigned)(draw(oracle) % EVENTS);
    sim_time delay = draw_delay(oracle);
    sim_time time = sim_now(oracle->sim) + delay;

    if (oracle->sequence[i] != 0 && oracle->time[i] == sim_now(oracle->sim))
        return; /* it has fired, and its listener is about to run */
    if (draw(oracle) % 4 == 0) {
        sim_cancel(&oracle->events[i]);
        oracle->sequence[i] = 0;
        return;
    }
    sim_notify_after(&oracle->events[i], delay);
    if (oracle->sequence[i] == 0 || time < oracle->time[i]) {
        oracle->time[i] = time;
        oracle->sequence[i] = ++oracle->last;
    }
}

static unsigned expected(const struct oracle *oracle)
{
    unsigned best = EVENTS;

    for (unsigned i = 0; i < EVENTS; i++) {
        if (oracle->sequence[i] == 0)
            continue;
        if (best == EVENTS || oracle->time[i] < oracle->time[best] ||
            (oracle->time[i] == oracle->time[best] &&
             oracle->sequence[i] < oracle->sequence[best]))
            best = i;
    }
    return best;
}

static void fired(void *module)
{
    const struct number *number = module;
    struct oracle *oracle = number->oracle;
    unsigned i = expected(oracle);

    ck_assert_uint_eq(number->index, i);
    ck_assert_uint_eq(sim_now(oracle->sim), oracle->time[i]);
    oracle->sequence[i] = 0;
    oracle->steps++;
    if (oracle->steps >= STEPS)
        return;
    for (uint64_t n = draw(oracle) % 5; n > 0; n--)
        act(oracle);
    if (expected(oracle) == EVENTS)
        act(oracle);
}

static void start(void *module)
{
    struct oracle *oracle = module;

    for (unsigned i = 0; i < EVENTS; i++)
        act(oracle);
}

START_TEST(fires_in_the_order_of_a_searched_list)
{
    struct oracle *oracle = calloc(1, sizeof *oracle);

    oracle->random = (uint64_t)_i;
    oracle->sim = sim_new();
    sim_method_init(&oracle->driver, oracle->sim, "driver", start, oracle);
    for (unsigned i = 0; i < EVENTS; i++) {
        oracle->numbers[i] = (struct number){ oracle, i };
        sim_event_init(&oracle->events[i], oracle->sim, NULL);
        sim_method_init(&oracle->listeners[i], oracle->sim, NULL, fired,
                        &oracle->numbers[i]);
        sim_sensitive(&oracle->listeners[i], &oracle->events[i]);
        sim_dont_initialize(&oracle->listeners[i]);
    }
    ck_assert_int_eq(sim_run(oracle->sim), SIM_STARVED);
    ck_assert_uint_eq(expected(oracle), EVENTS);
    sim_free(oracle->sim);
    free(oracle);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("wheel");
    TCase *order = tcase_create("order");

    tcase_set_timeout(order, 60);
    tcase_add_loop_test(order, fires_in_the_order_of_a_searched_list, 1, 5);
    suite_add_tcase(suite, order);
    return suite;
}
