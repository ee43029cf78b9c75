/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A results file may come from anybody: whatever stands in it, nothing of it
 * runs, nothing beside it is written, and what is wrong with it is told as the
 * file's trouble.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "store/merge.h"
#include "store/query.h"
#include "tests/store/example.h"
#include "tests/store/scratch.h"
#include "tests/suite.h"

static struct error err;

static void make_example(const char *path)
{
    struct store *store;

    ck_assert_int_eq(store_open(&store, path, STORE_WRITE, &err), 0);
    ck_assert_int_eq(store_begin(store, &err), 0);
    ck_assert_int_eq(example_fill(store, &err), 0);
    ck_assert_int_eq(store_commit(store, &err), 0);
    store_close(store);
}

static void make_version(const char *path, int version)
{
    char *name = memory_printf("%s/%d.sql", getenv("VERSIONS"), version);
    char *sql = file_read_text(name, 1 << 24, &err);

    ck_assert_ptr_nonnull(sql);
    scratch_execute(path, sql);
    free(sql);
    free(name);
}

static int ignore_names(void *context, size_t columns, const char *const *names,
                        struct error *unused)
{
    (void)context, (void)columns, (void)names, (void)unused;
    return 0;
}

static int take_number(void *context, const struct query_value *values,
                       struct error *unused)
{
    (void)unused;
    *(int64_t *)context = values[0].integer;
    return 0;
}

static int ask(const char *path, const struct query_ask *question,
               int64_t *number)
{
    const struct query_sink sink = { ignore_names, take_number, number };
    struct store *store;
    int status;

    if (store_open(&store, path, STORE_READ, &err) < 0)
        return -1;
    status = query_run(store, question, &sink, &err);
    store_close(store);
    return status;
}

static int ask_sql(const char *path, const char *sql, int64_t *number)
{
    const struct query_ask question = { .sql = sql };

    return ask(path, &question, number);
}

static void assert_write_refused(const char *path, const char *words)
{
    char before[HASH_TEXT], after[HASH_TEXT];
    struct store *store;

    ck_assert_int_eq(hash_file(before, path, &err), 0);
    ck_assert_int_eq(store_open(&store, path, STORE_WRITE, &err), -1);
    ck_assert_ptr_null(store);
    if (err.kind != ERROR_DATA || !strstr(err.text, words))
        ck_abort_msg("%d: %s", err.kind, err.text);
    ck_assert_int_eq(hash_file(after, path, &err), 0);
    ck_assert_str_eq(before, after);
}

#define RESCHEMA(name, from, to)                                               \
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql ="              \
    " replace(sql, '" from "', '" to "') WHERE name = '" name "'"

START_TEST(what_is_not_ours_is_read_past_but_never_written_to)
{
    static const struct {
        const char *change, *words;
    } cases[] = {
        { "CREATE TRIGGER t AFTER INSERT ON invocations BEGIN"
          " DELETE FROM models; END",
          "trigger t is none" },
        { "CREATE TABLE notes (text)", "table notes is none" },
        { "CREATE INDEX fast ON runs (seed)", "index fast is none" },
        { "CREATE VIRTUAL TABLE words USING fts5 (text)", "table words" },
        { "CREATE TABLE v_mine (x, y AS (x))", "table v_mine is none" },
    };
    int64_t runs = 0;

    make_example("a.db");
    scratch_execute("a.db", cases[_i].change);
    assert_write_refused("a.db", cases[_i].words);
    ck_assert_int_eq(ask_sql("a.db", "SELECT count(*) FROM v_run", &runs), 0);
    ck_assert_int_eq(runs, 4);
}
END_TEST

