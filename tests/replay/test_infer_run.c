/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whole inferences in the store: counts held against replays of single layers,
 * energy and bytes against closed forms of the model's sizes.
 */
#include "replay/infer_run.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "models/accelerator.h"
#include "models/inference/inference.h"
#include "models/inference/memory.h"
#include "tests/models/cases.h"
#include "tests/replay/lists.h"
#include "tests/store/scratch.h"
#include "tests/suite.h"

enum { BLOCKS = 3, WIDTH = 72, HEADS = 6, KEY_HEADS = 2, HEAD = 16 };

static const char machine[] = "weights: {banks: 2}\ndram: {code: bitmap}\n";

static const struct infer_asked asked = { .prompt = 21,
                                          .generate = 4,
                                          .batch = 2,
                                          .memory = "lpddr5-6400",
                                          .buffers = "262144" };

static struct input input;
static struct machine_file file;
static struct error err;

static void open_inputs(const char *pattern)
{
    struct pattern parsed;
    struct shape_options options = { .pattern = &parsed };

    ck_assert_int_eq(pattern_parse(&parsed, pattern, &err), 0);
    ck_assert_int_eq(file_put("list.yaml", grouped, strlen(grouped), &err), 0);
    ck_assert_int_eq(file_put("machine.yaml", machine, strlen(machine), &err),
                     0);
    ck_assert_msg(input_open_shapes(&input, "./list.yaml", &options, &err) == 0,
                  "%s", err.text);
    ck_assert_msg(machine_file_read(&file, "./machine.yaml", NULL, 0, &err) ==
                      0,
                  "%s", err.text);
    ck_assert_int_eq(infer_complete(&file, &asked, &err), 0);
}

static void close_inputs(void)
{
    input_close(&input);
    machine_file_release(&file);
}

static void run_asked(const char *path, const struct infer_asked *what)
{
    static char *words[] = { (char *)(uintptr_t) "test" };
    const struct store_invocation invocation = { 1, words, "1", "cc", "{}", 1 };
    struct infer_run run = { .input = &input,
                             .machines = &file,
                             .count = 1,
                             .asked = what,
                             .work = { 1, NULL } };

    ck_assert_msg(store_open(&run.store, path, STORE_WRITE, &err) == 0, "%s",
                  err.text);
    ck_assert_int_eq(store_start(run.store, &invocation, &err), 0);
    ck_assert_msg(input_put(&input, run.store, &err) == 0, "%s", err.text);
    ck_assert_msg(infer_run(&run, &err) == 0, "%s", err.text);
    ck_assert_int_eq(store_finish(run.store, &err), 0);
    store_close(run.store);
}

static void run_into(const char *path)
{
    run_asked(path, &asked);
}

static double ask(const char *sql)
{
    char *answer = scratch_ask("a.db", sql);
    double value = strtod(answer, NULL);

    free(answer);
    return value;
}

static void enter(void)
{
    scratch_enter();
    open_inputs("dense");
    run_into("a.db");
}

static void leave(void)
{
    close_inputs();
    scratch_leave();
}

/* Counters that a replay alone has, or that depend on time. */
static bool is_of_time(int counter)
{
    return strcmp(counter_table[counter].block, "dram") == 0 ||
           counter == COUNTER_EMPTY_CELL_OPERATIONS ||
           counter == COUNTER_HIDDEN_LOAD_CLOCKS ||
           counter == COUNTER_HIDDEN_READ_CLOCKS;
}

/* The standard is what nobody stated; a limit of its own stays. */
START_TEST(buffers_are_those_asked_for_where_a_machine_states_none)
{
    static const struct infer_asked wide = {
        .prompt = 1, .batch = 1, .memory = "hbm3", .buffers = "70000"
    };
    static const char *const settings[] = { "activations.capacity=5000",
                                            "dram.rate=3" };

    ck_assert_int_eq(machine_file_read(&file, "flexcim", settings, 2, &err), 0);
    ck_assert_int_eq(infer_complete(&file, &wide, &err), 0);
    ck_assert_uint_eq(file.machine.activations.capacity, 5000);
    ck_assert_uint_eq(file.machine.outputs.capacity, 70000);
    ck_assert_uint_eq(file.machine.dram.kind, 0);
    machine_file_release(&file);
}
END_TEST

