/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * versions/N.sql is the example as version N of the schema stored it, dumped by
 * the sqlite3 program.  A change of the schema adds one.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "store/query.h"
#include "tests/store/example.h"
#include "tests/store/scratch.h"
#include "tests/suite.h"

static struct error err;

static void make_version(const char *path, int version)
{
    char *name = memory_printf("%s/%d.sql", getenv("VERSIONS"), version);
    char *sql = file_read_text(name, 1 << 24, &err);

    if (!sql)
        ck_abort_msg("%s", err.text);
    scratch_execute(path, sql);
    free(sql);
    free(name);
}

static void make_new(const char *path)
{
    struct store *store;

    ck_assert_int_eq(store_open(&store, path, STORE_WRITE, &err), 0);
    ck_assert_int_eq(example_fill(store, &err), 0);
    store_close(store);
}

/* Without comments and blanks: ALTER TABLE writes them its own way. */
static char *plain(char *sql)
{
    char *to = sql;

    for (const char *from = sql; *from; from++) {
        if (strncmp(from, "--", 2) == 0)
            from += strcspn(from, "\n");
        if (!isspace((unsigned char)*from))
            *to++ = *from;
    }
    *to = 0;
    return sql;
}

static void assert_equal_answers(const char *a, const char *b, const char *sql)
{
    char *one = plain(scratch_ask(a, sql)), *other = plain(scratch_ask(b, sql));

    ck_assert_str_eq(one, other);
    free(one);
    free(other);
}

static void assert_same_rows(const char *a, const char *b)
{
    char *one = scratch_dump(a), *other = scratch_dump(b);

    ck_assert_str_eq(one, other);
    free(one);
    free(other);
}

/* What an earlier version could not know is not known. */
static void forget_what_is_new(const char *path, int version)
{
    if (version < 2)
        scratch_execute(path, "UPDATE machines SET clock_mhz = NULL");
    if (version < 3)
        scratch_execute(path, "PRAGMA foreign_keys = ON;"
                              "DELETE FROM experiments;"
                              "DELETE FROM machines WHERE name = 'small'");
    if (version < 4)
        scratch_execute(path, "DELETE FROM machine_parts;"
                              "DELETE FROM layer_activities");
    if (version < 9)
        scratch_execute(path, "PRAGMA foreign_keys = ON;"
                              "DELETE FROM inferences;"
                              "DELETE FROM counters"
                              " WHERE block IN ('channel', 'clocks')");
    if (version < 10)
        scratch_execute(path, "DELETE FROM accuracies");
}

START_TEST(every_earlier_version_becomes_what_is_made_new)
{
    struct store *store;

    make_version("old.db", _i);
    make_new("new.db");
    if (store_open(&store, "old.db", STORE_WRITE, &err) < 0)
        ck_abort_msg("%s", err.text);
    store_close(store);
    assert_equal_answers("old.db", "new.db",
                         "SELECT type, name, tbl_name, sql FROM sqlite_schema"
                         " ORDER BY type, name");
    assert_equal_answers("old.db", "new.db", "PRAGMA user_version");
    assert_equal_answers("old.db", "new.db", "PRAGMA application_id");
    assert_equal_answers("old.db", "new.db", "PRAGMA foreign_key_check");
    assert_equal_answers("old.db", "new.db", "PRAGMA integrity_check");
    forget_what_is_new("new.db", _i);
    assert_same_rows("old.db", "new.db");
    make_new("old.db"); /* and it can be written */
    make_new("new.db");
    assert_same_rows("old.db", "new.db");
}
END_TEST

static int ignore_names(void *context, size_t columns, const char *const *names,
                        struct error *unused)
{
    (void)context, (void)columns, (void)names, (void)unused;
    return 0;
}

static int count_row(void *context, const struct query_value *values,
                     struct error *unused)
{
    (void)values, (void)unused;
    ++*(size_t *)context;
    return 0;
}

