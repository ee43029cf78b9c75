/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a layer's run is kept as: its clocks, each category in the column that
 * has its name, read back with SQLite alone.
 */
#include "replay/replay_run.h"

#include <stdlib.h>

#include "base/memory.h"
#include "tests/store/example.h"
#include "tests/store/scratch.h"
#include "tests/suite.h"

static struct error err;
static char run[STORE_RUN_KEY];

/* The layer is 41 + 43 + 47 + ... clocks long. */
static const uint64_t clocks[] = { 41, 43, 47, 53, 59, 61 };

static void put_layer(void)
{
    char name[] = "blocks.0.q";
    struct layer layer = { .shape = { .name = name },
                           .tokens = 20,
                           .pattern = pattern_dense };
    struct layer_result result = { .run_as = pattern_dense,
                                   .way = SCHEDULE_STREAM,
                                   .block_tokens = 7,
                                   .way_bytes = { 1009, 1013 } };
    const struct replay_result replayed = { .layer = &layer,
                                            .result = &result };
    enum store_state state;
    struct store *store;

    ck_assert_int_eq(sizeof clocks / sizeof *clocks, CLOCK_CATEGORIES);
    for (int i = 0; i < CLOCK_CATEGORIES; i++) {
        result.clocks[i] = clocks[i];
        result.cycles += clocks[i];
    }
    ck_assert_int_eq(store_open(&store, "a.db", STORE_WRITE, &err), 0);
    ck_assert_int_eq(example_start(store, &err), 0);
    ck_assert_int_eq(example_put_inputs(store, EXAMPLE_FLOW, &err), 0);
    ck_assert_int_eq(example_begin_run(store, EXAMPLE_FLOW, EXAMPLE_ON_FLEXCIM,
                                       7, false, run, &state, &err),
                     0);
    ck_assert_msg(replay_put_layer(store, run, &replayed, &err) == 0, "%s",
                  err.text);
    store_close(store);
}

static uint64_t ask(const char *format, const char *name)
{
    char *question = memory_printf(format, name, run);
    char *answer = scratch_ask("a.db", question);
    uint64_t number = strtoull(answer, NULL, 10);

    free(question);
    free(answer);
    return number;
}

START_TEST(every_category_is_in_the_column_of_its_name)
{
    for (int i = 0; i < CLOCK_CATEGORIES; i++)
        ck_assert_uint_eq(
            ask("SELECT %s_cycles FROM layer_results WHERE run = '%s'",
                clock_category_names[i]),
            clocks[i]);
}
END_TEST

/* Which way tokens were cut, into how many blocks, and the bytes of either. */
START_TEST(the_way_of_blocking_is_counted)
{
    static const struct {
        const char *counter;
        uint64_t value;
    } rows[] = { { "token_blocks", 3 },
                 { "streamed", 1 },
                 { "bytes_in_blocks", 1009 },
                 { "bytes_streamed", 1013 } };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_uint_eq(
            ask("SELECT value FROM v_counter WHERE block = 'schedule' AND"
                " counter = '%s' AND run = '%s'",
                rows[i].counter),
            rows[i].value);
}
END_TEST

START_TEST(a_run_has_each_category_as_its_row)
{
    for (int i = 0; i < CLOCK_CATEGORIES; i++)
        ck_assert_uint_eq(
            ask("SELECT cycles FROM v_where WHERE replace(category, ' ', '_') ="
                " '%s' AND run = '%s'",
                clock_category_names[i]),
            clocks[i]);
}
END_TEST

START_TEST(no_column_of_clocks_is_without_its_category)
{
    ck_assert_uint_eq(
        ask("SELECT count(*) FROM pragma_table_info('layer_results')"
            " WHERE name LIKE '%%\\_cycles%s' ESCAPE '\\' AND '%s' <> ''",
            ""),
        CLOCK_CATEGORIES);
}
END_TEST

static void enter(void)
{
    scratch_enter();
    put_layer();
}

Suite *make_suite(void)
{
    Suite *suite = suite_create("what a layer's run is kept as");
    TCase *tcase = tcase_create("clocks");

    tcase_add_checked_fixture(tcase, enter, scratch_leave);
    tcase_add_test(tcase, every_category_is_in_the_column_of_its_name);
    tcase_add_test(tcase, a_run_has_each_category_as_its_row);
    tcase_add_test(tcase, the_way_of_blocking_is_counted);
    tcase_add_test(tcase, no_column_of_clocks_is_without_its_category);
    suite_add_tcase(suite, tcase);
    return suite;
}
