/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads that are told to leave, what they hold, and those that do not. */
#include <stdlib.h>
#include <string.h>

#include "kernel/fifo.h"
#include "kernel/process.h"
#include "kernel/report.h"
#include "kernel/reset.h"
#include "tests/suite.h"

struct scene {
    struct sim *sim;
    struct sim_process guest, host, method;
    struct sim_event never;
    struct sim_signal reset;
    struct sim_fifo fifo;
    unsigned begun, held, given_back, told, went_on;
    enum sim_leaving why[8];
};

static struct scene *scene_new(sim_function guest, sim_function host)
{
    struct scene *scene = calloc(1, sizeof *scene);
    struct sim *sim = scene->sim = sim_new();

    sim_event_init(&scene->never, sim, "never");
    sim_signal_init(&scene->reset, sim, "reset", 0);
    sim_fifo_init(&scene->fifo, sim, "fifo", sizeof(int), 1);
    sim_reports(sim)->actions[SIM_ERROR] = SIM_FAIL;
    sim_thread_init(&scene->guest, sim, "guest", guest, scene);
    sim_thread_init(&scene->host, sim, "host", host, scene);
    return scene;
}

static void scene_free(struct scene *scene)
{
    sim_free(scene->sim);
    free(scene);
}

/* Holds memory three calls deep while it waits for an item that never comes. */
static bool guest_waits(struct scene *scene, unsigned depth)
{
    char *held = malloc(100);
    bool goes_on;
    int item;

    scene->held++;
    memset(held, (int)depth, 100);
    goes_on = depth > 0 ? guest_waits(scene, depth - 1)
                        : sim_fifo_wait_get(&scene->fifo, &item);
    ck_assert_int_eq(held[99], (int)depth);
    free(held);
    scene->given_back++;
    return goes_on;
}

static void guest_run(void *module)
{
    struct scene *scene = module;

    scene->begun++;
    if (!guest_waits(scene, 2))
        scene->why[scene->told++] = sim_leaving(scene->sim);
}

static void host_run(void *module)
{
    struct scene *scene = module;

    sim_wait_for(scene->sim, 3);
    ck_assert(sim_reset(&scene->guest));
    ck_assert_uint_eq(scene->given_back, 3);
    sim_signal_write(&scene->reset, 1);
    sim_wait_for(scene->sim, 3);
    ck_assert_uint_eq(scene->given_back, 6);
    ck_assert(sim_kill(&scene->guest));
    ck_assert_uint_eq(scene->given_back, 9);
    ck_assert(sim_has_ended(&scene->guest));
}

START_TEST(a_thread_gives_back_what_it_holds_when_it_is_reset_and_killed)
{
    struct scene *scene = scene_new(guest_run, host_run);

    sim_reset_by(&scene->guest, &scene->reset, true, SIM_ASYNCHRONOUS);
    ck_assert_int_eq(sim_run(scene->sim), SIM_STARVED);
    ck_assert_uint_eq(scene->begun, 3);
    ck_assert_uint_eq(scene->held, 9);
    ck_assert_uint_eq(scene->told, 3);
    ck_assert_int_eq(scene->why[0], SIM_RESET);
    ck_assert_int_eq(scene->why[1], SIM_RESET);
    ck_assert_int_eq(scene->why[2], SIM_KILLED);
    scene_free(scene);
}
END_TEST

static void host_idles(void *module)
{
    struct scene *scene = module;

    while (sim_wait_for(scene->sim, 7))
        continue;
    scene->why[scene->told++] = sim_leaving(scene->sim);
}

START_TEST(a_sim_that_is_freed_lets_its_threads_leave)
{
    struct scene *scene = scene_new(guest_run, host_idles);
    struct sim *sim = scene->sim;

    sim_run_until(sim, 30);
    sim_free(sim);
    ck_assert_uint_eq(scene->given_back, 3);
    ck_assert_uint_eq(scene->told, 2);
    ck_assert_int_eq(scene->why[1], SIM_KILLED);
    free(scene);
}
END_TEST

static void guest_stays(void *module)
{
    struct scene *scene = module;

    scene->begun++;
    for (;;) {
        sim_wait_event(scene->sim, &scene->never);
        scene->went_on++;
    }
}

static void host_kills(void *module)
{
    struct scene *scene = module;

    sim_wait_for(scene->sim, 3);
    sim_reset(&scene->guest);
    sim_kill(&scene->guest);
}

START_TEST(a_thread_that_does_not_leave_loses_its_stack_at_the_second_wait)
{
    struct scene *scene = scene_new(guest_stays, host_kills);

    ck_assert_int_eq(sim_run(scene->sim), SIM_FAILED);
    ck_assert_int_eq(sim_catch(scene->sim), SIM_E_WAIT_LEAVING);
    ck_assert_uint_eq(scene->begun, 2);
    ck_assert_uint_eq(scene->went_on, 4); /* twice for each */
    ck_assert(sim_has_ended(&scene->guest));
    ck_assert_int_eq(sim_run(scene->sim), SIM_STARVED);
    scene_free(scene);
}
END_TEST

static void guest_acts_on_itself(void *module)
{
    struct scene *scene = module;

    scene->begun++;
    sim_wait_for(scene->sim, 1);
    if (scene->begun < 3) {
        ck_assert(!sim_reset(&scene->guest));
        ck_assert_int_eq(sim_leaving(scene->sim), SIM_RESET);
        ck_assert(!sim_wait_for(scene->sim, 1)); /* at once */
        return;
    }
    ck_assert(!sim_throw(&scene->guest, scene));
    ck_assert_ptr_eq(sim_thrown(scene->sim), scene);
    ck_assert(sim_wait_for(scene->sim, 1)); /* it goes on */
    ck_assert(!sim_kill(&scene->guest));
    scene->told++;
}

