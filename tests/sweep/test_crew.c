/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/crew.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/stop.h"
#include "tests/suite.h"

enum { JOBS = 200, DIES = 7, EXITS = 11 };

static struct error err;
static int tries_file = -1;
static off_t dies_at_most = JOBS;

struct test_job {
    uint64_t number;
};

/* An answer of so many bytes as the job says, that nobody could guess. */
static void add_answer(struct text *answer, uint64_t number)
{
    for (uint64_t i = 0; i < number * 97 % 20000 + 8; i += 8) {
        uint64_t word = random_mix(number * 100000 + i);

        text_add_bytes(answer, &word, sizeof word);
    }
}

static void work(void *context, const void *job, struct text *answer)
{
    const uint64_t *deadly = context;
    struct test_job what;

    memcpy(&what, job, sizeof what);
    if (what.number == deadly[0]) {
        struct stat info;

        if (write(tries_file, "x", 1) != 1 || fstat(tries_file, &info) < 0)
            _exit(4);
        if (info.st_size <= dies_at_most)
            kill(getpid(), SIGKILL);
    }
    if (what.number == deadly[1])
        _exit(3);
    add_answer(answer, what.number);
}

struct seen {
    unsigned times[JOBS];
    unsigned lost, given_up;
    char words[200];
    size_t fail_at; /* 0: never */
    size_t taken;
};

static int take(void *context, size_t job, const struct text *answer,
                const char *lost, struct error *told)
{
    struct seen *seen = context;
    struct text expected;

    seen->times[job]++;
    if (++seen->taken == seen->fail_at)
        return error_set(told, ERROR_DISK, "enough");
    if (lost) {
        seen->lost++;
        snprintf(seen->words, sizeof seen->words, "%s", lost);
        return 0;
    }
    text_init(&expected);
    add_answer(&expected, job);
    ck_assert_uint_eq(answer->length, expected.length);
    ck_assert_mem_eq(answer->at, expected.at, expected.length);
    text_release(&expected);
    return 0;
}

static int give_up(void *context, size_t job, const char *lost,
                   struct error *told)
{
    struct seen *seen = context;

    (void)told;
    seen->times[job]++;
    seen->given_up++;
    snprintf(seen->words, sizeof seen->words, "%s", lost);
    return 0;
}

static int rest(void *context, struct error *told)
{
    (void)context, (void)told;
    return 0;
}

static int do_jobs(unsigned workers, const uint64_t deadly[2],
                   struct seen *seen)
{
    uint64_t orders[2] = { deadly[0], deadly[1] };
    const struct crew_plan plan = { workers, sizeof(struct test_job), work,
                                    orders };
    const struct crew_leader leader = { take, give_up, rest, seen };
    struct test_job jobs[JOBS];
    struct crew *crew;
    int status;

    for (uint64_t i = 0; i < JOBS; i++)
        jobs[i].number = i;
    ck_assert_int_eq(crew_open(&crew, &plan, &err), 0);
    ck_assert_uint_eq(crew_workers(crew), workers);
    status = crew_do(crew, jobs, JOBS, &leader, &err);
    crew_close(crew);
    return status;
}

static const uint64_t nobody[2] = { JOBS, JOBS };

START_TEST(every_job_is_done_once_by_any_number_of_workers)
{
    for (unsigned workers = 1; workers <= 5; workers++) {
        struct seen seen = { .taken = 0 };

        ck_assert_int_eq(do_jobs(workers, nobody, &seen), 0);
        for (size_t i = 0; i < JOBS; i++)
            ck_assert_uint_eq(seen.times[i], 1);
        ck_assert_uint_eq(seen.lost, 0);
    }
}
END_TEST

/* Each try of the job adds a byte to a file, for the worker's memory goes. */
static char tries[] = "/tmp/flexcim-crew-XXXXXX";

static off_t tries_made(void)
{
    struct stat info;

    ck_assert_int_eq(stat(tries, &info), 0);
    return info.st_size;
}

START_TEST(a_killed_job_is_tried_three_times_and_then_given_up)
{
    for (unsigned workers = 1; workers <= 3; workers++) {
        struct seen seen = { .taken = 0 };

        tries_file = mkstemp(tries);
        ck_assert_int_eq(do_jobs(workers, (uint64_t[]){ DIES, JOBS }, &seen),
                         0);
        for (size_t i = 0; i < JOBS; i++)
            ck_assert_uint_eq(seen.times[i], 1);
        ck_assert_uint_eq(seen.lost, 0);
        ck_assert_uint_eq(seen.given_up, 1);
        ck_assert_str_eq(seen.words,
                         "its worker was killed by signal 9 (Killed)");
        ck_assert_int_eq(tries_made(), CREW_TRIES);
        close(tries_file);
        unlink(tries);
        memcpy(strrchr(tries, '-') + 1, "XXXXXX", 6);
    }
}
END_TEST

START_TEST(a_job_that_was_killed_once_is_done_at_the_second_try)
{
    struct seen seen = { .taken = 0 };

    tries_file = mkstemp(tries);
    dies_at_most = 1;
    ck_assert_int_eq(do_jobs(2, (uint64_t[]){ DIES, JOBS }, &seen), 0);
    for (size_t i = 0; i < JOBS; i++)
        ck_assert_uint_eq(seen.times[i], 1);
    ck_assert_uint_eq(seen.lost + seen.given_up, 0);
    ck_assert_int_eq(tries_made(), 2);
    unlink(tries);
}
END_TEST

START_TEST(a_worker_that_exits_says_its_status)
{
    struct seen seen = { .taken = 0 };

    ck_assert_int_eq(do_jobs(2, (uint64_t[]){ JOBS, EXITS }, &seen), 0);
    ck_assert_uint_eq(seen.lost, 1);
    ck_assert_str_eq(seen.words, "its worker ended with status 3");
}
END_TEST

START_TEST(a_leader_in_trouble_ends_the_work)
{
    struct seen seen = { .fail_at = 20 };

    ck_assert_int_eq(do_jobs(3, nobody, &seen), -1);
    ck_assert_str_eq(err.text, "enough");
    ck_assert_uint_eq(seen.taken, 20);
}
END_TEST

START_TEST(a_stop_ends_the_work)
{
    struct seen seen = { .taken = 0 };

    stop_on_signals();
    raise(SIGTERM);
    ck_assert_int_eq(do_jobs(2, nobody, &seen), -1);
    ck_assert_int_eq(err.kind, ERROR_INTERRUPTED);
    ck_assert_uint_eq(seen.taken, 0);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("crew");
    TCase *tcase = tcase_create("crew");

    tcase_add_test(tcase, every_job_is_done_once_by_any_number_of_workers);
    tcase_add_test(tcase, a_killed_job_is_tried_three_times_and_then_given_up);
    tcase_add_test(tcase, a_job_that_was_killed_once_is_done_at_the_second_try);
    tcase_add_test(tcase, a_worker_that_exits_says_its_status);
    tcase_add_test(tcase, a_leader_in_trouble_ends_the_work);
    tcase_add_test(tcase, a_stop_ends_the_work);
    suite_add_tcase(suite, tcase);
    return suite;
}
