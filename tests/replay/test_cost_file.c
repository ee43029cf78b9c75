/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "replay/cost_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "replay/machine_file.h"
#include "store/query.h"
#include "tests/suite.h"

static struct store *store;
static struct error err;
static char path[] = "/tmp/test_cost_file.XXXXXX.yaml";

static void begin(void)
{
    int file = mkstemps(path, 5);

    ck_assert_int_ge(file, 0);
    close(file);
    ck_assert_int_eq(store_open_scratch(&store, &err), 0);
}

static void end(void)
{
    unlink(path);
    memset(strchr(path, '.') + 1, 'X', 6);
    store_close(store);
}

static int put(const char *text)
{
    char *table = NULL;
    int status;

    ck_assert_int_eq(file_put(path, text, strlen(text), &err), 0);
    status = cost_file_put(&table, path, store, &err);
    ck_assert_int_eq(table != NULL, status == 0);
    free(table);
    return status;
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
    *(double *)context = values[0].type == QUERY_INTEGER
                             ? (double)values[0].integer
                             : values[0].real;
    return 0;
}

static double number(const char *sql)
{
    double value = -1;
    struct query_sink sink = { ignore_names, take_number, &value };
    struct query_ask question = { .sql = sql };

    ck_assert_msg(query_run(store, &question, &sink, &err) == 0, "%s",
                  err.text);
    return value;
}

START_TEST(a_file_says_what_differs_from_base)
{
    ck_assert_msg(put("source: me\nfull_adder:\n  energy_fj: 2.5\n") == 0, "%s",
                  err.text);
    ck_assert_double_eq(number("SELECT count(*) FROM costs AS a JOIN costs AS b"
                               " USING (component)"
                               " WHERE a.cost_table = 'base'"
                               " AND b.cost_table <> 'base'"
                               " AND a.energy_fj <> b.energy_fj"),
                        1);
    ck_assert_double_eq(number("SELECT energy_fj FROM costs"
                               " WHERE source = 'me'"),
                        2.5);
}
END_TEST

START_TEST(what_is_wrong_is_told_by_line_and_nothing_is_kept)
{
    static const char *const wrong[] = {
        "full_adder:\n  energy_fj: -1\n",
        "full_adder:\n  energy: 1\n",
        "full_added:\n  energy_fj: 1\n",
        "full_adder:\n  - 1\n",
        "full_adder:\n  energy_least: 2\n",
        "full_adder:\n  leakage_most: 0.5\n",
        "full_adder:\n  node_nm: 0\n",
        "full_adder:\n  voltage_v: 0\n",
        "and_gate: {energy_fj: 1}\nfull_adder:\n  energy_fj: 1x\n",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_int_eq(put(wrong[i]), -1);
        ck_assert_int_eq(err.kind, ERROR_DATA);
        ck_assert_ptr_nonnull(strstr(err.text, ".yaml:"));
        ck_assert_double_eq(number("SELECT count(DISTINCT cost_table)"
                                   " FROM costs"),
                            1);
    }
}
END_TEST

START_TEST(the_cost_table_has_every_component_of_every_machine)
{
    char **names;
    size_t count = machine_names(&names);

    ck_assert_uint_ge(count, 7);
    for (size_t i = 0; i < count; i++) {
        struct machine_file file;

        ck_assert_int_eq(machine_file_read(&file, names[i], NULL, 0, &err), 0);
        ck_assert_msg(machine_file_put(&file, store, &err) == 0, "%s",
                      err.text);
        machine_file_release(&file);
        free(names[i]);
    }
    free(names);
    ck_assert_double_eq(number("SELECT count(*) FROM machine_parts"
                               " WHERE component NOT IN"
                               " (SELECT component FROM costs)"),
                        0);
    ck_assert_double_gt(number("SELECT count(*) FROM machine_parts"), 100);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("cost_file");
    TCase *tcase = tcase_create("cost_file");

    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, a_file_says_what_differs_from_base);
    tcase_add_test(tcase, what_is_wrong_is_told_by_line_and_nothing_is_kept);
    tcase_add_test(tcase, the_cost_table_has_every_component_of_every_machine);
    suite_add_tcase(suite, tcase);
    return suite;
}
