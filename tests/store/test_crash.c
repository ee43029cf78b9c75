/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A process that writes runs is killed at a random moment, again and again on
 * one file.  CRASH_ROUNDS says how often (40), CRASH_SEED with which moments.
 */
#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/random.h"
#include "tests/store/example.h"
#include "tests/store/scratch.h"
#include "tests/suite.h"

static uint64_t from_environment(const char *name, uint64_t standard)
{
    const char *text = getenv(name);

    return text ? strtoull(text, NULL, 10) : standard;
}

/* Writes runs with the seeds from `seed` on, and tells each one that is done;
 * does not return. */
static void write_runs(int told, uint64_t seed)
{
    struct store *store;
    struct error err;

    if (store_open(&store, "a.db", STORE_WRITE, &err) < 0 ||
        example_start(store, &err) < 0 ||
        example_put_inputs(store, EXAMPLE_FLOW, &err) < 0)
        goto trouble;
    for (;; seed++) {
        if (example_run(store, EXAMPLE_FLOW, EXAMPLE_ON_FLEXCIM, seed, &err) <
            0)
            goto trouble;
        if (write(told, &seed, sizeof seed) != sizeof seed)
            break;
    }
trouble:
    fprintf(stderr, "child: %s\n", err.text);
    _exit(1);
}

static void assert_query(const char *sql, const char *answer, uint64_t round)
{
    char *rows = scratch_ask("a.db", sql);

    if (strcmp(rows, answer) != 0)
        ck_abort_msg("round %llu: %s: %s", (unsigned long long)round, sql,
                     rows);
    free(rows);
}

/* Kills it so long after its begin or, if `settled`, after its first run.
 * Returns the seed after the last run that was reported as done. */
static uint64_t kill_one_writer(uint64_t seed, uint64_t microseconds,
                                bool settled)
{
    struct timespec wait = { (time_t)(microseconds / 1000000),
                             (long)(microseconds % 1000000) * 1000 };
    int told[2], status;
    uint64_t done;
    pid_t child;

    ck_assert_int_eq(pipe(told), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        write_runs(told[1], seed);
    close(told[1]);
    if (settled && read(told[0], &done, sizeof done) == sizeof done)
        seed = done + 1;
    nanosleep(&wait, NULL);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    while (read(told[0], &done, sizeof done) == sizeof done)
        seed = done + 1;
    close(told[0]);
    return seed;
}

static void assert_whole(uint64_t finished, uint64_t round)
{
    char *runs;

    assert_query("PRAGMA integrity_check", "ok\n", round);
    assert_query("PRAGMA foreign_key_check", "", round);
    assert_query("SELECT count(*) FROM runs WHERE status = 'done' AND"
                 " (SELECT count(*) FROM layer_results AS l"
                 "  WHERE l.run = runs.run) <> 4",
                 "0\n", round);
    assert_query("SELECT count(*) FROM layer_results AS l WHERE"
                 " (SELECT count(*) FROM counter_values AS v"
                 "  WHERE v.run = l.run AND v.layer = l.layer) <> 2",
                 "0\n", round);
    runs = scratch_ask("a.db", "SELECT count(*) FROM runs"
                               " WHERE status = 'done'");
    /* What was told is there; one more may be, killed before it could tell. */
    if (strtoull(runs, NULL, 10) < finished ||
        strtoull(runs, NULL, 10) > finished + 1)
        ck_abort_msg("round %llu: %llu told, there are %s",
                     (unsigned long long)round, (unsigned long long)finished,
                     runs);
    free(runs);
}

START_TEST(a_killed_writer_loses_nothing_that_was_committed)
{
    uint64_t rounds = from_environment("CRASH_ROUNDS", 40);
    uint64_t random = from_environment("CRASH_SEED", (uint64_t)time(NULL));
    uint64_t seed = 0;

    fprintf(stderr, "CRASH_SEED=%llu\n", (unsigned long long)random);
    for (uint64_t round = 0; round < rounds; round++) {
        struct store *store;
        struct error err;

        seed = kill_one_writer(seed, random_below(&random, 40000), round % 2);
        /* Opened by us first, as the next command would. */
        if (store_open(&store, "a.db", STORE_WRITE, &err) < 0)
            ck_abort_msg("round %llu: %s", (unsigned long long)round, err.text);
        store_close(store);
        assert_whole(seed, round);
    }
    ck_assert_uint_ge(seed, rounds / 2); /* or nothing was tested */
}
END_TEST

START_TEST(a_lock_held_too_long_is_told)
{
    struct store *store;
    struct error err;
    sqlite3 *other;

    ck_assert_int_eq(store_open(&store, "a.db", STORE_WRITE, &err), 0);
    ck_assert_int_eq(sqlite3_open("a.db", &other), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL),
                     SQLITE_OK);
    ck_assert_int_eq(example_start(store, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DISK);
    ck_assert_ptr_nonnull(strstr(err.text, "locked"));
    sqlite3_close(other);
    store_close(store);
}
END_TEST

START_TEST(writers_of_one_file_wait_for_each_other)
{
    pid_t children[4];
    int status;

    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        ck_assert_int_ge(children[i], 0);
        if (children[i] == 0) {
            struct store *store;
            struct error err;

            if (store_open(&store, "a.db", STORE_WRITE, &err) < 0 ||
                example_fill(store, &err) < 0) {
                fprintf(stderr, "%s\n", err.text);
                _exit(1);
            }
            _exit(0);
        }
    }
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
        ck_assert_int_eq(status, 0);
    }
    assert_query("SELECT count(*) FROM runs WHERE status = 'done'", "4\n", 0);
    assert_query("SELECT count(*) FROM layer_results", "16\n", 0);
    assert_query("SELECT count(*) FROM counter_values", "32\n", 0);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("crash");
    TCase *tcase = tcase_create("crash");

    tcase_set_timeout(tcase, 600);
    tcase_add_checked_fixture(tcase, scratch_enter, scratch_leave);
    tcase_add_test(tcase, a_killed_writer_loses_nothing_that_was_committed);
    if (!getenv("CRASH_ROUNDS"))
        tcase_add_test(tcase, a_lock_held_too_long_is_told);
    tcase_add_test(tcase, writers_of_one_file_wait_for_each_other);
    suite_add_tcase(suite, tcase);
    return suite;
}
