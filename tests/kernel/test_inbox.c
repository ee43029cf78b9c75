/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes from other threads of the host; all suspended; descendants. */
#include "kernel/inbox.h"

#include <pthread.h>
#include <stdlib.h>

#include "kernel/object.h"
#include "kernel/process.h"
#include "kernel/report.h"
#include "kernel/signal.h"
#include "tests/suite.h"

#define POSTERS 3
#define LETTERS 2000

struct letter {
    struct sim_letter letter;
    unsigned poster, number;
};

struct office {
    struct sim *sim;
    struct sim_inbox inbox;
    struct sim_event opened;
    struct sim_process clerk;
    unsigned next[POSTERS]; /* the letter that is due of each */
    unsigned count, woken;
};

struct poster {
    struct office *office;
    struct letter *letters;
    pthread_t thread;
};

static void open_letter(void *module, struct sim_letter *opened)
{
    struct office *office = module;
    struct letter *letter = (struct letter *)opened;

    ck_assert_uint_eq(letter->number, office->next[letter->poster]++);
    office->count++;
    sim_notify_delta(&office->opened);
}

static void clerk_run(void *module)
{
    ((struct office *)module)->woken++;
}

static void *post_all(void *argument)
{
    struct poster *poster = argument;

    for (unsigned i = 0; i < LETTERS; i++)
        sim_inbox_post(&poster->office->inbox, &poster->letters[i].letter);
    sim_inbox_let_go(&poster->office->inbox);
    return NULL;
}

static struct office *office_new(sim_function clerk)
{
    struct office *office = calloc(1, sizeof *office);
    struct sim *sim = office->sim = sim_new();

    sim_inbox_init(&office->inbox, sim, open_letter, office);
    sim_event_init(&office->opened, sim, "opened");
    sim_method_init(&office->clerk, sim, "clerk", clerk, office);
    sim_sensitive(&office->clerk, &office->opened);
    sim_dont_initialize(&office->clerk);
    return office;
}

START_TEST(letters_of_host_threads_come_each_once_and_in_their_order)
{
    struct office *office = office_new(clerk_run);
    struct poster posters[POSTERS];

    for (unsigned p = 0; p < POSTERS; p++) {
        posters[p].office = office;
        posters[p].letters = calloc(LETTERS, sizeof *posters[p].letters);
        for (unsigned i = 0; i < LETTERS; i++) {
            posters[p].letters[i].poster = p;
            posters[p].letters[i].number = i;
        }
        sim_inbox_hold(&office->inbox);
        ck_assert_int_eq(
            pthread_create(&posters[p].thread, NULL, post_all, &posters[p]), 0);
    }
    ck_assert_int_eq(sim_run(office->sim), SIM_STARVED);
    ck_assert_uint_eq(office->count, POSTERS * LETTERS);
    ck_assert_uint_ge(office->woken, 1);
    ck_assert_uint_eq(sim_now(office->sim),
                      0); /* it waited, but no time went */
    for (unsigned p = 0; p < POSTERS; p++) {
        pthread_join(posters[p].thread, NULL);
        free(posters[p].letters);
    }
    sim_free(office->sim);
    free(office);
}
END_TEST

START_TEST(a_letter_is_opened_though_nothing_else_happens)
{
    struct office *office = office_new(clerk_run);
    struct letter letters[2] = { { .number = 0 }, { .number = 1 } };

    sim_inbox_post(&office->inbox, &letters[0].letter);
    ck_assert_int_eq(sim_run_until(office->sim, 10), SIM_STARVED);
    ck_assert_uint_eq(office->woken, 1);
    sim_inbox_post(&office->inbox, &letters[1].letter);
    ck_assert_int_eq(sim_run_until(office->sim, 20), SIM_STARVED);
    ck_assert_uint_eq(office->count, 2);
    ck_assert_uint_eq(office->woken, 2);
    sim_free(office->sim);
    free(office);
}
END_TEST

static void suspend_the_others(void *module)
{
    struct office *office = module;

    sim_wait_for(office->sim, 5);
    sim_suspend_all(office->sim);
    sim_wait_for(office->sim, 5);
    office->count += 100;
}

START_TEST(while_all_are_suspended_no_process_runs_and_no_time_goes)
{
    struct office *office = office_new(clerk_run);
    struct sim *sim = office->sim;
    struct sim_process suspender;

    sim_thread_init(&suspender, sim, "suspender", suspend_the_others, office);
    sim_notify_after(&office->opened, 5);
    ck_assert_int_eq(sim_run_until(sim, 50), SIM_REACHED);
    ck_assert_uint_eq(sim_now(sim), 5);
    ck_assert_uint_eq(office->count, 0);
    sim_resume_all(sim);
    ck_assert_int_eq(sim_run_until(sim, 50), SIM_STARVED);
    ck_assert_uint_eq(office->woken, 1);
    ck_assert_uint_eq(office->count, 100);
    ck_assert_uint_eq(sim_now(sim), 50);
    sim_free(sim);
    free(office);
}
END_TEST

struct family {
    struct sim *sim;
    struct sim_process parent, child, grandchild, stranger;
    struct sim_event wake;
    unsigned ran;
};

static void count_wakes(void *module)
{
    struct family *family = module;

    while (sim_wait_event(family->sim, &family->wake))
        family->ran++;
}

static void child_run(void *module)
{
    struct family *family = module;

    sim_thread_init(&family->grandchild, family->sim, "grandchild", count_wakes,
                    family);
    count_wakes(module);
}

static void parent_run(void *module)
{
    struct family *family = module;

    sim_thread_init(&family->child, family->sim, "child", child_run, family);
    sim_thread_set_stack_size(&family->child, 200000);
    count_wakes(module);
}

