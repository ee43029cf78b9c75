/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/process.h"

#include <pthread.h>
#include <stdlib.h>

#include "kernel/fifo.h"
#include "kernel/lock.h"
#include "kernel/order.h"
#include "kernel/report.h"
#include "tests/suite.h"

/* ThreadSanitizer itself knows no more than 8128 of them. */
#ifdef __SANITIZE_THREAD__
#define CROWD 4000
#else
#define CROWD 40000
#endif

struct crowd {
    struct sim *sim;
    struct sim_event start;
    struct sim_process conductor;
    struct sim_process *people;
    unsigned arrived;
    unsigned left;
};

static void person(void *module)
{
    struct crowd *crowd = module;

    crowd->arrived++;
    sim_wait_event(crowd->sim, &crowd->start);
    sim_wait_for(crowd->sim, 1 + crowd->left % 7);
    crowd->left++;
}

static void conduct(void *module)
{
    struct crowd *crowd = module;

    sim_wait_for(crowd->sim, 10);
    sim_notify(&crowd->start);
}

START_TEST(tens_of_thousands_of_threads_wait_at_once)
{
    struct crowd *crowd = calloc(1, sizeof *crowd);
    struct sim *sim = crowd->sim = sim_new();

    crowd->people = calloc(CROWD, sizeof *crowd->people);
    sim_event_init(&crowd->start, sim, "start");
    for (unsigned i = 0; i < CROWD; i++)
        sim_thread_init(&crowd->people[i], sim, NULL, person, crowd);
    sim_thread_init(&crowd->conductor, sim, "conductor", conduct, crowd);
    ck_assert_int_eq(sim_run_until(sim, 9), SIM_REACHED);
    ck_assert_uint_eq(crowd->arrived, CROWD);
    ck_assert_uint_eq(crowd->left, 0);
    ck_assert_int_eq(sim_run(sim), SIM_STARVED);
    ck_assert_uint_eq(crowd->left, CROWD);
    sim_free(sim);
    free(crowd->people);
    free(crowd);
}
END_TEST

/* A victim that counts how far it gets, and someone who acts on it at 5. */
struct drama {
    struct sim *sim;
    struct sim_process victim, villain, witness;
    struct sim_event never;
    bool (*act)(struct sim_process *process);
    unsigned starts, ends, cleanups;
    sim_time terminated;
};

static void clean_up(void *module)
{
    ((struct drama *)module)->cleanups++;
}

static void victim_run(void *module)
{
    struct drama *drama = module;

    drama->starts++;
    sim_wait_for(drama->sim, 8);
    drama->ends++;
}

static void villain_run(void *module)
{
    struct drama *drama = module;

    sim_wait_for(drama->sim, 5);
    drama->act(&drama->victim);
}

static void witness_run(void *module)
{
    struct drama *drama = module;

    drama->terminated = sim_now(drama->sim);
}

static struct drama *drama_new(sim_function victim,
                               bool (*act)(struct sim_process *process))
{
    struct drama *drama = calloc(1, sizeof *drama);
    struct sim *sim = drama->sim = sim_new();

    drama->act = act;
    sim_event_init(&drama->never, sim, "never");
    sim_thread_init(&drama->victim, sim, "victim", victim, drama);
    drama->victim.cleanup = clean_up;
    sim_thread_init(&drama->villain, sim, "villain", villain_run, drama);
    sim_method_init(&drama->witness, sim, "witness", witness_run, drama);
    sim_sensitive(&drama->witness, sim_terminated(&drama->victim));
    sim_dont_initialize(&drama->witness);
    return drama;
}

static void drama_free(struct drama *drama)
{
    sim_free(drama->sim);
    free(drama);
}

START_TEST(a_killed_thread_is_cleaned_up_and_never_runs_again)
{
    struct drama *drama = drama_new(victim_run, sim_kill);

    ck_assert_int_eq(sim_run(drama->sim), SIM_STARVED);
    ck_assert_uint_eq(sim_now(drama->sim), 5);
    ck_assert_uint_eq(drama->starts, 1);
    ck_assert_uint_eq(drama->ends, 0);
    ck_assert_uint_eq(drama->cleanups, 1);
    ck_assert_uint_eq(drama->terminated, 5);
    ck_assert(sim_has_ended(&drama->victim));
    drama_free(drama);
}
END_TEST

START_TEST(a_reset_thread_starts_again_on_a_new_stack)
{
    struct drama *drama = drama_new(victim_run, sim_reset);

    ck_assert_int_eq(sim_run(drama->sim), SIM_STARVED);
    ck_assert_uint_eq(sim_now(drama->sim), 13);
    ck_assert_uint_eq(drama->starts, 2);
    ck_assert_uint_eq(drama->ends, 1);
    ck_assert_uint_eq(drama->cleanups, 1);
    ck_assert_uint_eq(drama->terminated, 13);
    drama_free(drama);
}
END_TEST