START_TEST(a_table_of_ours_that_is_another_is_neither_read_nor_written)
{
    static const struct {
        const char *change, *words;
    } cases[] = {
        { RESCHEMA("layer_results", "= cycles)", "= cycles OR 1)"),
          "table layer_results is not as" },
        { "ALTER TABLE costs ADD COLUMN more REAL AS (energy_fj + 1)",
          "table costs is not as" },
        { "DROP INDEX perplexity_key", "index perplexity_key is missing" },
        { "PRAGMA foreign_keys = OFF; DROP TABLE perplexities",
          "perplexities is missing" },
        { "DROP TABLE nodes; CREATE VIEW nodes AS SELECT 1 AS node_nm",
          "view nodes is not as" },
        { "ALTER TABLE invocations RENAME COLUMN host TO \"\"",
          "invocations is not as" },
        { "ALTER TABLE invocations RENAME COLUMN host TO \"ho\"\"st\"",
          "invocations is not as" },
    };
    int64_t runs;
    struct store *all, *part;

    make_example("a.db");
    scratch_execute("a.db", cases[_i].change);
    assert_write_refused("a.db", cases[_i].words);
    ck_assert_int_eq(ask_sql("a.db", "SELECT count(*) FROM runs", &runs), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, cases[_i].words));
    ck_assert_int_eq(store_open(&all, "all.db", STORE_WRITE, &err), 0);
    ck_assert_int_eq(store_open(&part, "a.db", STORE_READ, &err), -1);
    store_close(all);
}
END_TEST

/* It was DROP VIEW with the name as it stands. */
START_TEST(a_view_whose_name_is_sql_runs_nowhere)
{
    struct store *store;
    int64_t runs = 0;

    make_version("a.db", _i);
    scratch_execute("a.db",
                    "CREATE VIEW \"v; ATTACH 'evil.db' AS e;"
                    " CREATE TABLE e.t (x); DELETE FROM runs --\" AS SELECT 1;"
                    "CREATE VIEW \"a\"\"b'c\" AS SELECT 2");
    ck_assert_int_eq(ask_sql("a.db", "SELECT count(*) FROM v_run", &runs), 0);
    ck_assert_int_eq(runs, 4);
    ck_assert_int_eq(store_open(&store, "a.db", STORE_WRITE, &err), 0);
    store_close(store);
    ck_assert_int_eq(ask_sql("a.db", "SELECT count(*) FROM v_run", &runs), 0);
    ck_assert_int_eq(runs, 4);
    ck_assert_int_ne(access("evil.db", F_OK), 0);
}
END_TEST

START_TEST(a_view_of_ours_that_lies_is_not_believed)
{
    static const char *const lies[] = {
        "SELECT 1 AS cycles",
        "SELECT * FROM v_run",             /* circular */
        "SELECT load_extension(''evil'')", /* more than reading */
        "SELECT x FROM nowhere",
    };
    char *change = memory_printf(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql ="
        " 'CREATE VIEW v_run AS %s' WHERE name = 'v_run'",
        lies[_i]);
    struct store *store;
    int64_t cycles = 0;

    make_example("a.db");
    scratch_execute("a.db", change);
    for (int written = 0; written < 2; written++) {
        ck_assert_int_eq(
            ask_sql("a.db", "SELECT sum(cycles) FROM v_run", &cycles), 0);
        ck_assert_int_eq(cycles, 35000);
        ck_assert_int_eq(store_open(&store, "a.db", STORE_WRITE, &err), 0);
        store_close(store);
    }
    free(change);
    change = scratch_ask("a.db", "SELECT sum(cycles) FROM v_run");
    ck_assert_str_eq(change, "35000\n"); /* made anew in the file */
    free(change);
}
END_TEST

START_TEST(a_view_of_a_strangers_is_the_files_trouble_and_sql_the_users)
{
    static const struct {
        const char *sql;
        enum error_kind kind;
    } cases[] = {
        { "SELECT * FROM round_and_round", ERROR_DATA },
        { "SELECT * FROM loads", ERROR_DATA },
        { "SELECT * FROM round_and_rund", ERROR_USAGE },
        { "SELECT load_extension('evil')", ERROR_USAGE },
        { "SELECT abs(-9223372036854775808)", ERROR_USAGE },
        { "CREATE TABLE t (x)", ERROR_USAGE },
        { "ATTACH 'evil.db' AS e", ERROR_USAGE },
        { "SELECT zeroblob(900000000)", ERROR_USAGE },
    };
    int64_t number;

    make_example("a.db");
    scratch_execute(
        "a.db",
        "CREATE VIEW round_and_round AS SELECT 1;"
        "CREATE VIEW loads AS SELECT 1;"
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE"
        " VIEW round_and_round AS SELECT * FROM round_and_round'"
        " WHERE name = 'round_and_round';"
        "UPDATE sqlite_schema SET sql = 'CREATE VIEW loads AS"
        " SELECT load_extension(''evil'')' WHERE name = 'loads'");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(ask_sql("a.db", cases[i].sql, &number), -1);
        if (err.kind != cases[i].kind)
            ck_abort_msg("%s: %d: %s", cases[i].sql, err.kind, err.text);
    }
    ck_assert_int_ne(access("evil.db", F_OK), 0);
}
END_TEST

