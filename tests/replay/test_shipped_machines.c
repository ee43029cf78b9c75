/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every machine that is shipped runs every layer: MACHINES names their folder.
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "replay/machine_file.h"
#include "tests/models/cases.h"
#include "tests/suite.h"

static struct error err;
static glob_t files;

static void find_machines(void)
{
    char *pattern = memory_printf("%s/*.yaml", getenv("MACHINES"));

    ck_assert_int_eq(glob(pattern, 0, NULL, &files), 0);
    free(pattern);
}

static void forget_machines(void)
{
    globfree(&files);
}

static struct machine machine_at(size_t i)
{
    struct machine_file file;
    struct machine machine;

    if (machine_file_read(&file, files.gl_pathv[i], NULL, 0, &err) < 0)
        ck_abort_msg("%s", err.text);
    machine = file.machine;
    machine_file_release(&file);
    return machine;
}

static void run_exactly(size_t i, const struct test_case *test, uint64_t seed)
{
    struct machine machine = machine_at(i);
    int32_t *product = integer_product(test);
    struct layer_result result;

    ck_assert_msg(run_both_ways(&result, &machine, &test->layer, true, seed,
                                &err) == 0,
                  "%s, seed %llu: %s", files.gl_pathv[i],
                  (unsigned long long)seed, err.text);
    ck_assert_msg(
        memcmp(product, result.outputs,
               sizeof *product * test->layer.tokens * test->layer.outputs) == 0,
        "%s, seed %llu: not the integer product", files.gl_pathv[i],
        (unsigned long long)seed);
    layer_result_release(&result);
    free(product);
}

START_TEST(every_machine_makes_the_integer_product_of_any_layer)
{
    for (size_t i = 0; i < files.gl_pathc; i++) {
        for (uint64_t seed = 0; seed < 40; seed++) {
            uint64_t state = seed;
            struct test_case test;

            random_case(&test, &state);
            run_exactly(i, &test, seed);
            release_case(&test);
        }
    }
}
END_TEST

START_TEST(every_machine_runs_every_pattern_dense_too)
{
    static const char *const patterns[] = { "dense", "1:2", "2:4",  "1:4",
                                            "4:8",   "2:8", "1:8",  "3:8",
                                            "6:8",   "3:6", "5:14", "4:16" };

    ck_assert_uint_ge(files.gl_pathc, 13);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
            struct test_case test;

            golden_case(&test, patterns[p], 3, 336, 37, p % 2 ? 1 : 32);
            run_exactly(i, &test, p);
            release_case(&test);
        }
    }
}
END_TEST

/* At equal multipliers: 4096 products of 8 bits a clock, over all macros. */
START_TEST(every_machine_multiplies_as_much_in_a_clock)
{
    for (size_t i = 0; i < files.gl_pathc; i++) {
        struct machine machine = machine_at(i);

        ck_assert_msg(machine_multipliers(&machine) / machine_beats(&machine) ==
                          4096,
                      "%s", files.gl_pathv[i]);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("shipped machines");
    TCase *tcase = tcase_create("shipped machines");

    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, find_machines, forget_machines);
    tcase_add_test(tcase, every_machine_makes_the_integer_product_of_any_layer);
    tcase_add_test(tcase, every_machine_runs_every_pattern_dense_too);
    tcase_add_test(tcase, every_machine_multiplies_as_much_in_a_clock);
    suite_add_tcase(suite, tcase);
    return suite;
}
