/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers that answer different questions are not held against one another. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/query.h"
#include "tests/store/example.h"
#include "tests/store/scratch.h"
#include "tests/suite.h"

static struct error err;

static void enter(void)
{
    scratch_enter();
    example_fill_file("a.db");
}

/* The run of flow on flexcim again, of one token instead of 64 and a hundredth
 * of the cycles; `version`: of the program that made it. */
static void add_run_of_one_token(const char *version)
{
    char *sql = memory_printf(
        "CREATE TEMP TABLE r AS SELECT r.* FROM runs AS r"
        " JOIN machines AS m USING (machine_hash) JOIN traces AS t USING"
        " (trace_hash) JOIN plans AS p USING (plan_hash)"
        " WHERE m.name = 'flexcim' AND p.method = 'flow';"
        "CREATE TEMP TABLE t AS SELECT * FROM traces"
        " WHERE trace_hash = (SELECT trace_hash FROM r);"
        "UPDATE t SET trace_hash = replace(hex(zeroblob(32)), '00', 'ab');"
        "INSERT INTO traces SELECT * FROM t;"
        "CREATE TEMP TABLE l AS SELECT * FROM layer_results"
        " WHERE run = (SELECT run FROM r);"
        "CREATE TEMP TABLE v AS SELECT * FROM counter_values"
        " WHERE run = (SELECT run FROM r);"
        "UPDATE r SET run = 'abababababababab', trace_hash ="
        " replace(hex(zeroblob(32)), '00', 'ab'), version = '%s';"
        "UPDATE l SET run = 'abababababababab', tokens = 1, cycles ="
        " compute_cycles / 100, compute_cycles = compute_cycles / 100,"
        " weight_load_cycles = 0, memory_stall_cycles = 0,"
        " activation_stall_cycles = 0, output_stall_cycles = 0,"
        " drain_cycles = 0, kept_macs = kept_macs / 64;"
        "UPDATE v SET run = 'abababababababab', value = value / 100;"
        "INSERT INTO runs SELECT * FROM r;"
        "INSERT INTO layer_results SELECT * FROM l;"
        "INSERT INTO counter_values SELECT * FROM v",
        version);

    scratch_execute("a.db", sql);
    free(sql);
}

/* Of plan flow, over half the rows: lower than the dense one. */
static void measure_flow_on_other_rows(void)
{
    scratch_execute("a.db",
                    "UPDATE perplexities SET \"rows\" = 16, perplexity = 10"
                    " WHERE plan_hash = (SELECT plan_hash FROM plans"
                    " WHERE method = 'flow')");
}

START_TEST(a_run_of_fewer_tokens_beats_none_of_more)
{
    add_run_of_one_token("1.2.3+0123456789ab");
    scratch_assert("a.db",
                   "SELECT method, cycles, on_cycles, on_energy FROM v_front"
                   " WHERE machine = 'flexcim' ORDER BY method, cycles",
                   "flow|38|1|1\nflow|5000|1|1\nuniform|10000|1|1\n");
}
END_TEST

START_TEST(a_run_of_other_tokens_is_no_change_of_the_program)
{
    add_run_of_one_token("1.2.4+0123456789ab");
    scratch_assert("a.db", "SELECT count(*) FROM v_change", "0\n");
    /* the same tokens are */
    scratch_execute("a.db", "UPDATE layer_results SET tokens = 64");
    scratch_assert("a.db", "SELECT count(*) FROM v_change", "2\n");
}
END_TEST

START_TEST(points_whose_perplexities_are_of_other_rows_do_not_beat_one_another)
{
    static const char points[] =
        "SELECT count(*) FROM v_priced_point WHERE on_front"
        " AND machine = 'flexcim' AND method = 'uniform'";

    measure_flow_on_other_rows();
    scratch_assert("a.db", points, "1\n");
    scratch_execute("a.db", "UPDATE perplexities SET \"rows\" = 32");
    scratch_assert("a.db", points, "0\n"); /* on the same rows flow is better */
}
END_TEST

/* What tells the points of the front apart is in the answer: of one token, and
 * of 64 on other rows. */
START_TEST(the_front_says_what_its_points_are_of)
{
    struct query query;
    char *sql;

    add_run_of_one_token("1.2.3+0123456789ab");
    ck_assert(query_find(&query, "pareto"));
    sql = memory_printf("SELECT machine, method, tokens, \"rows\", arithmetic,"
                        " cycles FROM (%.*s) WHERE method = 'flow'",
                        (int)(strchr(query.sql, ';') - query.sql), query.sql);
    scratch_assert("a.db", sql,
                   "flexcim|flow|1|32|f32|38\nflexcim|flow|64|32|f32|5000\n");
    free(sql);
    measure_flow_on_other_rows();
    scratch_assert("a.db",
                   "SELECT count(DISTINCT tokens) FROM v_front"
                   " WHERE machine = 'flexcim'",
                   "2\n");
}
END_TEST

/* That of the model as it is belongs to a plan that prunes nothing, and to no
 * other; of several rows, to most of them. */
