/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/merge.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "tests/store/example.h"
#include "tests/store/scratch.h"
#include "tests/suite.h"

static struct error err;
static uint64_t near; /* of the last merge */

static struct store *open_store(const char *path)
{
    struct store *store;

    if (store_open(&store, path, STORE_WRITE, &err) < 0)
        ck_abort_msg("%s", err.text);
    return store;
}

/* A store with some of the example's four runs and two perplexities: bit 0 to
 * 3 the runs, 4 and 5 the perplexities. */
static void fill(const char *path, unsigned parts)
{
    struct store *store = open_store(path);
    int status = example_start(store, &err);

    for (unsigned i = 0; i < 2 && status == 0; i++)
        status = example_put_inputs(store, i, &err);
    for (unsigned i = 0; i < 4 && status == 0; i++)
        if (parts >> i & 1)
            status = example_run(store, i / 2, i % 2, 1, &err);
    for (unsigned i = 0; i < 2 && status == 0; i++)
        if (parts >> (4 + i) & 1)
            status = example_put_perplexity(store, i, &err);
    if (status < 0)
        ck_abort_msg("%s", err.text);
    store_close(store);
}

static int merge(const char *into, const char *from)
{
    struct store *all = open_store(into), *part;
    int status;

    ck_assert_int_eq(store_open(&part, from, STORE_READ, &err), 0);
    status = store_merge(all, part, &near, &err);
    store_close(part);
    store_close(all);
    return status;
}

static void assert_same(const char *a, const char *b)
{
    char *one = scratch_dump(a), *other = scratch_dump(b);

    ck_assert_str_eq(one, other);
    free(one);
    free(other);
}

static void assert_answer(const char *path, const char *sql, const char *answer)
{
    char *rows = scratch_ask(path, sql);

    ck_assert_str_eq(rows, answer);
    free(rows);
}

START_TEST(parts_in_any_order_give_the_whole)
{
    /* three shards that overlap, every order, each merged twice */
    static const unsigned shards[3] = { 0x03 | 0x10, 0x06, 0x08 | 0x30 };
    static const unsigned orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 },
                                           { 1, 0, 2 }, { 1, 2, 0 },
                                           { 2, 0, 1 }, { 2, 1, 0 } };
    const unsigned *order = orders[_i];

    fill("whole.db", 0x3f);
    for (unsigned i = 0; i < 3; i++) {
        char *path = memory_printf("%u.db", i);

        fill(path, shards[i]);
        free(path);
    }
    for (unsigned i = 0; i < 6; i++) {
        char *path = memory_printf("%u.db", order[i % 3]);

        if (merge("all.db", path) < 0)
            ck_abort_msg("%s", err.text);
        free(path);
    }
    assert_same("all.db", "whole.db");
    assert_answer("all.db", "PRAGMA foreign_key_check", "");
    assert_answer("all.db", "PRAGMA integrity_check", "ok\n");
}
END_TEST

START_TEST(a_finished_run_wins_over_one_that_is_not)
{
    char run[STORE_RUN_KEY];
    enum store_state state;
    struct store *store;

    fill("done.db", 0x08);
    fill("part.db", 0);
    store = open_store("part.db");
    ck_assert_int_eq(example_start(store, &err), 0);
    ck_assert_int_eq(example_begin_run(store, EXAMPLE_FLOW, EXAMPLE_ON_DENSE, 1,
                                       false, run, &state, &err),
                     0);
    ck_assert_int_eq(example_put_layer(store, run, EXAMPLE_FLOW,
                                       EXAMPLE_ON_DENSE, 2, &err),
                     0);
    ck_assert_int_eq(store_end_run(store, run, "no patience", &err), 0);
    store_close(store);

    ck_assert_int_eq(merge("a.db", "done.db"), 0);
    ck_assert_int_eq(merge("a.db", "part.db"), 0);
    ck_assert_int_eq(merge("b.db", "part.db"), 0);
    assert_answer("b.db", "SELECT status, reason FROM runs",
                  "failed|no patience\n");
    assert_answer("b.db", "SELECT count(*) FROM counter_values", "2\n");
    ck_assert_int_eq(merge("b.db", "done.db"), 0);
    assert_same("a.db", "done.db");
    assert_same("b.db", "done.db");
}
END_TEST

