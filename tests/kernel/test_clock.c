/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Clocks have short ways through the scheduler where nothing else happens, and
 * a log of the order switches them off.  Random designs run both ways, and both
 * must be the same in all that can be asked.
 */
#include "kernel/clock.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "kernel/group.h"
#include "kernel/order.h"
#include "kernel/process.h"
#include "kernel/signal.h"
#include "tests/suite.h"

#define MOST    3
#define DESIGNS 300
#define PIECES  12
#define CROWD   150 /* events; so many do not fit in the front of the wheel */

struct member {
    struct design *design;
    unsigned group;
    unsigned at; /* its register */
    unsigned rare;
};

struct design {
    struct sim *sim;
    struct sim_clock clocks[MOST];
    struct sim_group groups[MOST];
    struct sim_process methods[MOST], thread, listener, counter, usher;
    struct member members[MOST][MOST];
    struct sim_signal signals[MOST];
    struct sim_event event, crowd[CROWD];
    unsigned clocks_count, groups_count, methods_count;
    uint64_t random; /* of the design, then of what runs */
    uint64_t sum;    /* of all that was seen, in order */
    bool counts;
    uint64_t rises; /* of the last clock, counted one by one */
};

static uint64_t draw(struct design *design)
{
    return random_next(&design->random);
}

static void see(struct design *design, uint64_t value)
{
    design->sum = (design->sum ^ value) * 0x9e3779b97f4a7c15 ^
                  sim_now(design->sim) ^ sim_delta_count(design->sim) << 32;
}

static struct sim_event *any_edge(struct design *design)
{
    struct sim_clock *clock =
        &design->clocks[draw(design) % design->clocks_count];
    struct sim_event *edges[] = { &clock->posedge, &clock->posedge,
                                  &clock->negedge, &clock->changed };

    return edges[draw(design) % 4];
}

/* Now and then a member does what ends the clock's short way. */
static void member_run(void *module, const void *now, void *next)
{
    const struct member *member = module;
    struct design *design = member->design;

    ((uint32_t *)next)[member->at] = ((const uint32_t *)now)[0] * 3 + 1;
    see(design, member->at);
    if (member->rare == 0 || draw(design) % member->rare != 0)
        return;
    if (draw(design) % 3 == 0)
        sim_signal_write(&design->signals[member->group], draw(design));
    else if (draw(design) % 2 == 0)
        sim_notify_delta(&design->event);
    else
        sim_notify_after(&design->event, draw(design) % 40);
}

static void method_run(void *module)
{
    struct design *design = module;

    see(design, 99);
    if (draw(design) % 4 == 0)
        sim_notify_after(&design->event, draw(design) % 30);
}

static void listener_run(void *module)
{
    struct design *design = module;

    ck_assert_ptr_eq(sim_current(design->sim), &design->listener);
    see(design, sim_clock_read(&design->clocks[0]));
}

static void count_rise(void *module)
{
    ((struct design *)module)->rises++;
}

static void thread_run(void *module)
{
    struct design *design = module;

    for (int n = 0; n < 40; n++) {
        struct sim_event *both[] = { any_edge(design), any_edge(design) };

        if (draw(design) % 3 == 0)
            sim_wait_for(design->sim, draw(design) % 50);
        else if (draw(design) % 2 == 0)
            sim_wait_event(design->sim, both[0]);
        else
            sim_wait_list(design->sim, draw(design) % 2 ? SIM_ANY : SIM_ALL,
                          both, 2,
                          draw(design) % 2 ? SIM_NEVER : draw(design) % 9);
        see(design, 7);
    }
}

static void make_group(struct design *design, unsigned g)
{
    unsigned rare = (unsigned)(draw(design) % 3 * 17);

    sim_group_init(&design->groups[g], design->sim, NULL, any_edge(design),
                   MOST * sizeof(uint32_t));
    for (unsigned i = (unsigned)(draw(design) % MOST); i < MOST; i++) {
        design->members[g][i] = (struct member){ design, g, i, rare };
        sim_group_add(&design->groups[g], member_run, &design->members[g][i]);
    }
}

