/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "tests/store/example.h"
#include "tests/store/scratch.h"
#include "tests/suite.h"

static struct error err;

START_TEST(what_was_put_is_what_sqlite_finds)
{
    example_fill_file("a.db");
    scratch_assert("a.db", "SELECT name, family, decoder_blocks FROM models",
                   "tiny|llama|2\n");
    scratch_assert("a.db",
                   "SELECT layer, name, decoder_block, inputs, outputs"
                   " FROM layers ORDER BY layer",
                   "0|blocks.0.q|0|16|8\n1|blocks.0.o|0|8|16\n"
                   "2|blocks.1.q|1|16|8\n3|blocks.1.o|1|8|16\n");
    /* kept of 512 weights: 8 * 8 + 16 * 1 + 8 * 4 + 16 * 8 = 240 */
    scratch_assert("a.db",
                   "SELECT method, sparsity_asked, sparsity_reached FROM plans"
                   " ORDER BY 1",
                   "flow|0.6|0.53125\nuniform|NULL|0.0\n");
    scratch_assert("a.db",
                   "SELECT layer, n, m, score FROM plan_layers JOIN plans"
                   " USING (plan_hash) WHERE method = 'flow' ORDER BY layer",
                   "0|4|8|0.0\n1|1|8|0.25\n2|1|4|0.5\n3|2|2|0.75\n");
    scratch_assert("a.db",
                   "SELECT json_extract(arguments, '$[2]') FROM invocations",
                   "traces/\"tiny\"\n");
    scratch_assert("a.db", "PRAGMA integrity_check", "ok\n");
    scratch_assert("a.db", "PRAGMA foreign_key_check", "");
}
END_TEST

START_TEST(accuracy_and_cycles_come_out_of_one_row)
{
    example_fill_file("a.db");
    scratch_assert(
        "a.db",
        "SELECT method, perplexity, dense_perplexity, machine, cycles"
        " FROM v_comparison ORDER BY method, machine",
        "flow|24.25|20.5|dense|10000\nflow|24.25|20.5|flexcim|5000\n"
        "uniform|20.5|20.5|dense|10000\n"
        "uniform|20.5|20.5|flexcim|10000\n");
    scratch_assert("a.db",
                   "SELECT method, speed_up FROM v_speed_up WHERE"
                   " machine = 'flexcim' AND rival = 'dense' ORDER BY 1",
                   "flow|2.0\nuniform|1.0\n");
    /* 64 tokens * 240 weights, of 5000 cycles of 16 multipliers */
    scratch_assert("a.db",
                   "SELECT kept_macs, utilisation FROM v_run"
                   " WHERE method = 'flow' AND machine = 'flexcim'",
                   "15360|0.192\n");
    scratch_assert("a.db",
                   "SELECT category, cycles FROM v_where WHERE method = 'flow'"
                   " AND machine = 'flexcim' ORDER BY cycles",
                   "drain|44\noutput stall|100\nactivation stall|120\n"
                   "memory stall|200\nweight load|400\ncompute|4136\n");
    scratch_assert("a.db",
                   "SELECT sum(value), unit FROM v_counter"
                   " WHERE counter = 'cell_operations'",
                   "245000|operations\n");
}
END_TEST

START_TEST(a_perplexity_may_come_after_the_run_or_before)
{
    struct store *store = example_open("a.db", STORE_WRITE);

    ck_assert_int_eq(example_start(store, &err), 0);
    ck_assert_int_eq(example_put_inputs(store, EXAMPLE_FLOW, &err), 0);
    ck_assert_int_eq(
        example_run(store, EXAMPLE_FLOW, EXAMPLE_ON_FLEXCIM, 1, &err), 0);
    scratch_assert("a.db", "SELECT perplexity, cycles FROM v_comparison",
                   "NULL|5000\n");
    ck_assert_int_eq(example_put_perplexity(store, EXAMPLE_FLOW, &err), 0);
    scratch_assert("a.db",
                   "SELECT perplexity, dense_perplexity, cycles"
                   " FROM v_comparison",
                   "24.25|NULL|5000\n");
    store_close(store);
}
END_TEST

