/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/query.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "tests/store/example.h"
#include "tests/store/scratch.h"
#include "tests/suite.h"

static struct store *store;
static struct text seen;
static size_t seen_columns, seen_rows;
static struct error err;

static void enter(void)
{
    scratch_enter();
    text_init(&seen);
    ck_assert_int_eq(store_open(&store, "a.db", STORE_WRITE, &err), 0);
}

static void leave(void)
{
    store_close(store);
    text_release(&seen);
    scratch_leave();
}

static void reopen(void)
{
    store_close(store);
    ck_assert_int_eq(store_open(&store, "a.db", STORE_READ, &err), 0);
}

static int see_names(void *context, size_t columns, const char *const *names,
                     struct error *unused)
{
    (void)context, (void)unused;
    seen_columns = columns;
    seen_rows = 0;
    text_clear(&seen);
    for (size_t i = 0; i < columns; i++)
        text_addf(&seen, "%s ", names[i]);
    return 0;
}

static int see_row(void *context, const struct query_value *values,
                   struct error *unused)
{
    (void)context, (void)unused;
    text_add(&seen, "/ ");
    for (size_t i = 0; i < seen_columns; i++) {
        switch (values[i].type) {
        case QUERY_NULL:
            text_add(&seen, "- ");
            break;
        case QUERY_INTEGER:
            text_addf(&seen, "i%lld ", (long long)values[i].integer);
            break;
        case QUERY_REAL:
            text_addf(&seen, "r%g ", values[i].real);
            break;
        case QUERY_TEXT:
            text_addf(&seen, "t%s ", values[i].text);
            break;
        }
    }
    seen_rows++;
    return 0;
}

/* Of the run of flow on flexcim. */
static void add_newer_version(void)
{
    scratch_execute("a.db",
                    "CREATE TEMP TABLE l AS SELECT * FROM layer_results"
                    " WHERE run = (SELECT run FROM v_run"
                    " WHERE machine = 'flexcim' AND method = 'flow');"
                    "UPDATE l SET run = 'ffffffffffffffff';"
                    "INSERT INTO runs SELECT 'ffffffffffffffff', trace_hash,"
                    " model_hash, machine_hash, '9.9.9', way, seed, status,"
                    " reason, invocation, '2000-01-01T00:00:00.000Z',"
                    " '2999-01-01T00:00:01.000Z'"
                    " FROM v_run WHERE machine = 'flexcim'"
                    " AND method = 'flow';"
                    "INSERT INTO layer_results SELECT * FROM l");
}

static const struct query_sink sink = { see_names, see_row, NULL };

static int ask_with(const char *sql, const struct query_parameter *parameters,
                    size_t count)
{
    const struct query_ask question = { .sql = sql,
                                        .parameters = parameters,
                                        .count = count };

    return query_run(store, &question, &sink, &err);
}

static int ask(const char *sql)
{
    return ask_with(sql, NULL, 0);
}

START_TEST(rows_arrive_with_names_and_types)
{
    ck_assert_int_eq(ask("SELECT 1 AS a, 0.5 AS b, 'x' AS c, NULL AS d,"
                         " x'00ff' AS e UNION ALL SELECT 2, 1.0, '', 3, 4"),
                     0);
    ck_assert_str_eq(seen.at,
                     "a b c d e / i1 r0.5 tx - t00ff / i2 r1 t i3 i4 ");
    ck_assert_int_eq(ask("SELECT 1 AS a WHERE 0; -- nothing\n ;"), 0);
    ck_assert_str_eq(seen.at, "a ");
}
END_TEST

START_TEST(a_query_cannot_write_whatever_it_tries)
{
    static const char *const attempts[] = {
        "INSERT INTO counters VALUES ('a', 'b', 'c', 'd')",
        "UPDATE counters SET unit = 'x'",
        "DELETE FROM counters",
        "DROP TABLE counters",
        "CREATE TABLE t (x)",
        "CREATE TEMP TABLE t (x)",
        "CREATE TABLE main.t AS SELECT 1",
        "DETACH main",
        "ROLLBACK",
        "CREATE VIEW w AS SELECT 1",
        "ALTER TABLE counters ADD COLUMN x",
        "ATTACH 'b.db' AS b",
        "VACUUM INTO 'b.db'",
        "VACUUM",
        "REINDEX",
        "ANALYZE",
        "BEGIN",
        "BEGIN EXCLUSIVE",
        "SAVEPOINT s",
        "PRAGMA user_version = 9",
        "PRAGMA application_id(9)",
        "PRAGMA journal_mode = WAL",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "PRAGMA wal_checkpoint",
        "PRAGMA incremental_vacuum",
        "PRAGMA optimize",
        "SELECT load_extension('x')",
        "WITH x AS (SELECT 1) INSERT INTO counters SELECT 1, 2, 3, 4 FROM x",
        "SELECT 1; DELETE FROM counters",
    };
    char *before, *after;

    ck_assert_int_eq(example_fill(store, &err), 0);
    before = scratch_dump("a.db");
    for (int mode = 0; mode < 2; mode++) {
        for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
            if (ask(attempts[i]) == 0)
                ck_abort_msg("ran: %s", attempts[i]);
            if (err.kind != ERROR_USAGE)
                ck_abort_msg("%s: %s", attempts[i], err.text);
        }
        reopen();
    }
    after = scratch_dump("a.db");
    ck_assert_str_eq(before, after);
    free(before);
    free(after);
    ck_assert_int_eq(ask("PRAGMA user_version"), 0);
    ck_assert_int_eq(ask("PRAGMA table_info(counters)"), 0);
    ck_assert_int_eq(ask("EXPLAIN QUERY PLAN SELECT * FROM v_run"), 0);
}
END_TEST