static void make_counter(struct design *design)
{
    design->counts = true;
    sim_method_init(&design->counter, design->sim, NULL, count_rise, design);
    sim_sensitive(&design->counter,
                  &design->clocks[design->clocks_count - 1].posedge);
    sim_dont_initialize(&design->counter);
}

static void usher_run(void *module)
{
    struct design *design = module;
    uint64_t range = draw(design) % 2 ? 200 : 20000;

    for (int i = 0; i < CROWD; i++)
        sim_notify_after(&design->crowd[i], 1 + draw(design) % range);
}

static void make_crowd(struct design *design)
{
    sim_method_init(&design->usher, design->sim, NULL, usher_run, design);
    for (int i = 0; i < CROWD; i++)
        sim_event_init(&design->crowd[i], design->sim, NULL);
    sim_sensitive(&design->usher, &design->crowd[0]);
    sim_sensitive(&design->listener, &design->crowd[1]);
}

static void make_design(struct design *design, uint64_t seed, bool log)
{
    memset(design, 0, sizeof *design);
    design->random = seed;
    design->sim = sim_new();
    if (log)
        ck_assert_int_eq(sim_order_log(design->sim, "/dev/null"), 0);
    design->clocks_count = 1 + (unsigned)(draw(design) % MOST);
    design->groups_count = (unsigned)(draw(design) % MOST);
    design->methods_count = (unsigned)(draw(design) % MOST);
    sim_event_init(&design->event, design->sim, NULL);
    for (unsigned i = 0; i < design->clocks_count; i++) {
        sim_clock_init(&design->clocks[i], design->sim, NULL,
                       2 + draw(design) % 9);
        sim_clock_set_shape(&design->clocks[i], 0.5, draw(design) % 7,
                            draw(design) % 2 ? SIM_RISES_FIRST
                                             : SIM_FALLS_FIRST);
    }
    if (draw(design) % 2)
        make_counter(design);
    for (unsigned g = 0; g < design->groups_count; g++)
        make_group(design, g);
    for (unsigned i = 0; i < design->methods_count; i++) {
        sim_method_init(&design->methods[i], design->sim, NULL, method_run,
                        design);
        sim_sensitive(&design->methods[i], any_edge(design));
    }
    sim_method_init(&design->listener, design->sim, NULL, listener_run, design);
    sim_sensitive(&design->listener, &design->event);
    for (unsigned g = 0; g < MOST; g++) {
        sim_signal_init(&design->signals[g], design->sim, NULL, 0);
        sim_sensitive(&design->listener,
                      sim_signal_event(&design->signals[g], SIM_CHANGED));
    }
    if (draw(design) % 3 == 0)
        make_crowd(design);
    if (draw(design) % 2)
        sim_thread_init(&design->thread, design->sim, NULL, thread_run, design);
}

static void run_piece(struct design *design, uint64_t bits)
{
    if (bits % 3 == 0) {
        sim_run_for(design->sim, bits / 3 % 100,
                    bits & 1 << 20 ? SIM_TIME_STAYS : SIM_TIME_GOES_ON);
        return;
    }
    sim_run_until(design->sim, sim_now(design->sim) + bits / 3 % 300);
    if (design->counts)
        ck_assert_uint_eq(
            design->rises,
            sim_clock_rises(&design->clocks[design->clocks_count - 1]));
}

static void compare(const struct design *a, const struct design *b)
{
    ck_assert_uint_eq(sim_order_hash(a->sim), sim_order_hash(b->sim));
    ck_assert_uint_eq(sim_delta_count(a->sim), sim_delta_count(b->sim));
    ck_assert_uint_eq(sim_activations(a->sim), sim_activations(b->sim));
    ck_assert_uint_eq(sim_now(a->sim), sim_now(b->sim));
    ck_assert_uint_eq(a->sum, b->sum);
    for (unsigned i = 0; i < a->clocks_count; i++) {
        for (int edge = 0; edge < 3; edge++) {
            const struct sim_event *event = &a->clocks[i].edges[edge];
            const struct sim_event *other = &b->clocks[i].edges[edge];

            ck_assert_uint_eq(event->fired_time, other->fired_time);
            ck_assert_uint_eq(event->fired_delta, other->fired_delta);
        }
        ck_assert_uint_eq(sim_clock_read(&a->clocks[i]),
                          sim_clock_read(&b->clocks[i]));
    }
    for (unsigned g = 0; g < a->groups_count; g++)
        ck_assert_mem_eq(a->groups[g].now, b->groups[g].now,
                         MOST * sizeof(uint32_t));
}