START_TEST(the_same_work_again_gives_the_same_rows)
{
    char *once, *twice, *elsewhere;

    example_fill_file("a.db");
    once = scratch_dump("a.db");
    example_fill_file("a.db");
    twice = scratch_dump("a.db");
    example_fill_file("b.db");
    elsewhere = scratch_dump("b.db");
    ck_assert_str_eq(once, twice);
    ck_assert_str_eq(once, elsewhere);
    free(once);
    free(twice);
    free(elsewhere);
}
END_TEST

static enum store_state begin_flow_on_dense(struct store *store, bool again,
                                            char run[STORE_RUN_KEY])
{
    enum store_state state;

    if (example_begin_run(store, EXAMPLE_FLOW, EXAMPLE_ON_DENSE, 1, again, run,
                          &state, &err) < 0)
        ck_abort_msg("%s", err.text);
    return state;
}

START_TEST(a_finished_run_is_found_and_an_unfinished_one_goes_on)
{
    struct store *store = example_open("a.db", STORE_WRITE);
    char run[STORE_RUN_KEY];
    enum store_layer found;

    ck_assert_int_eq(example_start(store, &err), 0);
    ck_assert_int_eq(example_put_inputs(store, EXAMPLE_FLOW, &err), 0);
    ck_assert_int_eq(begin_flow_on_dense(store, false, run), STORE_NEW);
    ck_assert_int_eq(example_put_layer(store, run, EXAMPLE_FLOW,
                                       EXAMPLE_ON_DENSE, 1, &err),
                     0);
    ck_assert_int_eq(begin_flow_on_dense(store, false, run), STORE_STARTED);
    ck_assert_int_eq(store_find_layer(store, run, "blocks.0.o", &found, &err),
                     0);
    ck_assert_int_eq(found, STORE_LAYER_VERIFIED);
    ck_assert_int_eq(store_find_layer(store, run, "blocks.0.q", &found, &err),
                     0);
    ck_assert_int_eq(found, STORE_LAYER_NONE);
    ck_assert_int_eq(store_end_run(store, run, "out of patience", &err), 0);
    scratch_assert("a.db", "SELECT status, reason FROM runs",
                   "failed|out of patience\n");
    ck_assert_int_eq(begin_flow_on_dense(store, false, run),
                     STORE_NEW); /* what failed begins anew */
    scratch_assert("a.db", "SELECT count(*) FROM layer_results", "0\n");
    scratch_assert("a.db", "SELECT count(*) FROM counter_values", "0\n");
    ck_assert_int_eq(store_end_run(store, run, NULL, &err), 0);
    ck_assert_int_eq(begin_flow_on_dense(store, false, run), STORE_DONE);
    ck_assert_int_eq(begin_flow_on_dense(store, true, run), STORE_NEW);
    store_close(store);
}
END_TEST

START_TEST(a_plan_is_named_by_the_word_that_makes_it)
{
    static const struct {
        const char *change, *word;
    } cases[] = {
        { "parameters = '{\"released\":true}'", "flow+released" },
        { "text = json_set(text, '$.mask.statistics', 'sequential')",
          "flow+sequential" },
        { "weight_update = 'refit', text = json_set(text,"
          " '$.mask.statistics', 'sequential', '$.mask.propagate', 0.5),"
          " parameters = '{\"aware\":true}'",
          "flow+aware+propagate+refit" },
        { "weight_update = 'reconstruct', mask_score = 'sparsegpt'",
          "flow+refit+reconstruct" },
        { "weight_update = 'reconstruct', mask_score = 'admm'",
          "flow+reconstruct" },
    };
    struct store *store = example_open("a.db", STORE_WRITE);
    char *change = memory_printf("UPDATE plans SET %s WHERE method = 'flow'",
                                 cases[_i].change);
    char *wanted = memory_printf("%s\n", cases[_i].word);

    ck_assert_int_eq(example_fill(store, &err), 0);
    store_close(store);
    scratch_execute("a.db", change);
    scratch_assert("a.db",
                   "SELECT word FROM v_plan JOIN plans USING (plan_hash)"
                   " WHERE method = 'flow'",
                   wanted);
    free(wanted);
    free(change);
}
END_TEST