/* What comes is written once, again for each column wave where it is streamed;
 * what goes is read once. */
static void check_moved(const struct layer_result *ran,
                        const struct layer *layer, bool moves)
{
    uint64_t inputs = (uint64_t)layer->shape.inputs * layer->tokens,
             outputs = (uint64_t)layer->shape.outputs * layer->tokens;
    uint64_t times =
        ran->way == SCHEDULE_STREAM ? (layer->shape.outputs + 31) / 32 : 1;

    ck_assert_uint_eq(ran->counters[COUNTER_INPUT_BYTES],
                      moves ? times * inputs : 0);
    ck_assert_uint_eq(ran->counters[COUNTER_SUMS_SENT], moves ? outputs : 0);
    ck_assert_uint_eq(ran->counters[COUNTER_DRAM_BYTES_WRITTEN],
                      moves ? outputs : 0);
}

/* With buffers that hold anything, and with such that every operator's inputs
 * come over the channel and its outputs go: in two blocks, or in slices. */
START_TEST(a_linear_operator_counts_what_replays_of_its_layers_count)
{
    static const char *const patterns[] = { "4:8", "dense" };
    static const char *const buffers[] = {
        "activations.capacity=none outputs.capacity=none",
        ("activations.capacity=1000 outputs.capacity=2000 "
         "inference.overlap=none blocking=tokens"),
        "activations.capacity=300 inference.overlap=none blocking=stream"
    };
    static const struct {
        const char *row, *layer;
    } pairs[] = { { "q", "q_proj" },
                  { "o", "o_proj" },
                  { "gate", "gate_proj" },
                  { "down", "down_proj" } };
    struct inference_result result;
    struct layer_result replayed;
    struct model_sizes sizes;

    scratch_enter();
    open_inputs(patterns[_i % 2]);
    ck_assert_int_eq(infer_sizes(&sizes, &input, &err), 0);
    set_machine(&file.machine, buffers[_i / 2]);
    ck_assert_int_eq(
        inference_run(&result,
                      &(struct inference_asked){ .machine = &file.machine,
                                                 .sizes = &sizes,
                                                 .layers = input.layer,
                                                 .layer_count = input.layers,
                                                 .prompt = 21,
                                                 .generate = 1,
                                                 .batch = 1 },
                      &err),
        0);
    for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) {
        const struct inference_line *line = result.line;
        struct layer layer;
        size_t l = 0;

        while (strcmp(line->row->name, pairs[p].row) != 0)
            line++;
        while (!strstr(input.layer[l].shape.name, pairs[p].layer))
            l++;
        layer = input.layer[l];
        layer.tokens = 21;
        layer.seed = 0;
        ck_assert_int_eq(accelerator_run(&replayed, &file.machine, &layer,
                                         &(struct accelerator_options){ 0 },
                                         &err),
                         0);
        for (int c = 0; c < COUNTERS; c++)
            if (!is_of_time(c))
                ck_assert_msg(line->counters[c] ==
                                  BLOCKS * replayed.counters[c],
                              "%s, %s: %llu, replayed %llu x 3", pairs[p].row,
                              counter_table[c].name,
                              (unsigned long long)line->counters[c],
                              (unsigned long long)replayed.counters[c]);
        check_moved(&replayed, &layer, _i >= 2);
        /* what stays is written beside the inputs of what follows */
        ck_assert_uint_eq(line->counters[COUNTER_RESULT_BYTES],
                          _i >= 2 ? 0
                                  : (uint64_t)BLOCKS * layer.shape.outputs *
                                        layer.tokens);
        layer_result_release(&replayed);
    }
    inference_result_release(&result);
    leave();
}
END_TEST