/* The killer's turn comes first, when both are runnable at time 5. */
struct rivals {
    struct sim *sim;
    struct sim_process killer, victim, late;
    sim_time woke[8]; /* the victim, or started */
    unsigned count;
    bool late_ran;
};

static void rival_run(void *module)
{
    struct rivals *rivals = module;

    rivals->woke[rivals->count++] = sim_now(rivals->sim);
    while (rivals->count < 8 && sim_wait_for(rivals->sim, 5)) {
        rivals->woke[rivals->count++] = sim_now(rivals->sim);
    }
}

static void late_run(void *module)
{
    ((struct rivals *)module)->late_ran = true;
}

static void rival_killer_run(void *module)
{
    struct rivals *rivals = module;

    sim_wait_for(rivals->sim, 5);
    for (int i = 0; i < 3; i++)
        sim_reset(&rivals->victim);
    sim_wait_for(rivals->sim, 7);
    sim_kill(&rivals->victim);
    sim_thread_init(&rivals->late, rivals->sim, "late", late_run, rivals);
}

START_TEST(each_reset_of_a_runnable_thread_runs_it_at_once)
{
    static const sim_time woke[] = { 0, 5, 5, 5, 10 };
    struct rivals *rivals = calloc(1, sizeof *rivals);

    rivals->sim = sim_new();
    sim_thread_init(&rivals->killer, rivals->sim, "killer", rival_killer_run,
                    rivals);
    sim_thread_init(&rivals->victim, rivals->sim, "victim", rival_run, rivals);
    ck_assert_int_eq(sim_run(rivals->sim), SIM_STARVED);
    ck_assert_uint_eq(rivals->count, 5);
    for (unsigned i = 0; i < 5; i++)
        ck_assert_uint_eq(rivals->woke[i], woke[i]);
    ck_assert(rivals->late_ran);
    sim_free(rivals->sim);
    free(rivals);
}
END_TEST

static void suicidal(void *module)
{
    struct drama *drama = module;

    if (++drama->starts < 3)
        sim_reset(&drama->victim);
    sim_wait_for(drama->sim, 2);
    sim_kill(&drama->victim);
    drama->ends++;
}

START_TEST(a_thread_resets_and_kills_itself)
{
    struct drama *drama = drama_new(suicidal, sim_kill);

    ck_assert_int_eq(sim_run(drama->sim), SIM_STARVED);
    ck_assert_uint_eq(drama->starts, 3);
    ck_assert_uint_eq(drama->ends, 0);
    ck_assert_uint_eq(drama->cleanups, 3);
    ck_assert_uint_eq(drama->terminated, 2);
    drama_free(drama);
}
END_TEST

static void reset_then_kill(void *module)
{
    struct drama *drama = module;

    drama->starts++;
    sim_reset(&drama->victim);
    sim_kill(&drama->victim);
}

START_TEST(a_method_that_resets_and_then_kills_itself_does_not_run_again)
{
    struct drama *drama = calloc(1, sizeof *drama);
    struct sim *sim = drama->sim = sim_new();

    sim_method_init(&drama->victim, sim, "victim", reset_then_kill, drama);
    ck_assert_int_eq(sim_run(sim), SIM_STARVED);
    ck_assert_uint_eq(drama->starts, 1);
    ck_assert(sim_has_ended(&drama->victim));
    drama_free(drama);
}
END_TEST

static void sleeper(void *module)
{
    struct drama *drama = module;

    drama->starts++;
    sim_suspend(&drama->victim);
    drama->ends++;
    sim_wait_event(drama->sim, &drama->never);
}

START_TEST(a_thread_that_suspends_itself_goes_on_when_resumed)
{
    struct drama *drama = drama_new(sleeper, sim_resume);

    sim_run_until(drama->sim, 4);
    ck_assert_uint_eq(drama->ends, 0);
    ck_assert_int_eq(sim_run(drama->sim), SIM_STARVED);
    ck_assert_uint_eq(drama->ends, 1);
    ck_assert_uint_eq(drama->cleanups, 0);
    sim_free(drama->sim);
    ck_assert_uint_eq(drama->cleanups, 1);
    free(drama);
}
END_TEST

/* Recursion with values in every kind of register across waits. */
struct climber {
    struct sim *sim;
    struct sim_process process;
    unsigned number;
    double result;
};

