/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a results file with a large text in it takes: a few times its length. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/merge.h"
#include "tests/store/example.h"
#include "tests/store/scratch.h"
#include "tests/suite.h"

/* SQLite and the merge hold copies of a text; a tree of its values would be
 * twenty times as large. */
enum { LENGTH = 16 << 20, TIMES = 7 };

static struct error err;

static long most_memory(void)
{
    struct rusage usage;

    ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

static int merge_large(void)
{
    long before = most_memory(), more;
    struct store *all, *part;
    uint64_t near;

    if (store_open(&all, "all.db", STORE_WRITE, &err) < 0 ||
        store_open(&part, "a.db", STORE_READ, &err) < 0 ||
        store_merge(all, part, &near, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    store_close(part);
    store_close(all);
    more = most_memory() - before;
    if (more <= TIMES * (LENGTH / 1024L))
        return 0;
    fprintf(stderr, "%ld kB more\n", more);
    return 3;
}

/* In a process of its own, since what was the most counts. */
static int status_of(int work(void))
{
    pid_t child = fork();
    int status;

    if (child == 0)
        _exit(work());
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int make_large(void)
{
    struct store *store;

    if (store_open(&store, "a.db", STORE_WRITE, &err) < 0 ||
        example_fill(store, &err) < 0)
        return 1;
    store_close(store);
    scratch_execute("a.db",
                    "UPDATE plans SET text = '[' ||"
                    " replace(hex(zeroblob(4 << 20)), '0', '0,') || '0]'"
                    " WHERE plan_hash = (SELECT min(plan_hash) FROM plans)");
    return 0;
}

START_TEST(a_text_of_small_values_is_read_where_it_lies)
{
    if (suite_is_instrumented())
        return;
    ck_assert_int_eq(status_of(make_large), 0);
    ck_assert_int_eq(status_of(merge_large), 0);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("large text");
    TCase *tests = tcase_create("large text");

    tcase_add_checked_fixture(tests, scratch_enter, scratch_leave);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_text_of_small_values_is_read_where_it_lies);
    suite_add_tcase(suite, tests);
    return suite;
}