START_TEST(bytes_of_each_class_follow_from_the_shapes_in_sql)
{
    /* Dense in a bitmap is a byte a weight. */
    ck_assert_double_eq(ask("SELECT sum(weight_bytes) FROM v_operator"
                            " WHERE edge = 'middle' AND phase = 'decoding'"),
                        ask("SELECT sum(inputs * outputs) * 3 FROM layers"));
    ck_assert_double_eq(ask("SELECT sum(head_bytes) FROM v_operator"
                            " WHERE edge = 'middle'"),
                        4 * 72 * 500);
    ck_assert_double_eq(ask("SELECT sum(embedding_bytes) FROM v_operator"
                            " WHERE edge = 'middle'"),
                        2 * 72 * (21 + 3));
    /* A step reads what is cached and writes its own: 21, 22, 23 and 1, of
     * which 24 entries are there at the end. */
    ck_assert_double_eq(ask("SELECT sum(key_bytes) FROM v_operator"
                            " WHERE edge = 'middle' AND phase = 'decoding'"),
                        BLOCKS * 2 * (2.0 * KEY_HEADS * HEAD) *
                            (21 + 22 + 23 + 3));
    ck_assert_double_eq(ask("SELECT sum(key_bytes) FROM v_operator"
                            " WHERE edge = 'middle' AND phase = 'prompt'"),
                        BLOCKS * 2 * (2.0 * KEY_HEADS * HEAD) * 21);
    ck_assert_double_eq(
        ask("SELECT sum(value) FROM operator_counters AS c JOIN inferences"
            " USING (inference) WHERE edge = 'middle' AND block = 'memory'"),
        ask("SELECT sum(bytes) FROM v_operator WHERE edge = 'middle'"));
}
END_TEST

START_TEST(energy_of_units_and_memory_follows_from_the_sizes)
{
    const double steps_pairs = 21.0 * 22 / 2 + 22 + 23 + 24;
    double bytes, clocks;

    /* pJ a softmax element and a normed one, two norms a block and the last. */
    ck_assert_double_eq_tol(ask("SELECT sum(vector_uj) FROM v_operator"
                                " WHERE edge = 'middle' AND name = 'softmax'"),
                            BLOCKS * 2.0 * HEADS * steps_pairs * 1.15e-6, 1e-9);
    ck_assert_double_eq_tol(
        ask("SELECT sum(vector_uj) FROM v_operator WHERE edge = 'middle'"
            " AND name IN ('norm', 'feed_norm', 'last_norm')"),
        2.0 * WIDTH * (BLOCKS * 2 * (21 + 3) + 4) * 4.6e-6, 1e-9);
    bytes = ask("SELECT sum(bytes) FROM v_operator WHERE edge = 'middle'");
    clocks = ask("SELECT clocks FROM inferences WHERE edge = 'middle'");
    ck_assert_double_eq_tol(
        ask("SELECT sum(moving_uj) FROM v_operator WHERE edge = 'middle'"),
        bytes * 8 * 3762.1e-9, 1e-6);
    ck_assert_double_eq_tol(ask("SELECT sum(standing_by_uj) FROM v_operator"
                                " WHERE edge = 'middle'"),
                            clocks / 500 * 0.8307555, 1e-4);
    /* Parts add up, and to what a token takes. */
    ck_assert_double_eq_tol(
        ask("SELECT sum(energy_uj) FROM v_operator WHERE edge = 'middle'"),
        ask("SELECT sum(array_uj + cell_writes_uj + buffers_uj + vector_uj +"
            " scan_uj + moving_uj + standing_by_uj + leakage_uj)"
            " FROM v_operator WHERE edge = 'middle'"),
        1e-6);
    ck_assert_double_eq_tol(
        ask("SELECT prompt_uj + 3 * 2 * uj_per_token FROM v_inference"),
        ask("SELECT sum(energy_uj) FROM v_operator WHERE edge = 'middle'"),
        1e-6);
    ck_assert_double_eq_tol(
        ask("SELECT prompt_leakage_uj + 3 * 2 * leakage_uj_per_token"
            " FROM v_inference"),
        ask("SELECT sum(leakage_uj) FROM v_operator WHERE edge = 'middle'"),
        1e-6);
}
END_TEST