START_TEST(an_accuracy_stands_beside_that_of_the_model_as_it_is)
{
    struct store *store = example_open("a.db", STORE_WRITE);

    ck_assert_int_eq(example_fill(store, &err), 0);
    store_close(store);
    scratch_assert("a.db",
                   "SELECT method, acc, dense_acc, acc_norm, dense_acc_norm,"
                   " answered FROM v_accuracy ORDER BY acc",
                   "flow|0.375|0.75|0.5|0.625|00110100\n"
                   "dense|0.75|0.75|0.625|0.625|11110110\n");
}
END_TEST

START_TEST(an_accuracy_is_found_again_by_the_same_program_only)
{
    struct store *store = example_open("a.db", STORE_WRITE);
    char model[HASH_TEXT], tasks[HASH_TEXT];
    struct store_accuracy wanted = { .model = model,
                                     .tasks_hash = tasks,
                                     .arithmetic = "f32" };
    bool found;

    hash_bytes(model, "tiny", 4);
    hash_bytes(tasks, "tasks", 5);
    ck_assert_int_eq(example_fill(store, &err), 0);
    ck_assert_int_eq(store_find_accuracy(store, &wanted, &found, &err), 0);
    ck_assert(found);
    ck_assert_double_eq(wanted.acc, 0.75);
    ck_assert_double_eq(wanted.acc_norm_error, 0.1829813);
    wanted.longest = 31;
    ck_assert_int_eq(store_find_accuracy(store, &wanted, &found, &err), 0);
    ck_assert(!found);
    wanted.longest = 0;
    scratch_execute("a.db", "UPDATE accuracies SET version = '1.2.4'");
    ck_assert_int_eq(store_find_accuracy(store, &wanted, &found, &err), 0);
    ck_assert(!found);
    store_close(store);
}
END_TEST

START_TEST(a_perplexity_is_found_again_by_the_same_program_only)
{
    struct store *store = example_open("a.db", STORE_WRITE);
    char model[HASH_TEXT], tokens[HASH_TEXT];
    struct store_perplexity wanted = { .model = model,
                                       .tokens = tokens,
                                       .tensor = "test",
                                       .arithmetic = "f32",
                                       .rows = 32 };
    bool found;

    hash_bytes(model, "tiny", 4);
    hash_bytes(tokens, "tokens", 6);
    ck_assert_int_eq(example_fill(store, &err), 0);
    ck_assert_int_eq(store_find_perplexity(store, &wanted, &found, &err), 0);
    ck_assert(found);
    ck_assert_double_eq(wanted.perplexity, 20.5);
    ck_assert_uint_eq(wanted.predicted, 32 * 127);
    wanted.rows = 31;
    ck_assert_int_eq(store_find_perplexity(store, &wanted, &found, &err), 0);
    ck_assert(!found);
    wanted.rows = 32;
    scratch_execute("a.db", "UPDATE perplexities SET version = '1.2.4'");
    ck_assert_int_eq(store_find_perplexity(store, &wanted, &found, &err), 0);
    ck_assert(!found);
    store_close(store);
}
END_TEST