START_TEST(rows_that_no_program_writes_are_the_files_trouble)
{
    static const char *const changes[] = {
        "UPDATE runs SET status = NULL",
        "UPDATE runs SET status = 'lost', model_hash = 'x'",
        "UPDATE plans SET text = '{', parameters = '['",
        "UPDATE layer_results SET cycles = 9223372036854775807",
        "UPDATE machine_parts SET components = NULL, activity = 'x'",
        "DELETE FROM layers WHERE layer > 1",
        "UPDATE layers SET name = NULL, inputs = -1",
        "UPDATE perplexities SET perplexity = 0, tokens_hash = NULL",
        "DELETE FROM machines; DELETE FROM models; DELETE FROM counters",
        "UPDATE costs SET voltage_v = NULL, energy_fj = 'x', class = x'00'",
        "UPDATE invocations SET arguments = '{}{'",
        "UPDATE traces SET path = NULL, kind = 'none'",
    };
    char *change =
        memory_printf("PRAGMA ignore_check_constraints = ON; %s", changes[_i]);
    struct query query;
    struct store *store, *all;
    uint64_t near;
    int64_t number;
    int status;

    make_example("a.db");
    /* NOT NULL and STRICT are of the table's text: put aside, then put back. */
    scratch_execute(
        "a.db", "CREATE TABLE kept AS SELECT name, sql FROM sqlite_schema;"
                "PRAGMA writable_schema = ON;"
                "UPDATE sqlite_schema SET sql = replace(replace(replace(sql,"
                " 'IS NOT NULL', 'NOTNULL'),"
                " ' NOT NULL', ''), 'STRICT, ', '') WHERE type = 'table'");
    scratch_execute("a.db", change);
    scratch_execute(
        "a.db", "PRAGMA writable_schema = ON;"
                "UPDATE sqlite_schema AS s SET sql = (SELECT k.sql FROM kept"
                " AS k WHERE k.name = s.name)"
                " WHERE type = 'table' AND name <> 'kept';");
    scratch_execute("a.db", "DROP TABLE kept");
    free(change);
    for (size_t i = 0; i < query_count(); i++) {
        query_at(&query, i);
        status =
            ask("a.db", &(struct query_ask){ .name = query.name }, &number);
        if (status < 0 && err.kind != ERROR_DATA)
            ck_abort_msg("%s: %d: %s", query.name, err.kind, err.text);
    }
    ck_assert_int_eq(store_open(&store, "a.db", STORE_WRITE, &err), 0);
    ck_assert_int_eq(store_begin(store, &err), 0);
    if (example_fill(store, &err) < 0 && err.kind != ERROR_DATA)
        ck_abort_msg("fill: %d: %s", err.kind, err.text);
    store_rollback(store);
    store_close(store);
    ck_assert_int_eq(store_open(&all, "all.db", STORE_WRITE, &err), 0);
    ck_assert_int_eq(store_open(&store, "a.db", STORE_READ, &err), 0);
    if (store_merge(all, store, &near, &err) < 0 && err.kind != ERROR_DATA)
        ck_abort_msg("merge: %d: %s", err.kind, err.text);
    store_close(store);
    store_close(all);
}
END_TEST

static uint64_t byte_at_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

