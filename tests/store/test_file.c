/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file of results as a file: names that mean something to SQLite, files
 * that are not ours, a full disk, and permissions.
 */
#include "store/store.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "tests/store/example.h"
#include "tests/store/scratch.h"
#include "tests/suite.h"

static struct error err;

static void assert_refused(const char *path, enum store_mode mode,
                           enum error_kind kind, const char *words)
{
    struct store *store;

    ck_assert_int_eq(store_open(&store, path, mode, &err), -1);
    ck_assert_ptr_null(store);
    ck_assert_int_eq(err.kind, kind);
    if (!strstr(err.text, words) || !strstr(err.text, path))
        ck_abort_msg("'%s' does not say '%s'", err.text, words);
}

START_TEST(files_that_are_not_ours_are_refused_and_left_alone)
{
    char before[HASH_TEXT], after[HASH_TEXT];

    assert_refused("none.db", STORE_READ, ERROR_NO_INPUT, "No such file");
    assert_refused("none/a.db", STORE_WRITE, ERROR_NO_INPUT, "");
    ck_assert_int_eq(mkdir("folder", 0777), 0);
    assert_refused("folder", STORE_WRITE, ERROR_NO_INPUT, "regular file");

    ck_assert_int_eq(file_put("text.db",
                              "not a database, but long enough "
                              "for SQLite to take a look at it, "
                              "which it does at 100 bytes or more.",
                              101, &err),
                     0);
    assert_refused("text.db", STORE_WRITE, ERROR_DATA, "not an SQLite");
    assert_refused("text.db", STORE_READ, ERROR_DATA, "not an SQLite");

    scratch_execute("other.db", "CREATE TABLE t (x)");
    ck_assert_int_eq(hash_file(before, "other.db", &err), 0);
    assert_refused("other.db", STORE_WRITE, ERROR_DATA, "not one of flexcim");
    assert_refused("other.db", STORE_READ, ERROR_DATA, "not one of flexcim");
    ck_assert_int_eq(hash_file(after, "other.db", &err), 0);
    ck_assert_str_eq(before, after);

    example_fill_file("a.db");
    scratch_execute("a.db", "PRAGMA user_version = 7777");
    assert_refused("a.db", STORE_WRITE, ERROR_DATA, "version 7777");
    assert_refused("a.db", STORE_READ, ERROR_DATA, "use a newer one");

    ck_assert_int_eq(file_put("empty.db", "", 0, &err), 0);
    assert_refused("empty.db", STORE_READ, ERROR_DATA, "empty");
    store_close(example_open("empty.db", STORE_WRITE));
}
END_TEST

START_TEST(a_name_that_means_something_to_sqlite_is_a_path)
{
    store_close(example_open(":memory:", STORE_WRITE));
    ck_assert_int_eq(access(":memory:", F_OK), 0);
    store_close(example_open("file:x?mode=ro", STORE_WRITE));
    ck_assert_int_eq(access("file:x?mode=ro", F_OK), 0);
}
END_TEST

/* Fills a store while no file may grow beyond `limit` bytes. */
static int fill_within(rlim_t limit)
{
    struct rlimit old, now;
    struct store *store;
    int status;

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    now = old;
    now.rlim_cur = limit;
    setrlimit(RLIMIT_FSIZE, &now);
    status = store_open(&store, "a.db", STORE_WRITE, &err);
    if (status == 0)
        status = example_fill(store, &err);
    store_close(store);
    setrlimit(RLIMIT_FSIZE, &old);
    return status;
}

START_TEST(a_full_disk_is_told_and_loses_nothing_committed)
{
    ck_assert_int_eq(fill_within(1000), -1);
    ck_assert_int_eq(err.kind, ERROR_DISK);
    ck_assert_int_ne(access("a.db", F_OK), 0); /* nothing left behind */
    for (rlim_t limit = 20000; limit <= 140000; limit += 7000) {
        if (fill_within(limit) == 0)
            break;
        ck_assert_int_eq(err.kind, ERROR_DISK);
        if (access("a.db", F_OK) == 0)
            scratch_assert("a.db", "PRAGMA integrity_check", "ok\n");
        ck_assert_uint_lt(limit, 140000);
    }
    example_fill_file("a.db");
    scratch_assert("a.db", "SELECT count(*) FROM v_comparison", "4\n");
}
END_TEST

START_TEST(a_file_that_may_not_be_written_is_still_read)
{
    struct store *store;

    if (geteuid() == 0)
        return; /* root may write everything */
    example_fill_file("a.db");
    ck_assert_int_eq(chmod("a.db", 0444), 0);
    ck_assert_int_eq(store_open(&store, "a.db", STORE_WRITE, &err), 0);
    ck_assert_int_eq(example_start(store, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DISK);
    store_close(store);
    store_close(example_open("a.db", STORE_READ));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("the file of results");
    TCase *tcase = tcase_create("file");

    tcase_add_checked_fixture(tcase, scratch_enter, scratch_leave);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, files_that_are_not_ours_are_refused_and_left_alone);
    tcase_add_test(tcase, a_name_that_means_something_to_sqlite_is_a_path);
    tcase_add_test(tcase, a_full_disk_is_told_and_loses_nothing_committed);
    tcase_add_test(tcase, a_file_that_may_not_be_written_is_still_read);
    suite_add_tcase(suite, tcase);
    return suite;
}
