/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Merge modes: what a macro whose sub-macros are added in teams must be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "models/blocks/output_buffer.h"
#include "tests/models/cases.h"
#include "tests/suite.h"

static struct layer_result run(const struct machine *machine,
                               const struct test_case *test, uint64_t seed)
{
    struct layer_result result;
    struct error err;

    ck_assert_msg(run_both_ways(&result, machine, &test->layer, true, seed,
                                &err) == 0,
                  "seed %llu: %s", (unsigned long long)seed, err.text);
    return result;
}

static bool can_run(const struct machine *machine, const struct test_case *test)
{
    struct accelerator_options options = { 0 };
    struct layer_result result;
    struct error err;

    return accelerator_run(&result, machine, &test->layer, &options, &err) == 0;
}

static void set_mode(struct machine *machine, uint64_t mode)
{
    snprintf(machine->merge.modes, sizeof machine->merge.modes, "%llu",
             (unsigned long long)mode);
}

/* Output operations hidden behind a pass, one token block, loads of a clock. */
static void wide_machine(struct machine *machine, uint64_t *seed)
{
    random_trees(machine, seed);
    machine->fallback = MACHINE_FALLBACK_NEVER;
    machine->outputs.banks = 65536;
    machine->outputs.ports = 2;
    machine->outputs.fifo = 0;
    machine->activations.capacity = machine->outputs.capacity = 0;
    machine->weights.port_bytes = 1 << 20;
    machine->weights.storage = MACHINE_REGISTERS;
    machine->select.strict_serial = false;
    machine->select.selects = machine->macro.columns / machine->select.share;
}

START_TEST(mode_g_is_a_macro_of_g_sub_macros_in_all_but_latency)
{
    uint64_t seed = (uint64_t)_i << 32;
    unsigned ran = 0;

    while (ran < 150) {
        struct machine apart, narrow;
        struct layer_result result, expected;
        struct test_case test;
        uint64_t mode, teams;
        uint32_t levels;

        wide_machine(&apart, &seed);
        random_case(&test, &seed);
        mode = 1ull << random_below(&seed,
                                    machine_log2(apart.macro.sub_macros) + 1);
        teams = apart.macro.sub_macros / mode;
        test.layer.agreement = 1;
        set_mode(&apart, mode);
        narrow = apart;
        strcpy(narrow.merge.modes, "all");
        narrow.macro.sub_macros = mode;
        narrow.macro.columns *= teams;
        narrow.select.selects *= teams;
        if (can_run(&narrow, &test)) {
            levels = machine_latency(&apart) - machine_latency(&narrow);
            result = run(&apart, &test, seed);
            expected = run(&narrow, &test, seed);
            expected.clocks[CLOCK_DRAIN] += levels;
            expected.counters[COUNTER_MERGE_HANDED_ON] =
                machine_log2(teams) * expected.counters[COUNTER_SUMS_WRITTEN];
            ck_assert_uint_eq(result.merged, mode);
            ck_assert_uint_eq(result.cycles, expected.cycles + levels);
            ck_assert_mem_eq(result.clocks, expected.clocks,
                             sizeof result.clocks);
            ck_assert_mem_eq(result.counters, expected.counters,
                             sizeof result.counters);
            ck_assert_mem_eq(result.outputs, expected.outputs,
                             sizeof *result.outputs * test.layer.tokens *
                                 test.layer.shape.outputs);
            layer_result_release(&result);
            layer_result_release(&expected);
            ran++;
        }
        release_case(&test);
    }
}
END_TEST

START_TEST(more_modes_never_cost_clocks)
{
    uint64_t seed = (uint64_t)_i << 32;
    unsigned tried = 0, gained = 0;

    while (tried < 200) {
        struct machine machine;
        struct test_case test;

        random_trees(&machine, &seed);
        random_case(&test, &seed);
        machine.outputs.banks =
            machine.macro.columns * machine.macro.sub_macros * machine.macros;
        strcpy(machine.merge.modes, "all");
        if (can_run(&machine, &test)) {
            struct layer_result all = run(&machine, &test, seed), adapted;

            machine.merge.modes[0] = '\0';
            for (uint64_t mode = 1; mode <= machine.macro.sub_macros; mode *= 2)
                sprintf(machine.merge.modes + strlen(machine.merge.modes),
                        "%s%llu", mode > 1 ? "," : "",
                        (unsigned long long)mode);
            adapted = run(&machine, &test, seed);
            ck_assert_uint_le(adapted.cycles, all.cycles);
            /* But where only fewer together run it as its own pattern. */
            ck_assert(adapted.cycles < all.cycles ||
                      adapted.merged == machine.macro.sub_macros ||
                      (pattern_is_dense(all.run_as) &&
                       !pattern_is_dense(adapted.run_as)));
            gained += adapted.cycles < all.cycles;
            tried++;
            layer_result_release(&all);
            layer_result_release(&adapted);
        }
        release_case(&test);
    }
    ck_assert_uint_gt(gained, tried / 20);
}
END_TEST

START_TEST(a_list_of_modes_is_read_or_refused)
{
    static const struct {
        const char *text;
        uint32_t modes;
    } lists[] = {
        { "all", 1 << 2 }, { "1", 1 },   { "4", 4 },      { "1,2,4", 7 },
        { "1,4", 5 },      { "", 0 },    { "8", 0 },      { "3", 0 },
        { "2,1", 0 },      { "1,1", 0 }, { "1,", 0 },     { ",1", 0 },
        { "1 2", 0 },      { "01", 0 },  { "-1", 0 },     { "1;2", 0 },
        { "every", 0 },    { " 1", 0 },  { "1,2,4,", 0 }, { "+2", 0 },
    };
    struct machine machine;
    struct error err;

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        golden_machine(&machine);
        strcpy(machine.merge.modes, lists[i].text);
        ck_assert_msg(machine_merge_modes(&machine) == lists[i].modes, "%s",
                      lists[i].text);
        ck_assert_int_eq(machine_check(&machine, &err),
                         lists[i].modes ? 0 : -1);
        if (!lists[i].modes)
            ck_assert_ptr_nonnull(strstr(err.text, "rising list of powers"));
    }
}
END_TEST

Suite *make_suite(void)
{
    int times = getenv("MODELS_SOAK") ? 50 : 1;
    Suite *suite = suite_create("merge modes");
    TCase *tcase = tcase_create("merge modes");

    tcase_set_timeout(tcase, 600);
    tcase_add_loop_test(tcase,
                        mode_g_is_a_macro_of_g_sub_macros_in_all_but_latency, 0,
                        4 * times);
    tcase_add_loop_test(tcase, more_modes_never_cost_clocks, 0, 4 * times);
    tcase_add_test(tcase, a_list_of_modes_is_read_or_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