/* The same, of the raw tables without any view. */
START_TEST(energy_is_that_of_the_counts_at_the_table_s_prices)
{
    ck_assert_double_eq_tol(
        ask("WITH pitch AS (SELECT sqrt(sum(p.components * c.area_um2)"
            "  / (SELECT multipliers FROM machines)) AS um"
            "  FROM machine_parts AS p JOIN costs AS c USING (component)"
            "  WHERE p.use = 'area' AND c.cost_table = 'base'"
            "  AND p.block NOT IN ('activation_buffer', 'output_buffer',"
            "  'weight_loader', 'staging', 'image_decoder')), side AS (SELECT"
            "  sqrt(sum(p.components * c.area_um2)) AS across"
            "  FROM machine_parts AS p JOIN costs AS c USING (component)"
            "  WHERE p.use = 'area' AND c.cost_table = 'base')"
            " SELECT sum(v.value * p.components * c.energy_fj / 1e9"
            "  * CASE p.component WHEN 'line' THEN um WHEN 'bus' THEN across"
            "    ELSE 1.0 END"
            "  * CASE WHEN c.class IN ('sram', 'dram') THEN 1.0"
            "    ELSE CASE p.activity WHEN 'always' THEN 1.0 WHEN 'input'"
            "    THEN 0.5 WHEN 'product' THEN 0.25 ELSE 0.25"
            "    * (SELECT value FROM operator_counters AS k"
            "       WHERE k.inference = v.inference"
            "       AND k.operator = v.operator AND k.counter = 'kept_macs')"
            "    / (SELECT value FROM operator_counters AS k"
            "       WHERE k.inference = v.inference"
            "       AND k.operator = v.operator"
            "       AND k.counter = 'cell_operations') END END)"
            " FROM inferences JOIN operator_counters AS v USING (inference)"
            " JOIN machine_parts AS p ON p.counter_block = v.block"
            "  AND p.counter = v.counter AND p.use = 'energy'"
            " JOIN costs AS c USING (component) CROSS JOIN pitch"
            " CROSS JOIN side WHERE edge = 'middle'"
            " AND c.cost_table = 'base'"),
        ask("SELECT sum(energy_uj - standing_by_uj - leakage_uj)"
            " FROM v_operator WHERE edge = 'middle'"),
        1e-6);
}
END_TEST

/* The list's layers, each alone on a machine of one mode: of the modes in which
 * its tokens take the fewest clocks the file has that which adds most.  Buffers
 * and memory have no limit, so that a replay says how long. */
START_TEST(the_file_tells_which_merge_mode_an_operator_took)
{
    static const char *const names[] = { "q", "k", "o", "down" };
    static const char *const layers[] = { "q_proj", "k_proj", "o_proj",
                                          "down_proj" };
    static const struct infer_asked alone = { .prompt = 21,
                                              .generate = 3,
                                              .batch = 1,
                                              .memory = "none",
                                              .buffers = "none" };
    static const unsigned modes[] = { 4, 2, 1 };
    bool others = false;

    scratch_enter();
    open_inputs("1:4");
    machine_file_release(&file);
    ck_assert_int_eq(machine_file_read(&file, "flexcim", NULL, 0, &err), 0);
    ck_assert_int_eq(infer_complete(&file, &alone, &err), 0);
    run_asked("a.db", &alone);
    for (int n = 0; n < 4; n++)
        for (int decoding = 0; decoding < 2; decoding++) {
            uint64_t least = UINT64_MAX;
            unsigned taken = 0;
            size_t l = 0;
            char *sql;

            while (!strstr(input.layer[l].shape.name, layers[n]))
                l++;
            for (int m = 0; m < 3; m++) {
                struct machine machine_of_one = file.machine;
                struct layer layer = input.layer[l];
                struct layer_result result;
                char *set = memory_printf("merge.modes=%u", modes[m]);

                set_machine(&machine_of_one, set);
                free(set);
                layer.tokens = decoding ? 1 : 21;
                ck_assert_int_eq(
                    accelerator_run(&result, &machine_of_one, &layer,
                                    &(struct accelerator_options){ 0 }, &err),
                    0);
                if (result.cycles < least) {
                    least = result.cycles;
                    taken = modes[m];
                }
                layer_result_release(&result);
            }
            others |= taken != 4;
            sql = memory_printf(
                "SELECT merged = '%u' FROM v_operator WHERE edge = 'middle'"
                " AND name = '%s' AND phase = '%s'",
                taken, names[n], decoding ? "decoding" : "prompt");
            ck_assert_double_eq(ask(sql), 1);
            free(sql);
        }
    ck_assert(others);
    /* The three blocks of the model in two steps of decoding, and none of
     * what does not run on the array. */
    ck_assert_double_eq(
        ask("SELECT sum(value) FROM operator_counters"
            " JOIN operator_results USING (inference, operator)"
            " JOIN inferences USING (inference) WHERE block = 'merged'"
            " AND edge = 'middle' AND name = 'q' AND phase = 'decoding'"),
        BLOCKS * 2);
    ck_assert_double_eq(ask("SELECT count(*) FROM v_operator"
                            " WHERE merged IS NOT NULL"
                            " AND kind NOT IN ('linear', 'product')"),
                        0);
    leave();
}
END_TEST

