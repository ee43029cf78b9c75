/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Thousands of small random machines and layers: outputs against the integer
 * product, clocks against a second machine that steps from clock to clock.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/models/cases.h"
#include "tests/models/reference.h"
#include "tests/suite.h"

enum { LOOPS = 16, SOAK_LOOPS = 1200, ROUNDS = 1000 };

static uint64_t sum_of(const uint64_t clocks[CLOCK_CATEGORIES])
{
    uint64_t sum = 0;

    for (int i = 0; i < CLOCK_CATEGORIES; i++)
        sum += clocks[i];
    return sum;
}

static void check_values(const struct test_case *test,
                         const struct layer_result *result, uint64_t seed)
{
    const struct layer *layer = &test->layer;
    int32_t *product = integer_product(test);

    ck_assert_msg(
        memcmp(product, result->outputs,
               sizeof *product * layer->tokens * layer->shape.outputs) == 0,
        "seed %llu: outputs are not the integer product",
        (unsigned long long)seed);
    free(product);
}

/* From clocks, masks or other counters: held against other things. */
static bool is_derived(int counter)
{
    return counter == COUNTER_KEPT_MACS ||
           counter == COUNTER_EMPTY_CELL_OPERATIONS ||
           counter == COUNTER_HIDDEN_LOAD_CLOCKS ||
           counter == COUNTER_HIDDEN_READ_CLOCKS;
}

static void check_time(const struct layer_result *result,
                       const struct reference *reference, uint64_t seed)
{
    const uint64_t *counters = result->counters;

    ck_assert_msg(pattern_equal(result->run_as, reference->run_as),
                  "seed %llu: ran as %u:%u, not %u:%u",
                  (unsigned long long)seed, result->run_as.n, result->run_as.m,
                  reference->run_as.n, reference->run_as.m);
    ck_assert_msg(result->cycles == reference->cycles,
                  "seed %llu: %llu cycles, not %llu", (unsigned long long)seed,
                  (unsigned long long)result->cycles,
                  (unsigned long long)reference->cycles);
    for (int i = 0; i < CLOCK_CATEGORIES; i++)
        ck_assert_msg(result->clocks[i] == reference->clocks[i],
                      "seed %llu: %llu clocks of %s, not %llu",
                      (unsigned long long)seed,
                      (unsigned long long)result->clocks[i],
                      clock_category_names[i],
                      (unsigned long long)reference->clocks[i]);
    ck_assert_msg(sum_of(result->clocks) == result->cycles,
                  "seed %llu: categories add up to %llu of %llu cycles",
                  (unsigned long long)seed,
                  (unsigned long long)sum_of(result->clocks),
                  (unsigned long long)result->cycles);
    ck_assert_msg(result->merged == reference->merged,
                  "seed %llu: ran in merge mode %u, not %u",
                  (unsigned long long)seed, result->merged, reference->merged);
    ck_assert_msg((result->way == SCHEDULE_STREAM) == reference->streams &&
                      result->block_tokens == reference->block,
                  "seed %llu: blocks of %u tokens in way %d, not %u, %d",
                  (unsigned long long)seed, result->block_tokens, result->way,
                  reference->block, reference->streams);
    ck_assert_uint_eq(result->way_bytes[result->way],
                      counters[COUNTER_DRAM_BYTES_READ] +
                          counters[COUNTER_DRAM_BYTES_WRITTEN]);
    for (int i = 0; i < COUNTERS; i++) {
        if (!is_derived(i))
            ck_assert_msg(counters[i] == reference->counters[i],
                          "seed %llu: %s %s is %llu, not %llu",
                          (unsigned long long)seed, counter_table[i].block,
                          counter_table[i].name,
                          (unsigned long long)counters[i],
                          (unsigned long long)reference->counters[i]);
    }
    ck_assert(result->utilisation > 0 && result->utilisation <= 1);
}

/* True if the machine could run the layer. */
static bool check_round(uint64_t seed)
{
    uint64_t state = seed;
    struct machine machine;
    struct test_case test;
    struct layer_result result;
    struct reference reference;
    struct error err;
    bool runs;

    random_machine(&machine, &state);
    random_case(&test, &state);
    runs = reference_run(&reference, &machine, &test);
    ck_assert_msg((run_both_ways(&result, &machine, &test.layer, true, seed,
                                 &err) == 0) == runs,
                  "seed %llu", (unsigned long long)seed);
    if (runs) {
        check_values(&test, &result, seed);
        check_time(&result, &reference, seed);
        layer_result_release(&result);
    }
    release_case(&test);
    return runs;
}

START_TEST(every_machine_gives_the_product_in_the_clocks_of_the_second_machine)
{
    unsigned ran = 0;

    for (unsigned round = 0; round < ROUNDS; round++)
        ran += check_round((uint64_t)_i * ROUNDS + round);
    ck_assert_uint_gt(ran, ROUNDS * 3 / 4);
}
END_TEST

/* Faults that only one in many thousand rounds shows. */
START_TEST(what_was_wrong_once_is_right)
{
    static const uint64_t seeds[] = {
        258288, /* two banks, of which only one still waits for its entries */
    };

    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        ck_assert_msg(check_round(seeds[i]), "seed %llu draws another machine",
                      (unsigned long long)seeds[i]);
}
END_TEST

/* A row that no random machine draws is a row whose faults nobody sees. */
START_TEST(every_parameter_is_drawn)
{
    size_t rows;
    const struct parameter *const *table = machine_parameters(&rows);
    struct machine machine, first;
    uint64_t seed = 1;

    random_machine(&first, &seed);
    for (size_t i = 0; i < rows; i++) {
        unsigned others = 0;

        if (strcmp(table[i]->path, "title") == 0)
            continue;
        for (unsigned round = 0; round < 500 && others == 0; round++) {
            struct text was, is;

            random_machine(&machine, &seed);
            text_init(&was);
            text_init(&is);
            parameter_print(&was, &first, table[i]);
            parameter_print(&is, &machine, table[i]);
            others += strcmp(was.at, is.at) != 0;
            text_release(&was);
            text_release(&is);
        }
        ck_assert_msg(others > 0,
                      "%s: random_machine() of tests/models/cases.c does not "
                      "draw it",
                      table[i]->path);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("random machines");
    TCase *against = tcase_create("against the second machine");

    tcase_set_timeout(against, 600);
    tcase_add_loop_test(
        against,
        every_machine_gives_the_product_in_the_clocks_of_the_second_machine, 0,
        (int)suite_rounds(getenv("MODELS_SOAK") ? suite_share(SOAK_LOOPS)
                                                : LOOPS));
    tcase_add_test(against, what_was_wrong_once_is_right);
    tcase_add_test(against, every_parameter_is_drawn);
    suite_add_tcase(suite, against);
    return suite;
}