/* b.db is not merged into a.db, which stays as it is, and `words` say why. */
static void assert_refused(const char *words)
{
    char *before = scratch_dump("a.db"), *after;

    ck_assert_int_eq(merge("a.db", "b.db"), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    if (!strstr(err.text, words))
        ck_abort_msg("%s", err.text);
    after = scratch_dump("a.db");
    ck_assert_str_eq(before, after);
    free(before);
    free(after);
}

START_TEST(different_numbers_of_one_thing_are_refused_and_nothing_is_written)
{
    static const struct {
        const char *change, *words;
    } cases[] = {
        { "UPDATE layer_results SET cycles = cycles + 1,"
          " drain_cycles = drain_cycles + 1 WHERE layer = 2",
          "layer_results" },
        { "UPDATE counter_values SET value = value + 1 WHERE layer = 3",
          "counter_values: run" },
        { "UPDATE counters SET unit = 'bits' WHERE block = 'macro'",
          "counter cell_operations" },
        { "UPDATE perplexities SET perplexity = perplexity * (1 + 2e-6)",
          "perplexities" },
        { "UPDATE machines SET multipliers = 17 WHERE name = 'dense'",
          "machines: name dense" },
    };

    fill("a.db", 0x3f);
    fill("b.db", 0x3f);
    scratch_execute("b.db", cases[_i].change);
    assert_refused(cases[_i].words);
}
END_TEST

START_TEST(a_family_that_only_one_knows_is_taken)
{
    fill("a.db", 0);
    fill("b.db", 0);
    scratch_execute("a.db", "UPDATE models SET family = NULL");
    ck_assert_int_eq(merge("a.db", "b.db"), 0);
    ck_assert_int_eq(merge("b.db", "a.db"), 0);
    assert_answer("a.db", "SELECT family FROM models", "llama\n");
    assert_answer("b.db", "SELECT family FROM models", "llama\n");
}
END_TEST

/* Both files' parts together would be a machine that nobody has. */
START_TEST(the_parts_of_a_machine_are_of_one_program_or_refused)
{
    static const char *const changes[] = {
        "UPDATE machine_parts SET name = 'other' WHERE component = 'carry'",
        "UPDATE machine_parts SET components = 7 WHERE component = 'carry'",
        "DELETE FROM machine_parts WHERE component = 'carry'",
        ("INSERT INTO machine_parts SELECT machine_hash, use, block, 'more',"
         " component, counter_block, counter, activity, components"
         " FROM machine_parts WHERE component = 'carry'"),
        ("INSERT INTO unit_parts SELECT machine_hash, 'vector_unit', 'more',"
         " 'vector_lane', 3 FROM machines WHERE name = 'dense'"),
    };

    for (int way = 0; way < 2; way++) {
        unlink("a.db");
        unlink("b.db");
        fill("a.db", 0x3f);
        fill("b.db", 0x3f);
        scratch_execute("a.db", "INSERT INTO unit_parts SELECT machine_hash,"
                                " 'vector_unit', 'lanes', 'vector_lane', 8"
                                " FROM machines WHERE name = 'dense'");
        scratch_execute("b.db", "INSERT INTO unit_parts SELECT machine_hash,"
                                " 'vector_unit', 'lanes', 'vector_lane', 8"
                                " FROM machines WHERE name = 'dense'");
        ck_assert_int_eq(merge("a.db", "b.db"), 0);
        scratch_execute(way ? "a.db" : "b.db", changes[_i]);
        assert_refused(_i < 4 ? "the rows of machine_parts: machine_hash"
                              : "the rows of unit_parts: machine_hash");
    }
}
END_TEST

START_TEST(parts_that_only_one_file_has_are_taken)
{
    fill("a.db", 0x3f);
    fill("b.db", 0x3f);
    fill("whole.db", 0x3f);
    scratch_execute("a.db", "DELETE FROM machine_parts WHERE machine_hash ="
                            " (SELECT machine_hash FROM machines"
                            " WHERE name = 'dense')");
    ck_assert_int_eq(merge("b.db", "a.db"), 0);
    assert_same("b.db", "whole.db");
    ck_assert_int_eq(merge("a.db", "b.db"), 0);
    assert_same("a.db", "whole.db");
}
END_TEST

/* A value half way between two whole numbers is rounded either way. */
START_TEST(activities_of_another_processor_are_as_near_as_its_rounding)
{
    fill("a.db", 0x3f);
    fill("b.db", 0x3f);
    scratch_execute("b.db", "UPDATE layer_activities SET"
                            " input_toggle = input_toggle + 9e-4,"
                            " weight_ones = weight_ones - 9e-4");
    ck_assert_int_eq(merge("a.db", "b.db"), 0);
    ck_assert_uint_gt(near, 0);
    scratch_execute("b.db", "UPDATE layer_activities SET"
                            " input_toggle = input_toggle + 2e-4");
    ck_assert_int_eq(merge("a.db", "b.db"), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "layer_activities"));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("merge");
    TCase *tcase = tcase_create("merge");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, scratch_enter, scratch_leave);
    tcase_add_loop_test(tcase, parts_in_any_order_give_the_whole, 0, 6);
    tcase_add_test(tcase, a_finished_run_wins_over_one_that_is_not);
    tcase_add_loop_test(
        tcase,
        different_numbers_of_one_thing_are_refused_and_nothing_is_written, 0,
        5);
    tcase_add_test(tcase, a_family_that_only_one_knows_is_taken);
    tcase_add_loop_test(
        tcase, the_parts_of_a_machine_are_of_one_program_or_refused, 0, 5);
    tcase_add_test(tcase, parts_that_only_one_file_has_are_taken);
    tcase_add_test(tcase,
                   activities_of_another_processor_are_as_near_as_its_rounding);
    suite_add_tcase(suite, tcase);
    return suite;
}