static double climb(struct climber *climber, unsigned height, double value)
{
    double above, kept = value * 1.5 + height;
    unsigned a = height * 3, b = height + climber->number;

    sim_wait_for(climber->sim, 1 + (height + climber->number) % 3);
    above = height == 0 ? 0 : climb(climber, height - 1, kept);
    return above + kept + a * b;
}

static double climb_at_once(unsigned number, unsigned height, double value)
{
    double kept = value * 1.5 + height;
    double above = height == 0 ? 0 : climb_at_once(number, height - 1, kept);

    return above + kept + height * 3 * (height + number);
}

static void climber_run(void *module)
{
    struct climber *climber = module;

    climber->result = climb(climber, 20, climber->number);
}

START_TEST(what_a_thread_holds_survives_its_waits)
{
    struct climber *climbers = calloc(50, sizeof *climbers);
    struct sim *sim = sim_new();

    for (unsigned i = 0; i < 50; i++) {
        climbers[i].sim = sim;
        climbers[i].number = i;
        sim_thread_init(&climbers[i].process, sim, NULL, climber_run,
                        &climbers[i]);
    }
    ck_assert_int_eq(sim_run(sim), SIM_STARVED);
    for (unsigned i = 0; i < 50; i++)
        ck_assert(climbers[i].result == climb_at_once(i, 20, i));
    sim_free(sim);
    free(climbers);
}
END_TEST

/* Some threads and methods that share a lock and a fifo. */
struct town {
    struct sim *sim;
    struct sim_mutex mutex;
    struct sim_fifo fifo;
    struct sim_process makers[5], taker, counter;
    unsigned inside, taken, counted;
};

static void make(void *module)
{
    struct town *town = module;

    for (unsigned i = 0; i < 2000; i++) {
        sim_mutex_lock(&town->mutex);
        ck_assert_uint_eq(town->inside++, 0);
        sim_wait_for(town->sim, i % 3);
        town->inside--;
        sim_mutex_unlock(&town->mutex);
        sim_fifo_wait_put(&town->fifo, &i);
    }
}

static void take_all(void *module)
{
    struct town *town = module;
    unsigned item;

    while (sim_fifo_wait_get(&town->fifo, &item))
        town->taken++;
}

static void count_changes(void *module)
{
    ((struct town *)module)->counted++;
}

static uint64_t live_in_town(unsigned *taken)
{
    struct town *town = calloc(1, sizeof *town);
    struct sim *sim = town->sim = sim_new();
    uint64_t hash;

    sim_mutex_init(&town->mutex, sim, "mutex");
    sim_fifo_init(&town->fifo, sim, "fifo", sizeof(unsigned), 3);
    for (unsigned i = 0; i < 5; i++)
        sim_thread_init(&town->makers[i], sim, NULL, make, town);
    sim_thread_init(&town->taker, sim, "taker", take_all, town);
    sim_method_init(&town->counter, sim, "counter", count_changes, town);
    sim_sensitive(&town->counter, &town->fifo.data_read);
    sim_run(sim);
    hash = sim_order_hash(sim);
    *taken = town->taken;
    sim_free(sim);
    free(town);
    return hash;
}

static void *live_elsewhere(void *hash)
{
    unsigned taken;

    *(uint64_t *)hash = live_in_town(&taken);
    return NULL;
}

START_TEST(simulations_in_two_threads_do_not_know_of_each_other)
{
    uint64_t alone, here, there = 0;
    unsigned taken;
    pthread_t other;

    alone = live_in_town(&taken);
    ck_assert_uint_eq(taken, 10000);
    ck_assert_int_eq(pthread_create(&other, NULL, live_elsewhere, &there), 0);
    here = live_in_town(&taken);
    pthread_join(other, NULL);
    ck_assert_uint_eq(here, alone);
    ck_assert_uint_eq(there, alone);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("thread");
    TCase *threads = tcase_create("thread");

    tcase_set_timeout(threads, 120);
    tcase_add_test(threads, tens_of_thousands_of_threads_wait_at_once);
    tcase_add_test(threads, a_killed_thread_is_cleaned_up_and_never_runs_again);
    tcase_add_test(threads, a_reset_thread_starts_again_on_a_new_stack);
    tcase_add_test(threads, each_reset_of_a_runnable_thread_runs_it_at_once);
    tcase_add_test(threads, a_thread_resets_and_kills_itself);
    tcase_add_test(
        threads, a_method_that_resets_and_then_kills_itself_does_not_run_again);
    tcase_add_test(threads, a_thread_that_suspends_itself_goes_on_when_resumed);
    tcase_add_test(threads, what_a_thread_holds_survives_its_waits);
    tcase_add_test(threads,
                   simulations_in_two_threads_do_not_know_of_each_other);
    suite_add_tcase(suite, threads);
    return suite;
}