START_TEST(every_number_lies_in_its_band)
{
    char *answer = scratch_ask(
        "a.db",
        "SELECT time_to_first_token_ms_low < time_to_first_token_ms,"
        " time_to_first_token_ms < time_to_first_token_ms_high,"
        " ms_per_token_low <= ms_per_token, ms_per_token <= ms_per_token_high,"
        " tokens_per_s_low <= tokens_per_s,"
        " tokens_per_s <= tokens_per_s_high,"
        " uj_per_token_low < uj_per_token, uj_per_token < uj_per_token_high,"
        " prompt_uj_low < prompt_uj, prompt_uj < prompt_uj_high,"
        " perplexity IS NULL AND without IS NOT NULL FROM v_inference");

    ck_assert_str_eq(answer, "1|1|1|1|1|1|1|1|1|1|1\n");
    free(answer);
}
END_TEST

START_TEST(the_file_refuses_clocks_that_do_not_add_up)
{
    static const char *const changes[] = {
        "UPDATE operator_results SET clocks = clocks + 1 WHERE operator = 3",
        ("UPDATE operator_results SET clocks = clocks + 1,"
         " until_clock = until_clock + 1 WHERE operator = 3"),
        "UPDATE inferences SET clocks = clocks + 1",
        "DELETE FROM operator_results WHERE operator = 3",
    };
    sqlite3 *db;

    ck_assert_int_eq(sqlite3_open("a.db", &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, "PRAGMA foreign_keys = ON", NULL, NULL,
                                  NULL),
                     SQLITE_OK);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        ck_assert_int_eq(sqlite3_exec(db, changes[i], NULL, NULL, NULL),
                         SQLITE_CONSTRAINT);
    sqlite3_close(db);
    ck_assert_double_eq(
        ask("SELECT count(*) FROM (SELECT inference FROM operator_results"
            " JOIN inferences AS i USING (inference) GROUP BY inference"
            " HAVING sum(operator_results.clocks) <> i.clocks)"),
        0);
}
END_TEST

START_TEST(what_is_there_is_not_run_again)
{
    char *first = scratch_ask("a.db", "SELECT ended_utc FROM inferences"),
         *then;

    run_into("a.db");
    then = scratch_ask("a.db", "SELECT ended_utc FROM inferences");
    ck_assert_str_eq(first, then);
    free(first);
    free(then);
}
END_TEST

/* A published model at the memory's own efficiency: a step is bytes over the
 * rate, within 1 % and never less; and a token more in the context is the bytes
 * of its keys and values over the rate. */