static void stranger_run(void *module)
{
    struct family *family = module;
    struct sim *sim = family->sim;

    sim_wait_for(sim, 1);
    ck_assert_str_eq(sim_object_name(sim, family->grandchild.id),
                     "parent.child.grandchild");
    sim_notify(&family->wake);
    sim_wait_for(sim, 1);
    ck_assert_uint_eq(family->ran, 3);
    sim_with_descendants(&family->child, sim_suspend);
    sim_notify(&family->wake);
    sim_wait_for(sim, 1);
    ck_assert_uint_eq(family->ran, 4);
    sim_with_descendants(&family->child, sim_resume);
    sim_wait_for(sim, 1);
    ck_assert_uint_eq(family->ran, 6);
    sim_kill(&family->child);
    sim_process_release(&family->child); /* its child goes to its parent */
    sim_with_descendants(&family->parent, sim_kill);
    ck_assert(sim_has_ended(&family->grandchild));
    ck_assert(sim_has_ended(&family->parent));
    ck_assert(!sim_has_ended(&family->stranger));
}

START_TEST(what_is_done_with_descendants_is_done_with_all_below)
{
    struct family *family = calloc(1, sizeof *family);
    struct sim *sim = family->sim = sim_new();

    sim_event_init(&family->wake, sim, "wake");
    sim_thread_init(&family->parent, sim, "parent", parent_run, family);
    sim_thread_init(&family->stranger, sim, "stranger", stranger_run, family);
    ck_assert_int_eq(sim_run(sim), SIM_STARVED);
    ck_assert_uint_eq(sim_now(sim), 4);
    sim_free(sim);
    free(family);
}
END_TEST

static void report_thrice(void *module)
{
    struct sim *sim = module;

    for (int i = 0; i < 3; i++) {
        sim_report(sim, SIM_WARNING, 10001, "first");
        sim_report(sim, SIM_WARNING, 10002, "second");
        sim_wait_for(sim, 5);
    }
}

static void count_report(void *argument, const struct sim_report *report)
{
    (void)report;
    ++*(unsigned *)argument;
}

START_TEST(reports_of_one_number_have_actions_and_a_count_of_their_own)
{
    struct sim *sim = sim_new();
    struct sim_process process;
    unsigned shown = 0;

    sim_reports(sim)->handler = count_report;
    sim_reports(sim)->argument = &shown;
    sim_report_rule(sim, SIM_WARNING, 10001)->actions = 0;
    sim_report_rule(sim, SIM_WARNING, 10002)->stop_after = 2;
    sim_thread_init(&process, sim, "process", report_thrice, sim);
    ck_assert_int_eq(sim_run(sim), SIM_STOPPED);
    ck_assert_uint_eq(sim_now(sim), 5);
    ck_assert_uint_eq(shown, 2);
    ck_assert_uint_eq(sim_report_rule(sim, SIM_WARNING, 10001)->count, 2);
    ck_assert_uint_eq(sim_reports(sim)->counts[SIM_WARNING], 4);
    sim_free(sim);
}
END_TEST

struct moments {
    struct sim *sim;
    struct sim_signal signal;
    struct sim_process process;
    uint64_t seen[8];
    sim_time times[8];
    unsigned updates, steps;
};

static void after_update(void *argument)
{
    struct moments *moments = argument;

    moments->seen[moments->updates++ % 8] = sim_signal_read(&moments->signal);
}

static void before_time(void *argument)
{
    struct moments *moments = argument;

    moments->times[moments->steps++ % 8] = sim_now(moments->sim);
}

static void write_twice(void *module)
{
    struct moments *moments = module;

    sim_signal_write(&moments->signal, 3);
    sim_wait_for(moments->sim, 7);
    ck_assert(!sim_is_pending_later(moments->sim));
    sim_signal_write(&moments->signal, 4);
    ck_assert(sim_is_pending_now(moments->sim));
}

START_TEST(hooks_are_called_after_each_update_and_before_time_goes_on)
{
    struct moments *moments = calloc(1, sizeof *moments);
    struct sim *sim = moments->sim = sim_new();

    sim_set_resolution(sim, 10, SIM_UNIT_FS);
    ck_assert_uint_eq(sim_resolution(sim), 10);
    sim_signal_init(&moments->signal, sim, "signal", 0);
    sim_thread_init(&moments->process, sim, "process", write_twice, moments);
    sim_at(sim, SIM_AFTER_UPDATE, after_update, moments);
    sim_at(sim, SIM_BEFORE_TIME, before_time, moments);
    ck_assert_int_eq(sim_run_until(sim, 9), SIM_STARVED);
    ck_assert_uint_eq(moments->seen[0], 3);
    ck_assert_uint_eq(moments->seen[moments->updates - 1], 4);
    ck_assert_uint_eq(moments->steps, 2); /* to 7, and to 9 */
    ck_assert_uint_eq(moments->times[0], 0);
    ck_assert_uint_eq(moments->times[1], 7);
    sim_free(sim);
    free(moments);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("inbox");
    TCase *inbox = tcase_create("inbox");

    tcase_add_test(inbox,
                   letters_of_host_threads_come_each_once_and_in_their_order);
    tcase_add_test(inbox, a_letter_is_opened_though_nothing_else_happens);
    tcase_add_test(inbox,
                   while_all_are_suspended_no_process_runs_and_no_time_goes);
    tcase_add_test(inbox, what_is_done_with_descendants_is_done_with_all_below);
    tcase_add_test(inbox,
                   reports_of_one_number_have_actions_and_a_count_of_their_own);
    tcase_add_test(inbox,
                   hooks_are_called_after_each_update_and_before_time_goes_on);
    suite_add_tcase(suite, inbox);
    return suite;
}