START_TEST(a_clocks_short_way_is_its_long_way)
{
    struct design *a = malloc(sizeof *a), *b = malloc(sizeof *b);
    uint64_t bits = (uint64_t)_i * 0x9e3779b97f4a7c15;

    make_design(a, (uint64_t)_i, false);
    make_design(b, (uint64_t)_i, true);
    for (int piece = 0; piece < PIECES; piece++) {
        bits = bits * 0x5851f42d4c957f2d + 1;
        run_piece(a, bits >> 32);
        run_piece(b, bits >> 32);
        compare(a, b);
    }
    sim_free(a->sim);
    sim_free(b->sim);
    free(a);
    free(b);
}
END_TEST

/* Waits three ticks for an edge that is much later. */
static void impatient_run(void *module)
{
    struct design *design = module;
    struct sim_event *edge = &design->clocks[0].posedge;

    ck_assert(!sim_wait_list(design->sim, SIM_ANY, &edge, 1, 3));
}

START_TEST(an_edge_that_is_waited_for_no_more_does_not_prolong_the_run)
{
    struct design *design = calloc(1, sizeof *design);

    design->sim = sim_new();
    sim_clock_init(&design->clocks[0], design->sim, NULL, 1000);
    sim_clock_set_shape(&design->clocks[0], 0.5, 500, SIM_RISES_FIRST);
    sim_thread_init(&design->thread, design->sim, NULL, impatient_run, design);
    ck_assert_int_eq(sim_run(design->sim), SIM_STARVED);
    ck_assert_uint_eq(sim_now(design->sim), 3);
    sim_free(design->sim);
    free(design);
}
END_TEST

/* The first member, which adds another one at its tenth run. */
static void adding_run(void *module, const void *now, void *next)
{
    struct design *design = module;

    (void)now, (void)next;
    if (++design->sum == 10)
        sim_group_add(&design->groups[0], adding_run, design);
}

START_TEST(a_member_that_a_member_adds_runs_from_the_next_edge_on)
{
    struct design *design = calloc(1, sizeof *design);

    design->sim = sim_new();
    sim_clock_init(&design->clocks[0], design->sim, NULL, 10);
    sim_group_init(&design->groups[0], design->sim, NULL,
                   &design->clocks[0].posedge, 8);
    sim_group_add(&design->groups[0], adding_run, design);
    sim_run_until(design->sim, 199);
    ck_assert_uint_eq(design->sum, 10 + 2 * 10);
    sim_free(design->sim);
    free(design);
}
END_TEST

START_TEST(the_last_edge_is_before_the_end_of_time)
{
    struct design *design = calloc(1, sizeof *design);

    design->sim = sim_new();
    sim_clock_init(&design->clocks[0], design->sim, NULL, 10);
    sim_clock_set_shape(&design->clocks[0], 0.5, SIM_TIME_MAX - 50,
                        SIM_RISES_FIRST);
    sim_group_init(&design->groups[0], design->sim, NULL,
                   &design->clocks[0].posedge, 8);
    sim_group_add(&design->groups[0], adding_run, design);
    ck_assert_int_eq(sim_run(design->sim), SIM_STARVED);
    ck_assert_uint_eq(sim_now(design->sim), SIM_TIME_MAX - 10);
    ck_assert_uint_eq(design->sum, 5);
    sim_free(design->sim);
    free(design);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("clock");
    TCase *clock = tcase_create("clock");

    tcase_add_loop_test(clock, a_clocks_short_way_is_its_long_way, 1, DESIGNS);
    tcase_add_test(clock,
                   an_edge_that_is_waited_for_no_more_does_not_prolong_the_run);
    tcase_add_test(clock,
                   a_member_that_a_member_adds_runs_from_the_next_edge_on);
    tcase_add_test(clock, the_last_edge_is_before_the_end_of_time);
    suite_add_tcase(suite, clock);
    return suite;
}