START_TEST(a_plan_that_prunes_nothing_has_the_perplexities_of_the_model)
{
    static const char asked[] =
        "SELECT DISTINCT perplexity, perplexity_int8 FROM v_inference";

    scratch_execute("a.db",
                    "INSERT INTO perplexities SELECT model_hash, NULL,"
                    " tokens_hash, tensor, column1, tokens, column2, version,"
                    " column3, invocation FROM perplexities JOIN (VALUES"
                    " (32, 'w8a8', 21), (31, 'w8a8', 19),"
                    " (32, 'machine', 22), (31, 'machine', 18))"
                    " WHERE plan_hash IS NULL");
    scratch_assert("a.db", asked, "NULL|NULL\n");
    scratch_execute("a.db", "UPDATE plans SET sparsity_reached = 0");
    scratch_assert("a.db", asked, "22.0|21.0\n");
}
END_TEST

static int ignore_names(void *context, size_t columns, const char *const *names,
                        struct error *unused)
{
    (void)context, (void)columns, (void)names, (void)unused;
    return 0;
}

struct claim {
    size_t rows;
    double number; /* of the last row */
};

/* `claim`, `scope`, `verdict` and `number` are the first columns of claims. */
static int take_perplexity(void *context, const struct query_value *values,
                           struct error *unused)
{
    struct claim *claim = context;

    (void)unused;
    if (strcmp(values[0].text, "accuracy") != 0 ||
        strcmp(values[1].text, "perplexity") != 0 ||
        values[3].type == QUERY_NULL)
        return 0;
    claim->rows++;
    claim->number = values[3].real;
    return 0;
}

static struct claim ask_claims(void)
{
    struct claim claim = { 0 };
    struct query_sink sink = { ignore_names, take_perplexity, &claim };
    struct store *store = example_open("a.db", STORE_READ);

    if (query_run(store, &(struct query_ask){ .name = "claims" }, &sink, &err) <
        0)
        ck_abort_msg("%s", err.text);
    store_close(store);
    return claim;
}

/* Flow and a uniform plan, from the calibration rows of each of two draws. */
START_TEST(flow_is_held_against_the_uniform_plan_of_its_own_draw)
{
    struct claim claim;

    scratch_execute(
        "a.db",
        "CREATE TEMP TABLE p AS SELECT p.*, column1 AS draw, column2 AS way,"
        " column3 AS perplexity FROM plans AS p, (VALUES"
        " ('a', 'flow', 20.0), ('a', 'uniform', 40.0), ('b', 'flow', 30.0),"
        " ('b', 'uniform', 40.0)) WHERE p.method = 'flow';"
        "UPDATE p SET method = way, sparsity_asked = 0.75, plan_hash ="
        " replace(hex(zeroblob(32)), '00', draw || substr(way, 1, 1)),"
        " parameters = json_object('calibration', json_object('hash', draw));"
        "INSERT INTO plans SELECT plan_hash, model_hash, trace_hash, method,"
        " parameters, mask_score, weight_update, agreement, sparsity_asked,"
        " sparsity_reached, text FROM p;"
        "INSERT INTO perplexities SELECT p.model_hash, p.plan_hash,"
        " q.tokens_hash, q.tensor, q.\"rows\", q.tokens, q.arithmetic,"
        " q.version, p.perplexity, q.invocation FROM p, perplexities AS q"
        " WHERE q.plan_hash IS NULL");
    claim = ask_claims();
    ck_assert_uint_eq(claim.rows, 2); /* not 4 */
    scratch_execute("a.db", "DELETE FROM plans WHERE plan_hash LIKE 'af%'");
    claim = ask_claims();
    ck_assert_uint_eq(claim.rows, 1);
    ck_assert_double_eq_tol(claim.number, 0.25, 1e-9); /* 30 beside 40 */
}
END_TEST

/* In cycles flexcim takes half of what dense does, whose clock is half as fast;
 * of the inference two thirds. */
START_TEST(speed_ups_of_one_row_are_all_of_time)
{
    static const char speed_ups[] =
        "SELECT whole_speed_up, linear_only_speed_up FROM v_inference_speed_up"
        " WHERE machine = 'flexcim' AND rival = 'dense'";

    scratch_assert("a.db", speed_ups, "1.5|2.0\n");
    scratch_execute("a.db", "UPDATE machines SET clock_mhz = 250"
                            " WHERE name = 'dense'");
    scratch_assert("a.db", speed_ups, "3.0|4.0\n");
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("compared");
    TCase *tcase = tcase_create("compared");

    tcase_add_checked_fixture(tcase, enter, scratch_leave);
    tcase_add_test(tcase, a_run_of_fewer_tokens_beats_none_of_more);
    tcase_add_test(tcase, the_front_says_what_its_points_are_of);
    tcase_add_test(
        tcase, a_plan_that_prunes_nothing_has_the_perplexities_of_the_model);
    tcase_add_test(tcase, speed_ups_of_one_row_are_all_of_time);
    tcase_add_test(tcase, a_run_of_other_tokens_is_no_change_of_the_program);
    tcase_add_test(
        tcase,
        points_whose_perplexities_are_of_other_rows_do_not_beat_one_another);
    tcase_add_test(tcase,
                   flow_is_held_against_the_uniform_plan_of_its_own_draw);
    suite_add_tcase(suite, tcase);
    return suite;
}