START_TEST(cycles_that_do_not_add_up_are_refused)
{
    struct store *store = example_open("a.db", STORE_WRITE);
    struct store_clocks clocks[EXAMPLE_CATEGORIES];
    struct store_layer_result result = { .layer = "blocks.0.q",
                                         .tokens = 1,
                                         .pattern = pattern_dense,
                                         .run_as = pattern_dense,
                                         .cycles = 10,
                                         .clocks = clocks,
                                         .categories = EXAMPLE_CATEGORIES };
    char run[STORE_RUN_KEY];

    memcpy(clocks, example_no_clocks, sizeof clocks);
    clocks[0].clocks = 9;
    ck_assert_int_eq(example_start(store, &err), 0);
    ck_assert_int_eq(example_put_inputs(store, EXAMPLE_FLOW, &err), 0);
    begin_flow_on_dense(store, false, run);
    ck_assert_int_eq(store_put_layer(store, run, &result, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_INTERNAL);
    clocks[5].clocks = 1;
    ck_assert_int_eq(store_put_layer(store, run, &result, &err), 0);
    result.layer = "blocks.9.q";
    ck_assert_int_eq(store_put_layer(store, run, &result, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    store_close(store);
}
END_TEST

START_TEST(a_layer_appears_with_all_its_counters_or_not_at_all)
{
    struct store *store = example_open("a.db", STORE_WRITE);
    struct store_counter counters[] = {
        { "macro", "cell_operations", "operations", "", 1 },
        { "output_buffer", "bytes_written", "bits", "", 1 },
    };
    struct store_clocks clocks[EXAMPLE_CATEGORIES];
    struct store_layer_result result = { .layer = "blocks.0.o",
                                         .tokens = 1,
                                         .pattern = pattern_dense,
                                         .run_as = pattern_dense,
                                         .cycles = 1,
                                         .clocks = clocks,
                                         .categories = EXAMPLE_CATEGORIES,
                                         .counters = counters,
                                         .count = 2 };
    char run[STORE_RUN_KEY];

    memcpy(clocks, example_no_clocks, sizeof clocks);
    clocks[0].clocks = 1;
    ck_assert_int_eq(example_start(store, &err), 0);
    ck_assert_int_eq(example_put_inputs(store, EXAMPLE_FLOW, &err), 0);
    begin_flow_on_dense(store, false, run);
    ck_assert_int_eq(example_put_layer(store, run, EXAMPLE_FLOW,
                                       EXAMPLE_ON_DENSE, 0, &err),
                     0);
    /* bytes_written was in bytes a moment ago */
    ck_assert_int_eq(store_put_layer(store, run, &result, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "bytes_written"));
    scratch_assert("a.db", "SELECT layer FROM layer_results", "0\n");
    scratch_assert("a.db", "SELECT count(*) FROM counter_values", "2\n");
    store_close(store);
}
END_TEST

START_TEST(what_a_transaction_held_is_gone_after_a_rollback)
{
    struct store *store = example_open("a.db", STORE_WRITE);

    ck_assert_int_eq(example_start(store, &err), 0);
    ck_assert_int_eq(store_begin(store, &err), 0);
    ck_assert_int_eq(example_put_inputs(store, EXAMPLE_FLOW, &err), 0);
    store_rollback(store);
    scratch_assert("a.db", "SELECT count(*) FROM models", "0\n");
    ck_assert_int_eq(store_begin(store, &err), 0);
    ck_assert_int_eq(example_put_inputs(store, EXAMPLE_FLOW, &err), 0);
    ck_assert_int_eq(store_commit(store, &err), 0);
    scratch_assert("a.db", "SELECT count(*) FROM models", "1\n");
    store_close(store);
}
END_TEST

/* Of the run that example_run() makes of flow on dense, with seed 0. */
static int find_flow(struct store *store, char run[STORE_RUN_KEY],
                     enum store_state *state)
{
    char *traces = scratch_ask("a.db", "SELECT trace_hash FROM traces");
    char *machines = scratch_ask("a.db", "SELECT machine_hash FROM machines"
                                         " WHERE name = 'dense'");
    struct store_run what = { .trace = traces, .machine = machines };
    int status;

    traces[HASH_TEXT - 1] = machines[HASH_TEXT - 1] = 0;
    status = store_find_run(store, &what, run, state, &err);
    free(traces);
    free(machines);
    return status;
}

START_TEST(a_run_is_looked_for_without_being_made)
{
    struct store *store = example_open("a.db", STORE_WRITE);
    char made[STORE_RUN_KEY], run[STORE_RUN_KEY];
    enum store_state state;
    uint64_t cycles = 7;

    ck_assert_int_eq(example_start(store, &err), 0);
    ck_assert_int_eq(example_put_inputs(store, EXAMPLE_FLOW, &err), 0);
    ck_assert_int_eq(find_flow(store, run, &state), 0);
    ck_assert_int_eq(state, STORE_NEW);
    scratch_assert("a.db", "SELECT count(*) FROM runs", "0\n");
    ck_assert_int_eq(example_begin_run(store, EXAMPLE_FLOW, EXAMPLE_ON_DENSE, 0,
                                       false, made, &state, &err),
                     0);
    ck_assert_str_eq(made, run);
    ck_assert_int_eq(example_put_layer(store, run, EXAMPLE_FLOW,
                                       EXAMPLE_ON_DENSE, 2, &err),
                     0);
    ck_assert_int_eq(find_flow(store, run, &state), 0);
    ck_assert_int_eq(state, STORE_STARTED);
    ck_assert_int_eq(
        store_layer_cycles(store, run, "blocks.0.q", &cycles, &err), 0);
    ck_assert_uint_eq(cycles, 7);
    ck_assert_int_eq(
        store_layer_cycles(store, run, "blocks.1.q", &cycles, &err), 1);
    ck_assert_uint_eq(cycles, 3000);
    ck_assert_int_eq(store_end_run(store, run, "too hot", &err), 0);
    ck_assert_int_eq(find_flow(store, run, &state), 0);
    ck_assert_int_eq(state, STORE_FAILED);
    ck_assert_int_eq(
        example_run(store, EXAMPLE_FLOW, EXAMPLE_ON_DENSE, 0, &err), 0);
    ck_assert_int_eq(find_flow(store, run, &state), 0);
    ck_assert_int_eq(state, STORE_DONE);
    store_close(store);
}
END_TEST

/* Begins, or finds, the run of find_flow(), where only verified layers count.
 */
static int with_verified(struct store *store,
                         int (*function)(struct store *,
                                         const struct store_run *, char *,
                                         enum store_state *, struct error *),
                         char run[STORE_RUN_KEY], enum store_state *state)
{
    char *traces = scratch_ask("a.db", "SELECT trace_hash FROM traces");
    char *machines = scratch_ask("a.db", "SELECT machine_hash FROM machines"
                                         " WHERE name = 'dense'");
    struct store_run what = { .trace = traces,
                              .machine = machines,
                              .verified = true };
    int status;

    traces[HASH_TEXT - 1] = machines[HASH_TEXT - 1] = 0;
    status = function(store, &what, run, state, &err);
    free(traces);
    free(machines);
    return status;
}

static int begin_verified(struct store *store, char run[STORE_RUN_KEY],
                          enum store_state *state)
{
    return with_verified(store, store_begin_run, run, state);
}

START_TEST(who_verifies_takes_no_layer_that_nobody_verified)
{
    struct store *store = example_open("a.db", STORE_WRITE);
    char run[STORE_RUN_KEY];
    enum store_state state;
    enum store_layer found;

    ck_assert_int_eq(example_start(store, &err), 0);
    ck_assert_int_eq(example_put_inputs(store, EXAMPLE_FLOW, &err), 0);
    ck_assert_int_eq(
        example_run(store, EXAMPLE_FLOW, EXAMPLE_ON_DENSE, 0, &err), 0);
    ck_assert_int_eq(begin_verified(store, run, &state), 0);
    ck_assert_int_eq(state, STORE_DONE);
    scratch_execute("a.db", "UPDATE layer_results SET outputs_verified = 0"
                            " WHERE layer = 2");
    ck_assert_int_eq(find_flow(store, run, &state), 0);
    ck_assert_int_eq(state, STORE_DONE);
    ck_assert_int_eq(with_verified(store, store_find_run, run, &state), 0);
    ck_assert_int_eq(state, STORE_STARTED);
    ck_assert_int_eq(
        store_find_layer(store, run, example_layer_name(2), &found, &err), 0);
    ck_assert_int_eq(found, STORE_LAYER_THERE);
    scratch_assert("a.db", "SELECT status FROM runs", "done\n");
    ck_assert_int_eq(begin_verified(store, run, &state), 0);
    ck_assert_int_eq(state, STORE_STARTED);
    scratch_assert("a.db", "SELECT status, ended_utc FROM runs",
                   "running|NULL\n");
    for (unsigned layer = 0; layer < EXAMPLE_LAYERS; layer++) {
        ck_assert_int_eq(store_find_layer(store, run, example_layer_name(layer),
                                          &found, &err),
                         0);
        ck_assert_int_eq(found,
                         layer == 2 ? STORE_LAYER_NONE : STORE_LAYER_VERIFIED);
    }
    ck_assert_int_eq(example_put_layer(store, run, EXAMPLE_FLOW,
                                       EXAMPLE_ON_DENSE, 2, &err),
                     0);
    ck_assert_int_eq(store_end_run(store, run, NULL, &err), 0);
    ck_assert_int_eq(with_verified(store, store_find_run, run, &state), 0);
    ck_assert_int_eq(state, STORE_DONE);
    ck_assert_int_eq(begin_verified(store, run, &state), 0);
    ck_assert_int_eq(state, STORE_DONE);
    store_close(store);
}
END_TEST

START_TEST(a_plan_has_the_perplexity_that_the_view_tells)
{
    struct store *store = example_open("a.db", STORE_WRITE);
    char *hash, *measured;
    double perplexity;

    ck_assert_int_eq(example_start(store, &err), 0);
    ck_assert_int_eq(example_put_inputs(store, EXAMPLE_FLOW, &err), 0);
    hash = scratch_ask("a.db", "SELECT plan_hash FROM plans");
    hash[HASH_TEXT - 1] = 0;
    ck_assert_int_eq(
        store_plan_perplexity(store, hash, &perplexity, &measured, &err), 0);
    ck_assert_double_nan(perplexity);
    ck_assert_str_eq(measured, "");
    free(measured);
    ck_assert_int_eq(example_put_perplexity(store, EXAMPLE_FLOW, &err), 0);
    ck_assert_int_eq(
        store_plan_perplexity(store, hash, &perplexity, &measured, &err), 0);
    ck_assert_double_eq(perplexity, 24.25);
    ck_assert_ptr_nonnull(strstr(measured, "test"));
    ck_assert_ptr_nonnull(strstr(measured, "32"));
    free(measured);
    free(hash);
    store_close(store);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("store");
    TCase *tcase = tcase_create("store");

    tcase_add_checked_fixture(tcase, scratch_enter, scratch_leave);
    tcase_add_test(tcase, what_was_put_is_what_sqlite_finds);
    tcase_add_test(tcase, accuracy_and_cycles_come_out_of_one_row);
    tcase_add_test(tcase, a_perplexity_may_come_after_the_run_or_before);
    tcase_add_test(tcase, the_same_work_again_gives_the_same_rows);
    tcase_add_test(tcase,
                   a_finished_run_is_found_and_an_unfinished_one_goes_on);
    tcase_add_loop_test(tcase, a_plan_is_named_by_the_word_that_makes_it, 0, 5);
    tcase_add_test(tcase, an_accuracy_stands_beside_that_of_the_model_as_it_is);
    tcase_add_test(tcase, an_accuracy_is_found_again_by_the_same_program_only);
    tcase_add_test(tcase, a_perplexity_is_found_again_by_the_same_program_only);
    tcase_add_test(tcase, a_run_is_looked_for_without_being_made);
    tcase_add_test(tcase, who_verifies_takes_no_layer_that_nobody_verified);
    tcase_add_test(tcase, a_plan_has_the_perplexity_that_the_view_tells);
    tcase_add_test(tcase, cycles_that_do_not_add_up_are_refused);
    tcase_add_test(tcase, a_layer_appears_with_all_its_counters_or_not_at_all);
    tcase_add_test(tcase, what_a_transaction_held_is_gone_after_a_rollback);
    suite_add_tcase(suite, tcase);
    return suite;
}