START_TEST(wrong_sql_is_answered_with_what_would_be_right)
{
    static const struct {
        const char *sql, *words;
    } wrong[] = {
        { "SELECT * FROM run", "did you mean runs" },
        { "SELECT * FROM v_comparision", "did you mean v_comparison" },
        { "SELECT cycels FROM v_run", "did you mean cycles" },
        { "SELECT r.machnie FROM v_run AS r", "did you mean machine" },
        { "SELECT qwertyuiop FROM v_run", "schema` shows" },
        { "SELECT energy_uj FROM v_run", "energy_uj; it is in v_" },
        { "SELECT zzzzzzzz FROM v_run", "flexcim schema" },
        { "SELECT FROM", "syntax error" },
        { "", "no statement" },
        { "-- nothing", "no statement" },
        { "SELECT 1; SELECT 2", "has more: SELECT 2" },
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_int_eq(ask(wrong[i].sql), -1);
        ck_assert_int_eq(err.kind, ERROR_USAGE);
        if (!strstr(err.text, wrong[i].words))
            ck_abort_msg("%s: %s", wrong[i].sql, err.text);
    }
}
END_TEST

START_TEST(a_parameter_is_a_number_if_it_reads_as_one_and_null_if_not_given)
{
    static const struct query_parameter parameters[] = { { "a", "17" },
                                                         { "b", "0.5" },
                                                         { "c", "flexcim" } };
    static const struct query_parameter wrong = { "aganist", "dense" };
    const char *sql = "SELECT :a, :b, :c, :d, coalesce(:against, 'dense')";

    ck_assert_int_eq(ask_with(sql, parameters, 3), 0);
    ck_assert_ptr_nonnull(strstr(seen.at, "/ i17 r0.5 tflexcim - tdense "));
    ck_assert_int_eq(ask_with(sql, &wrong, 1), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "did you mean against"));
    ck_assert_int_eq(ask_with("SELECT 1", &wrong, 1), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "no parameters"));
}
END_TEST

START_TEST(every_shipped_query_runs_on_an_empty_store)
{
    struct query query;

    ck_assert_uint_ge(query_count(), 5);
    reopen();
    for (size_t i = 0; i < query_count(); i++) {
        query_at(&query, i);
        if (ask(query.sql) < 0)
            ck_abort_msg("%s: %s", query.name, err.text);
        /* they come with the program, or say what is missing */
        if (strcmp(query.name, "costs") != 0 &&
            strcmp(query.name, "claims") != 0)
            ck_assert_uint_eq(seen_rows, 0);
        ck_assert_uint_gt(seen_columns, 1);
    }
}
END_TEST

START_TEST(every_shipped_query_asks_a_question_and_finds_the_example)
{
    struct query query;

    ck_assert_int_eq(example_fill(store, &err), 0);
    add_newer_version();
    reopen();
    for (size_t i = 0; i < query_count(); i++) {
        query_at(&query, i);
        ck_assert_int_eq(query.question[strlen(query.question) - 1], '?');
        if (ask(query.sql) < 0)
            ck_abort_msg("%s: %s", query.name, err.text);
        ck_assert_uint_gt(seen_rows, 0);
    }
    ck_assert(query_find(&query, "comparison"));
    ck_assert(!query_find(&query, "comparisons"));
}
END_TEST

START_TEST(the_comparison_has_one_row_a_plan_and_machine)
{
    static const struct query_parameter against = { "against", "flexcim" };
    struct query query;

    ck_assert_int_eq(example_fill(store, &err), 0);
    ck_assert(query_find(&query, "comparison"));
    ck_assert_int_eq(ask(query.sql), 0);
    ck_assert_uint_eq(seen_rows, 4);
    ck_assert_ptr_nonnull(strstr(seen.at, "/ ttiny tflow r0.6 r0.5313 r24.25 "
                                          "r20.5 tflexcim i5000 r2 "));
    ck_assert_ptr_nonnull(strstr(seen.at, "/ ttiny tuniform - r0 r20.5 "
                                          "r20.5 tflexcim i10000 r1 "));
    ck_assert_int_eq(ask_with(query.sql, &against, 1), 0);
    ck_assert_ptr_nonnull(strstr(seen.at, "tdense i10000 r0.5 "));
}
END_TEST

/* Of a question that comes with the program; in one's own SQL it is a number.
 */