START_TEST(decoding_of_llama_2_7b_takes_its_bytes_over_the_rate)
{
    static const char *const settings[] = { "weights.banks=2" };
    static const char *const patterns[] = { "4:8", "dense" };
    enum { PROMPT = 128, STEPS = 8, TOKEN_BYTES = 32 * 2 * 32 * 128 };
    struct pattern parsed;
    struct shape_options options = { .pattern = &parsed };
    struct inference_result result;
    struct model_sizes sizes;
    double bytes = 0, rate, clocks, slope;

    ck_assert_int_eq(pattern_parse(&parsed, patterns[_i], &err), 0);
    ck_assert_msg(input_open_shapes(&input, "llama-2-7b", &options, &err) == 0,
                  "%s", err.text);
    ck_assert_msg(machine_file_read(&file, "flexcim", settings, 1, &err) == 0,
                  "%s", err.text);
    ck_assert_int_eq(infer_complete(&file, &asked, &err), 0);
    ck_assert_int_eq(infer_sizes(&sizes, &input, &err), 0);
    ck_assert_int_eq(
        inference_run(&result,
                      &(struct inference_asked){ .machine = &file.machine,
                                                 .sizes = &sizes,
                                                 .layers = input.layer,
                                                 .layer_count = input.layers,
                                                 .prompt = PROMPT,
                                                 .generate = STEPS,
                                                 .batch = 1 },
                      &err),
        0);
    for (size_t i = 0; i < result.lines; i++)
        for (int t = 0; t < TRAFFICS; t++)
            if (result.line[i].decoding)
                bytes += (double)result.line[i].sum.bytes[t];
    /* R2.6, R3: 51.2 GB/s x 0.989 x (1 - 326.5 / 3906), at 500 MHz. */
    rate = 51.2e9 * 0.989 * (1 - 326.5 / 3906) / 500e6;
    clocks = (double)(result.end[STEPS - 1] - result.end[0]);
    ck_assert_double_ge(clocks, bytes / rate * 0.9999);
    ck_assert_double_le(clocks, bytes / rate * 1.01);
    slope = (double)(result.end[STEPS - 1] - result.end[STEPS - 2]) -
            (double)(result.end[1] - result.end[0]);
    ck_assert_double_eq_tol(slope, (STEPS - 2) * TOKEN_BYTES / rate,
                            0.03 * slope);
    inference_result_release(&result);
    close_inputs();
}
END_TEST

/* Moving and standing by, on a stream that fills the channel. */
START_TEST(a_full_stream_costs_what_the_memory_s_source_says)
{
    static const double picojoules[] = { 6, 12, 3.97, 3.59 };
    const struct memory_kind *kind;

    for (size_t i = 0; (kind = memory_kind_at(i)); i++) {
        double bits = 8 * (double)kind->peak * kind->ceiling *
                      (1 - kind->busy / kind->interval);
        char *moving = memory_printf("SELECT energy_fj FROM costs"
                                     " WHERE component = '%s'",
                                     kind->moving.component);
        char *standing = memory_printf("SELECT leakage_nw FROM costs"
                                       " WHERE component = '%s'",
                                       kind->standing.component);

        ck_assert_double_eq_tol(
            (ask(moving) * 1e-15 * bits + ask(standing) * 1e-9) / bits * 1e12,
            picojoules[i], 1e-3);
        free(moving);
        free(standing);
    }
    ck_assert_uint_eq(sizeof picojoules / sizeof *picojoules, 4);
    ck_assert_ptr_null(memory_kind_at(4));
}
END_TEST

/* The last counts that fit, and one more. */
START_TEST(as_many_tokens_are_asked_for_as_are_counted_in_32_bits)
{
    struct infer_asked what = asked;

    what.prompt = 65535;
    what.batch = 32768;
    ck_assert_int_eq(infer_check(&what, &err), 0);
    what.prompt++;
    ck_assert_int_eq(infer_check(&what, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "65536 x 32768"));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("whole inferences in the store");
    TCase *tcase = tcase_create("replays");

    tcase_add_loop_test(
        tcase, a_linear_operator_counts_what_replays_of_its_layers_count, 0, 6);
    tcase_add_test(tcase,
                   buffers_are_those_asked_for_where_a_machine_states_none);
    tcase_add_test(tcase, the_file_tells_which_merge_mode_an_operator_took);
    tcase_add_test(tcase,
                   as_many_tokens_are_asked_for_as_are_counted_in_32_bits);
    tcase_add_loop_test(
        tcase, decoding_of_llama_2_7b_takes_its_bytes_over_the_rate, 0, 2);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("results");
    tcase_add_checked_fixture(tcase, enter, leave);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, bytes_of_each_class_follow_from_the_shapes_in_sql);
    tcase_add_test(tcase, energy_of_units_and_memory_follows_from_the_sizes);
    tcase_add_test(tcase, energy_is_that_of_the_counts_at_the_table_s_prices);
    tcase_add_test(tcase, every_number_lies_in_its_band);
    tcase_add_test(tcase, the_file_refuses_clocks_that_do_not_add_up);
    tcase_add_test(tcase, what_is_there_is_not_run_again);
    tcase_add_test(tcase, a_full_stream_costs_what_the_memory_s_source_says);
    suite_add_tcase(suite, tcase);
    return suite;
}
