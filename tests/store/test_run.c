/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "tests/store/example.h"
#include "tests/store/scratch.h"
#include "tests/suite.h"

static struct error err;

/* The key of a run by a program of that version; no run is made. */
static void find_key(char run[STORE_RUN_KEY], const char *version,
                     const struct store_run *what)
{
    static char name[] = "flexcim";
    char *arguments[] = { name, NULL };
    struct store_invocation invocation = { .argc = 1,
                                           .argv = arguments,
                                           .version = version,
                                           .compiler = "cc",
                                           .libraries = "{}",
                                           .workers = 1 };
    enum store_state state;
    struct store *store;

    ck_assert_int_eq(store_open(&store, "a.db", STORE_WRITE, &err), 0);
    ck_assert_int_eq(store_start(store, &invocation, &err), 0);
    ck_assert_int_eq(store_find_run(store, what, run, &state, &err), 0);
    ck_assert_int_eq(state, STORE_NEW);
    store_close(store);
}

START_TEST(whatever_decides_what_comes_out_makes_another_run)
{
    static const struct {
        const char *version;
        struct store_run what;
    } runs[] = {
        { "1", { "trace", "machine", false, false, false, 0 } },
        { "2", { "trace", "machine", false, false, false, 0 } },
        { "1", { "other", "machine", false, false, false, 0 } },
        { "1", { "trace", "other", false, false, false, 0 } },
        { "1", { "trace", "machine", true, false, false, 0 } },
        { "1", { "trace", "machine", false, false, false, 1 } },
    };
    enum { RUNS = sizeof runs / sizeof *runs };
    char keys[RUNS][STORE_RUN_KEY], again[STORE_RUN_KEY];

    for (size_t i = 0; i < RUNS; i++) {
        find_key(keys[i], runs[i].version, &runs[i].what);
        find_key(again, runs[i].version, &runs[i].what);
        ck_assert_str_eq(keys[i], again);
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(keys[i], keys[j]);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("run");
    TCase *tcase = tcase_create("run");

    tcase_add_checked_fixture(tcase, scratch_enter, scratch_leave);
    tcase_add_test(tcase, whatever_decides_what_comes_out_makes_another_run);
    suite_add_tcase(suite, tcase);
    return suite;
}