START_TEST(a_name_that_reads_as_a_number_is_a_name)
{
    static const char *const names[] = { "007", "5e3", "0123456789012e45" };

    ck_assert_int_eq(example_fill(store, &err), 0);
    for (int i = 0; i < 3; i++) {
        const struct query_parameter against = { "against", names[i] };
        const struct query_ask question = { .name = "comparison",
                                            .parameters = &against,
                                            .count = 1 };
        char *sql = memory_printf("UPDATE machines SET name = '%s'"
                                  " WHERE name <> 'flexcim'",
                                  names[i]);

        scratch_execute("a.db", sql);
        free(sql);
        ck_assert_int_eq(query_run(store, &question, &sink, &err), 0);
        ck_assert_ptr_nonnull(strstr(seen.at, "tflexcim i5000 r2 "));
    }
}
END_TEST

START_TEST(patterns_are_told_block_by_block)
{
    struct query query;

    ck_assert_int_eq(example_fill(store, &err), 0);
    ck_assert(query_find(&query, "patterns"));
    ck_assert_int_eq(ask(query.sql), 0);
    ck_assert_str_eq(seen.at, "model method asked decoder_block patterns "
                              "/ ttiny tuniform - i0 tdense x2 "
                              "/ ttiny tuniform - i1 tdense x2 "
                              "/ ttiny tflow r0.6 i0 t4:8 1:8 "
                              "/ ttiny tflow r0.6 i1 t1:4 dense ");
}
END_TEST

START_TEST(the_newest_of_several_versions_is_compared)
{
    ck_assert_int_eq(example_fill(store, &err), 0);
    add_newer_version();
    ck_assert_int_eq(ask("SELECT version FROM v_comparison WHERE"
                         " machine = 'flexcim' AND method = 'flow'"),
                     0);
    ck_assert_str_eq(seen.at, "version / t9.9.9 ");
}
END_TEST

/* What was kept is of the file as it was, and views that rest on it take it. */
START_TEST(what_is_kept_has_the_rows_of_its_view)
{
    static const char *const views[] = {
        "SELECT * FROM v_latest_run ORDER BY run",
        "SELECT * FROM v_energy ORDER BY run",
        "SELECT * FROM v_inference_energy ORDER BY 1, 2, 3, 4",
        "SELECT * FROM v_inference ORDER BY inference",
        "SELECT * FROM v_priced ORDER BY run",
        "SELECT * FROM v_priced_point ORDER BY experiment, point",
        "SELECT * FROM v_front ORDER BY run",
        "SELECT * FROM v_operator ORDER BY inference, operator",
    };
    enum { VIEWS = sizeof views / sizeof *views };
    char *before[VIEWS];

    ck_assert_int_eq(example_fill(store, &err), 0);
    reopen();
    for (size_t i = 0; i < VIEWS; i++) {
        ck_assert_int_eq(ask(views[i]), 0);
        ck_assert_uint_gt(seen_rows, 0);
        before[i] = memory_text(seen.at);
    }
    ck_assert_int_eq(query_keep(store, &err), 0);
    for (size_t i = 0; i < VIEWS; i++) {
        ck_assert_int_eq(ask(views[i]), 0);
        ck_assert_str_eq(seen.at, before[i]);
        free(before[i]);
    }
    scratch_execute("a.db", "UPDATE costs SET energy_fj = 2 * energy_fj");
    ck_assert_int_eq(ask("SELECT k.energy_nj < m.energy_nj, k.energy_nj ="
                         " p.energy_nj FROM v_energy AS k JOIN main.v_energy"
                         " AS m USING (run) JOIN v_priced AS p USING (run)"
                         " LIMIT 1"),
                     0);
    ck_assert_ptr_nonnull(strstr(seen.at, "/ i1 i1 "));
    ck_assert_int_eq(ask("DROP TABLE v_energy"), -1);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("query");
    TCase *tcase = tcase_create("query");

    tcase_add_checked_fixture(tcase, enter, leave);
    tcase_add_test(tcase, a_name_that_reads_as_a_number_is_a_name);
    tcase_add_test(tcase, rows_arrive_with_names_and_types);
    tcase_add_test(tcase, a_query_cannot_write_whatever_it_tries);
    tcase_add_test(tcase, wrong_sql_is_answered_with_what_would_be_right);
    tcase_add_test(
        tcase,
        a_parameter_is_a_number_if_it_reads_as_one_and_null_if_not_given);
    tcase_add_test(tcase, every_shipped_query_runs_on_an_empty_store);
    tcase_add_test(tcase,
                   every_shipped_query_asks_a_question_and_finds_the_example);
    tcase_add_test(tcase, the_comparison_has_one_row_a_plan_and_machine);
    tcase_add_test(tcase, patterns_are_told_block_by_block);
    tcase_add_test(tcase, the_newest_of_several_versions_is_compared);
    tcase_add_test(tcase, what_is_kept_has_the_rows_of_its_view);
    suite_add_tcase(suite, tcase);
    return suite;
}