START_TEST(a_thread_that_acts_on_itself_hears_so_from_the_call)
{
    struct scene *scene = scene_new(guest_acts_on_itself, host_idles);

    sim_run_until(scene->sim, 100);
    ck_assert_uint_eq(scene->begun, 3);
    ck_assert_uint_eq(scene->told, 1);
    ck_assert(sim_has_ended(&scene->guest));
    scene_free(scene);
}
END_TEST

/* Runs on the stack of the guest, who reset it, and acts on that one. */
static void method_run(void *module)
{
    struct scene *scene = module;

    if (sim_current(scene->sim) == &scene->method && sim_now(scene->sim) == 5) {
        if (scene->begun++ % 2 == 0)
            ck_assert(sim_reset(&scene->guest));
        else
            ck_assert(sim_kill(&scene->guest));
        ck_assert(sim_reset(&scene->host)); /* runs beside what goes on here */
        scene->went_on++;
    }
}

static void guest_resets_method(void *module)
{
    struct scene *scene = module;

    if (!sim_wait_for(scene->sim, sim_now(scene->sim) == 0 ? 5 : 0))
        return;
    if (!sim_reset(&scene->method))
        scene->why[scene->told++] = sim_leaving(scene->sim);
    else
        abort();
}

static void host_begins(void *module)
{
    struct scene *scene = module;

    scene->held++;
    while (sim_wait_for(scene->sim, 50))
        continue;
}

static struct scene *method_on_a_stack(void (*cleanup)(void *module))
{
    struct scene *scene = scene_new(guest_resets_method, host_begins);

    scene->guest.cleanup = cleanup;
    sim_method_init(&scene->method, scene->sim, "method", method_run, scene);
    sim_dont_initialize(&scene->method);
    sim_run_until(scene->sim, 20);
    ck_assert_uint_eq(scene->begun, 2);
    ck_assert_uint_eq(scene->went_on, 2);
    ck_assert_uint_eq(scene->held, 3);
    ck_assert(sim_has_ended(&scene->guest));
    return scene;
}

START_TEST(a_method_acts_on_the_thread_on_whose_stack_it_runs)
{
    struct scene *scene = method_on_a_stack(NULL);

    ck_assert_uint_eq(scene->told, 2);
    ck_assert_int_eq(scene->why[0], SIM_RESET);
    ck_assert_int_eq(scene->why[1], SIM_KILLED);
    scene_free(scene);
    scene = method_on_a_stack(sim_drop_stack);
    ck_assert_uint_eq(scene->told, 0); /* its calls do not come back */
    scene_free(scene);
}
END_TEST

static void guest_resets_host(void *module)
{
    struct scene *scene = module;

    scene->begun++;
    sim_wait_for(scene->sim, 5);
    if (scene->begun == 1 && !sim_reset(&scene->host))
        scene->why[scene->told++] = sim_leaving(scene->sim);
    else if (scene->begun > 1)
        scene->went_on++;
}

static void host_throws(void *module)
{
    struct scene *scene = module;

    if (scene->held++ > 0)
        ck_assert(sim_throw(&scene->guest, scene));
    scene->given_back++;
    sim_wait_for(scene->sim, 50);
}

/* It waits in its own call of sim_reset(). */
START_TEST(what_is_thrown_at_who_lets_run_comes_from_the_call_that_did)
{
    struct scene *scene = scene_new(guest_resets_host, host_throws);

    sim_run_until(scene->sim, 20);
    ck_assert_uint_eq(scene->told, 1);
    ck_assert_int_eq(scene->why[0], SIM_THROWN);
    ck_assert_uint_eq(scene->given_back, 2);
    ck_assert(sim_has_ended(&scene->guest)); /* it returned */
    scene_free(scene);
}
END_TEST

static void host_releases(void *module)
{
    struct scene *scene = module;

    sim_wait_for(scene->sim, 3);
    sim_process_release(&scene->guest);
    memset(&scene->guest, 0xee, sizeof scene->guest);
    ck_assert_uint_eq(scene->given_back, 3);
    sim_signal_write(&scene->reset, 1);
    sim_wait_for(scene->sim, 1);
    sim_signal_release(&scene->reset);
}

START_TEST(who_is_released_leaves_first_and_no_signal_resets_it)
{
    struct scene *scene = scene_new(guest_run, host_releases);

    sim_reset_by(&scene->guest, &scene->reset, true, SIM_ASYNCHRONOUS);
    sim_reset_event(&scene->guest);
    ck_assert_int_eq(sim_run(scene->sim), SIM_STARVED);
    ck_assert_uint_eq(scene->begun, 1);
    scene_free(scene);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("leave");
    TCase *leave = tcase_create("leave");

    tcase_add_test(
        leave, a_thread_gives_back_what_it_holds_when_it_is_reset_and_killed);
    tcase_add_test(leave, a_sim_that_is_freed_lets_its_threads_leave);
    tcase_add_test(
        leave, a_thread_that_does_not_leave_loses_its_stack_at_the_second_wait);
    tcase_add_test(leave, a_thread_that_acts_on_itself_hears_so_from_the_call);
    tcase_add_test(leave, a_method_acts_on_the_thread_on_whose_stack_it_runs);
    tcase_add_test(leave,
                   what_is_thrown_at_who_lets_run_comes_from_the_call_that_did);
    tcase_add_test(leave, who_is_released_leaves_first_and_no_signal_resets_it);
    suite_add_tcase(suite, leave);
    return suite;
}
