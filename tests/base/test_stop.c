/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/stop.h"

#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/suite.h"

static const char path[] = "/tmp/flexcim-stop-test";

START_TEST(a_signal_and_its_echo_ask_for_one_stop)
{
    stop_on_signals();
    ck_assert(!stop_requested());
    ck_assert_int_eq(stop_check(NULL), 0);
    raise(SIGINT);
    raise(SIGINT);
    raise(SIGTERM);
    ck_assert(stop_requested());
}
END_TEST

/* In a child: a temporary file and a child of its own, a stop, and work that
 * never looks.  Tells what ended it and after how many milliseconds. */
static int end_of_deaf_work(int signals, int *milliseconds)
{
    struct timespec begun, ended;
    int status, ready[2];
    char byte;
    pid_t child;

    ck_assert_int_eq(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        struct file_out out;
        struct error err;
        pid_t own;

        stop_on_signals();
        if (file_create(&out, path, &err) < 0)
            _exit(1);
        own = fork();
        if (own == 0) {
            for (;;)
                pause();
        }
        stop_kills(own);
        if (write(ready[1], "x", 1) != 1)
            _exit(2);
        for (;;)
            ; /* as inside a product */
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(ready[1]);
    clock_gettime(CLOCK_MONOTONIC, &begun);
    kill(child, SIGTERM);
    if (signals > 1) {
        usleep((STOP_ECHO_MS + 50) * 1000);
        kill(child, SIGINT);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    *milliseconds = (int)((ended.tv_sec - begun.tv_sec) * 1000 +
                          (ended.tv_nsec - begun.tv_nsec) / 1000000);
    /* The grandchild held the pipe's other end until it was killed. */
    ck_assert_int_eq(read(ready[0], &byte, 1), 0);
    close(ready[0]);
    return status;
}

static size_t files_left(void)
{
    glob_t found;
    size_t count;

    glob("/tmp/flexcim-stop-*", 0, NULL, &found);
    count = found.gl_pathc;
    globfree(&found);
    return count;
}

START_TEST(work_that_never_looks_ends_within_a_second_and_leaves_nothing)
{
    int took, status = end_of_deaf_work(1, &took);

    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), ERROR_INTERRUPTED);
    ck_assert_int_ge(took, STOP_GRACE_MS - 10);
    ck_assert_int_lt(took, 1000);
    ck_assert_uint_eq(files_left(), 0);
}
END_TEST

START_TEST(a_later_signal_ends_it_at_once_and_leaves_nothing)
{
    int took, status = end_of_deaf_work(2, &took);

    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), ERROR_INTERRUPTED);
    ck_assert_int_lt(took, STOP_GRACE_MS);
    ck_assert_uint_eq(files_left(), 0);
}
END_TEST

/* In a child: work that has seen the stop and ends with `status`, but takes
 * longer than the grace to end.  Gives what it ended with and told. */
static int end_of_late_work(int status, char *words, size_t capacity)
{
    int pipe_ends[2], ended;
    size_t told = 0;
    ssize_t part;
    pid_t child;

    ck_assert_int_eq(pipe(pipe_ends), 0);
    child = fork();
    if (child == 0) {
        dup2(pipe_ends[1], STDERR_FILENO);
        close(pipe_ends[0]);
        close(pipe_ends[1]);
        stop_on_signals();
        raise(SIGTERM);
        stop_ends_with(status);
        if (status != 0)
            fprintf(stderr, "told\n");
        for (;;)
            pause();
    }
    close(pipe_ends[1]);
    while ((part = read(pipe_ends[0], words + told, capacity - 1 - told)) > 0)
        told += (size_t)part;
    words[told] = '\0';
    close(pipe_ends[0]);
    ck_assert_int_eq(waitpid(child, &ended, 0), child);
    ck_assert(WIFEXITED(ended));
    return WEXITSTATUS(ended);
}

START_TEST(what_ends_by_itself_tells_its_end_once)
{
    char words[64];

    ck_assert_int_eq(end_of_late_work(ERROR_INTERRUPTED, words, sizeof words),
                     ERROR_INTERRUPTED);
    ck_assert_str_eq(words, "told\n");
    ck_assert_int_eq(end_of_late_work(0, words, sizeof words), 0);
    ck_assert_str_eq(words, "");
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("stop");
    TCase *stop = tcase_create("stop");

    tcase_add_test(stop, a_signal_and_its_echo_ask_for_one_stop);
#ifndef __SANITIZE_THREAD__ /* which keeps a signal until the next call */
    tcase_add_test(
        stop, work_that_never_looks_ends_within_a_second_and_leaves_nothing);
    tcase_add_test(stop, a_later_signal_ends_it_at_once_and_leaves_nothing);
    tcase_add_test(stop, what_ends_by_itself_tells_its_end_once);
#endif
    suite_add_tcase(suite, stop);
    return suite;
}