START_TEST(a_damaged_file_is_told_as_such)
{
    uint64_t random = 1;
    struct file_map map;
    struct query query;

    make_example("a.db");
    ck_assert_int_eq(file_map(&map, "a.db", &err), 0);
    for (int round = 0; round < 60; round++) {
        uint8_t *bytes = memory_new(map.length, 1);
        size_t length = map.length;
        struct store *store;
        int64_t number;

        memcpy(bytes, map.bytes, length);
        if (round % 5 == 0)
            length = length * ((size_t)round / 5) / 12;
        for (int i = 0; i < 1 + round % 40 && length > 0; i++)
            bytes[byte_at_random(&random) % length] =
                (uint8_t)byte_at_random(&random);
        unlink("b.db"); /* or it is not replaced */
        if (file_put("b.db", bytes, length, &err) < 0)
            ck_abort_msg("%s", err.text);
        free(bytes);
        query_at(&query, (size_t)round % query_count());
        if (ask("b.db", &(struct query_ask){ .name = query.name }, &number) <
                0 &&
            err.kind != ERROR_DATA)
            ck_abort_msg("%d: %s: %d: %s", round, query.name, err.kind,
                         err.text);
        if (store_open(&store, "b.db", STORE_WRITE, &err) < 0 ||
            store_begin(store, &err) < 0 || example_fill(store, &err) < 0)
            if (err.kind != ERROR_DATA)
                ck_abort_msg("%d: fill: %d: %s", round, err.kind, err.text);
        if (store)
            store_rollback(store);
        store_close(store);
    }
    file_unmap(&map);
}
END_TEST

/* As user nobody, whom a folder can keep out. */
START_TEST(a_folder_that_may_not_be_written_is_told_by_its_reason)
{
    struct store *store;

    make_example("a.db");
    ck_assert_int_eq(mkdir("shut", 0555), 0);
    ck_assert_int_eq(chmod("a.db", 0666), 0);
    ck_assert_int_eq(rename("a.db", "shut/a.db"), 0);
    ck_assert_int_eq(chmod(".", 0755), 0);
    if (geteuid() == 0)
        ck_assert_int_eq(seteuid(65534), 0);
    ck_assert_int_eq(store_open(&store, "shut/new.db", STORE_WRITE, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DISK);
    ck_assert_ptr_nonnull(strstr(err.text, "shut: Permission denied"));
    ck_assert_int_eq(store_open(&store, "shut/a.db", STORE_WRITE, &err), 0);
    ck_assert_int_eq(example_fill(store, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DISK);
    if (!strstr(err.text, "shut: Permission denied"))
        ck_abort_msg("%s", err.text);
    store_close(store);
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* What a killed process left half-written is rolled back for a reader. */
START_TEST(a_journal_that_was_left_is_rolled_back_before_reading)
{
    char *before, *after;
    int64_t number = 0;

    make_example("a.db");
    before = scratch_dump("a.db");
    scratch_execute("a.db",
                    "PRAGMA journal_mode = PERSIST; PRAGMA cache_size = 1;"
                    "PRAGMA cache_spill = 1; BEGIN;"
                    "UPDATE counter_values SET value = value + 1;"
                    "UPDATE layer_results SET kept_macs = 7;"
                    "DELETE FROM layer_activities;");
    ck_assert_int_eq(ask_sql("a.db", "SELECT count(*) FROM v_run", &number), 0);
    ck_assert_int_eq(number, 4);
    after = scratch_dump("a.db");
    ck_assert_str_eq(before, after);
    free(before);
    free(after);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("hostile");
    TCase *tcase = tcase_create("hostile");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, scratch_enter, scratch_leave);
    tcase_add_loop_test(
        tcase, what_is_not_ours_is_read_past_but_never_written_to, 0, 5);
    tcase_add_loop_test(
        tcase, a_table_of_ours_that_is_another_is_neither_read_nor_written, 0,
        7);
    tcase_add_loop_test(tcase, a_view_whose_name_is_sql_runs_nowhere, 1, 6);
    tcase_add_loop_test(tcase, a_view_of_ours_that_lies_is_not_believed, 0, 4);
    tcase_add_test(
        tcase, a_view_of_a_strangers_is_the_files_trouble_and_sql_the_users);
    tcase_add_loop_test(
        tcase, rows_that_no_program_writes_are_the_files_trouble, 0, 12);
    tcase_add_test(tcase, a_damaged_file_is_told_as_such);
    tcase_add_test(tcase,
                   a_folder_that_may_not_be_written_is_told_by_its_reason);
    tcase_add_test(tcase,
                   a_journal_that_was_left_is_rolled_back_before_reading);
    suite_add_tcase(suite, tcase);
    return suite;
}