/* Multipliers of 8, 3, 2 and 1 bits of an input, 10 cells each. */
START_TEST(of_a_multipliers_adders_the_first_row_becomes_plain_ones)
{
    static const struct {
        int bits;
        const char *parts;
    } cases[] = {
        { 8, "and_gate|640.0\nfull_adder|80.0\nmultiplier_adder|480.0\n" },
        { 3, "and_gate|240.0\nfull_adder|80.0\nmultiplier_adder|80.0\n" },
        { 2, "and_gate|160.0\nfull_adder|80.0\n" },
        { 1, "and_gate|80.0\n" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *insert = memory_printf(
            "INSERT INTO machine_parts SELECT machine_hash, 'energy', 'array',"
            " 'multipliers', component, 'array', 'kept_macs', 'product', count"
            " FROM (SELECT machine_hash FROM machines LIMIT 1),"
            " (SELECT 'and_gate' AS component, 80 * %d AS count UNION ALL"
            "  SELECT 'multiplier_adder', 80 * (%d - 1)) WHERE count > 0",
            cases[i].bits, cases[i].bits);
        struct store *store;
        char *seen;

        unlink("old.db");
        make_version("old.db", 12);
        scratch_execute("old.db", insert);
        free(insert);
        if (store_open(&store, "old.db", STORE_WRITE, &err) < 0)
            ck_abort_msg("%s", err.text);
        store_close(store);
        seen = scratch_ask("old.db",
                           "SELECT component, components FROM machine_parts"
                           " WHERE block = 'array' AND name = 'multipliers'"
                           " ORDER BY component");
        ck_assert_str_eq(seen, cases[i].parts);
        free(seen);
    }
}
END_TEST

START_TEST(an_earlier_version_is_read_without_being_changed)
{
    size_t rows = 0;
    struct query_sink sink = { ignore_names, count_row, &rows };
    char before[HASH_TEXT], after[HASH_TEXT];
    struct store *store;

    make_version("old.db", _i);
    ck_assert_int_eq(hash_file(before, "old.db", &err), 0);
    ck_assert_int_eq(store_open(&store, "old.db", STORE_READ, &err), 0);
    for (size_t i = 0; i < query_count(); i++) {
        struct query query;

        query_at(&query, i);
        if (query_run(store, &(struct query_ask){ .name = query.name }, &sink,
                      &err) < 0)
            ck_abort_msg("%s: %s", query.name, err.text);
    }
    ck_assert_uint_gt(rows, 0);
    ck_assert_int_eq(query_run(store,
                               &(struct query_ask){ .sql = "DELETE FROM runs" },
                               &sink, &err),
                     -1);
    store_close(store);
    ck_assert_int_eq(hash_file(after, "old.db", &err), 0);
    ck_assert_str_eq(before, after);
}
END_TEST

START_TEST(a_migration_that_fails_leaves_the_file_as_it_was)
{
    char *before, *after;
    struct store *store;

    make_version("old.db", 4);
    /* in the way of version 5, which adds that row */
    scratch_execute("old.db",
                    "INSERT INTO costs SELECT cost_table, 'line', class,"
                    " action, energy_fj, area_um2, delay_ps, leakage_nw,"
                    " node_nm, voltage_v, source, sure FROM costs LIMIT 1");
    before = scratch_ask("old.db", "SELECT sql FROM sqlite_schema");
    ck_assert_int_eq(store_open(&store, "old.db", STORE_WRITE, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "costs.component"));
    after = scratch_ask("old.db", "SELECT sql FROM sqlite_schema");
    ck_assert_str_eq(before, after);
    free(before);
    free(after);
}
END_TEST

START_TEST(rows_that_lost_what_they_refer_to_are_not_migrated)
{
    struct store *store;

    make_version("old.db", 1);
    scratch_execute("old.db", "PRAGMA foreign_keys = OFF; DELETE FROM traces");
    ck_assert_int_eq(store_open(&store, "old.db", STORE_WRITE, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "refers"));
}
END_TEST

/* Versions to 10 knew fewer components; a part without a price is in no sum. */
START_TEST(a_table_of_the_users_gets_what_came_into_base_since)
{
    struct store *store;
    char *seen;

    make_version("old.db", _i);
    scratch_execute("old.db",
                    "CREATE TEMP TABLE mine AS SELECT * FROM costs WHERE"
                    " cost_table = 'base';"
                    "UPDATE mine SET cost_table = 'mine', source = 'me',"
                    " energy_fj = energy_fj + 1;"
                    "INSERT INTO costs SELECT * FROM mine");
    if (store_open(&store, "old.db", STORE_WRITE, &err) < 0)
        ck_abort_msg("%s", err.text);
    store_close(store);
    seen = scratch_ask("old.db",
                       "SELECT count(*) FROM costs AS b WHERE cost_table ="
                       " 'base' AND component NOT IN (SELECT component FROM"
                       " costs WHERE cost_table = 'mine')");
    ck_assert_str_eq(seen, "0\n");
    free(seen);
    seen = scratch_ask("old.db",
                       "SELECT DISTINCT m.energy_fj <> b.energy_fj FROM costs"
                       " AS m JOIN costs AS b USING (component) WHERE"
                       " m.cost_table = 'mine' AND m.source = 'me'"
                       " AND b.cost_table = 'base'");
    ck_assert_str_eq(seen, "1\n"); /* and what it said stays */
    free(seen);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("migrate");
    TCase *tcase = tcase_create("migrate");

    tcase_add_checked_fixture(tcase, scratch_enter, scratch_leave);
    tcase_add_loop_test(tcase, every_earlier_version_becomes_what_is_made_new,
                        1, STORE_VERSION);
    tcase_add_loop_test(tcase, an_earlier_version_is_read_without_being_changed,
                        1, STORE_VERSION);
    tcase_add_test(tcase,
                   of_a_multipliers_adders_the_first_row_becomes_plain_ones);
    tcase_add_loop_test(tcase,
                        a_table_of_the_users_gets_what_came_into_base_since, 4,
                        STORE_VERSION);
    tcase_add_test(tcase, a_migration_that_fails_leaves_the_file_as_it_was);
    tcase_add_test(tcase, rows_that_lost_what_they_refer_to_are_not_migrated);
    suite_add_tcase(suite, tcase);
    return suite;
}
