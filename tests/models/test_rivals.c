/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The systolic array and the machine that skips zero blocks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/arithmetic.h"
#include "base/random.h"
#include "models/arrays/array.h"
#include "tests/models/cases.h"
#include "tests/suite.h"

static uint32_t between(uint64_t *seed, uint32_t low, uint32_t high)
{
    return low + (uint32_t)random_below(seed, high - low + 1u);
}

static void machine_of(struct machine *machine, const char *settings)
{
    golden_machine(machine);
    set_machine(machine, settings);
}

static struct layer_result run(const struct machine *machine,
                               const struct layer *layer, uint64_t seed)
{
    struct layer_result result;
    struct error err;

    ck_assert_msg(run_both_ways(&result, machine, layer, true, seed, &err) == 0,
                  "seed %llu: %s", (unsigned long long)seed, err.text);
    return result;
}

static uint64_t run_exactly(const struct machine *machine,
                            const struct test_case *test, uint64_t seed)
{
    struct layer_result result = run(machine, &test->layer, seed);
    int32_t *product = integer_product(test);

    ck_assert_msg(memcmp(product, result.outputs,
                         sizeof *product * test->layer.tokens *
                             test->layer.shape.outputs) == 0,
                  "seed %llu: not the integer product",
                  (unsigned long long)seed);
    free(product);
    layer_result_release(&result);
    return result.cycles;
}

/* ceil(K' / R) ceil(N / C) (2 R + C + M - 2) - 1 with SCALE-Sim's letters: M
 * tokens, N outputs, K' kept inputs; observed on that program's own runs. */
START_TEST(published_clocks_are_the_closed_form_of_the_weight_stationary_mode)
{
    static const char *const patterns[] = { "dense", "1:2", "2:4",
                                            "4:8",   "1:4", "2:8" };
    uint64_t seed = 1;

    for (unsigned round = 0; round < suite_rounds(1000); round++) {
        uint32_t rows = 8u << random_below(&seed, 4),
                 columns = 1u << random_below(&seed, 6);
        uint32_t tokens = between(&seed, 1, 200),
                 inputs = 8 * between(&seed, 1, 60),
                 outputs = between(&seed, 1, 150), kept, folds;
        const char *name = patterns[random_below(&seed, 6)];
        struct accelerator_options options = { .slow = round % 8 == 0 };
        struct layer layer = { .tokens = tokens,
                               .shape.inputs = inputs,
                               .shape.outputs = outputs,
                               .agreement = 1 };
        struct layer_result result;
        struct machine machine;
        struct error err;
        char settings[256], text[32];

        snprintf(settings, sizeof settings,
                 "array.kind=systolic array.published=weight_stationary "
                 "macro.sub_macros=1 "
                 "macro.rows=%u macro.columns=%u select.selects=%u",
                 rows, columns, columns);
        machine_of(&machine, settings);
        ck_assert_int_eq(pattern_parse(&layer.pattern, name, &err), 0);
        snprintf(text, sizeof text, "round %u", round);
        layer.shape.name = text;
        ck_assert_int_eq(
            accelerator_run(&result, &machine, &layer, &options, &err), 0);
        kept = pattern_kept(layer.pattern, inputs);
        folds = (uint32_t)(divide_up(kept, rows) * divide_up(outputs, columns));
        ck_assert_uint_eq(result.cycles,
                          (uint64_t)folds * (2 * rows + columns + tokens - 2) -
                              1);
    }
}
END_TEST

/* ceil(M / R) ceil(N / C) (K + R + C - 2) - 1 in the same letters. */
static void run_output_stationary(uint32_t rows, uint32_t columns,
                                  uint32_t tokens, uint32_t inputs,
                                  uint32_t outputs, bool slow)
{
    struct accelerator_options options = { .slow = slow };
    char any[] = "any";
    struct layer layer = { .shape.name = any,
                           .tokens = tokens,
                           .shape.inputs = inputs,
                           .shape.outputs = outputs,
                           .pattern = { 4, 8 },
                           .agreement = 1 };
    uint64_t folds = divide_up(tokens, rows) * divide_up(outputs, columns);
    struct layer_result result;
    struct machine machine;
    struct error err;
    char settings[256];

    snprintf(settings, sizeof settings,
             "array.kind=systolic array.published=output_stationary "
             "patterns=dense macro.sub_macros=1 macro.rows=%u "
             "macro.columns=%u select.selects=%u",
             rows, columns, columns);
    machine_of(&machine, settings);
    ck_assert_int_eq(accelerator_run(&result, &machine, &layer, &options, &err),
                     0);
    ck_assert_msg(
        result.cycles == folds * ((uint64_t)inputs + rows + columns - 2) - 1,
        "%u x %u array, %u x %u x %u, slow %d: %llu", rows, columns, tokens,
        inputs, outputs, slow, (unsigned long long)result.cycles);
}

START_TEST(published_clocks_are_the_closed_form_of_the_output_stationary_mode)
{
    uint64_t seed = 2;

    for (unsigned round = 0; round < suite_rounds(5000); round++) {
        uint32_t rows = 4u << random_below(&seed, 5),
                 columns = 4u << random_below(&seed, 5);
        uint32_t tokens = between(&seed, 1, 150),
                 inputs = between(&seed, 1, 300),
                 outputs = between(&seed, 1, 150);

        run_output_stationary(rows, columns, tokens, inputs, outputs,
                              round % 100 == 0);
    }
    /* 128 x 128 x 128 on 32 x 32: SCALE-Sim gives 3039 */
    run_output_stationary(32, 32, 128, 128, 128, true);
}
END_TEST

/* Published clocks start at 0: of a product that takes one nothing is left. */
static void machine_of_rows(struct machine *machine, int rows)
{
    char settings[256];

    snprintf(settings, sizeof settings,
             "array.kind=systolic patterns=dense "
             "array.published=output_stationary macro.sub_macros=1 "
             "macro.rows=%d macro.columns=1 select.selects=1",
             rows);
    machine_of(machine, settings);
}

START_TEST(a_product_that_is_over_in_clock_0_is_refused)
{
    char any[] = "any";
    const struct layer layer = { .shape.name = any,
                                 .tokens = 1,
                                 .shape.inputs = 1,
                                 .shape.outputs = 1,
                                 .pattern = pattern_dense,
                                 .agreement = 1 };
    struct layer_result result;
    struct machine machine;
    struct error err;

    for (int slow = 0; slow < 2; slow++) {
        const struct accelerator_options options = { .slow = slow };

        machine_of_rows(&machine, 1);
        ck_assert_int_eq(
            accelerator_run(&result, &machine, &layer, &options, &err), -1);
        ck_assert_int_eq(err.kind, ERROR_DATA);
        ck_assert_msg(strstr(err.text, "layer any: is over in clock 0"), "%s",
                      err.text);
        machine_of_rows(&machine, 2); /* 1 + 2 + 1 - 2, less 1 */
        ck_assert_msg(accelerator_run(&result, &machine, &layer, &options,
                                      &err) == 0,
                      "%s", err.text);
        ck_assert_uint_eq(result.cycles, 1);
        layer_result_release(&result);
    }
}
END_TEST

START_TEST(outputs_of_the_output_stationary_mode_are_the_integer_product)
{
    for (uint64_t seed = 0; seed < 40; seed++) {
        uint64_t state = seed;
        struct machine machine;
        struct test_case test;

        machine_of(&machine, "array.kind=systolic patterns=dense "
                             "array.published=output_stationary "
                             "macro.sub_macros=1 macro.rows=16 "
                             "macro.columns=8 select.selects=8");
        random_case(&test, &state);
        run_exactly(&machine, &test, seed);
        release_case(&test);
    }
}
END_TEST

/* One processing element a multiplier, stepped clock by clock: inputs enter row
 * r r clocks late, move east, sums move south. */
static uint64_t clocks_of_grid(uint32_t rows, uint32_t columns, uint32_t tokens,
                               const int8_t *weight, const int8_t *input,
                               int32_t *output)
{
    int8_t *held = memory_new((size_t)rows * columns, 1);
    int32_t *sum = memory_new((size_t)rows * columns, sizeof *sum);
    uint64_t clock = 0, left = (uint64_t)tokens * columns;

    for (; left > 0; clock++) {
        for (uint32_t r = rows; r-- > 0;) {
            for (uint32_t c = columns; c-- > 0;) {
                uint64_t due = clock - r;
                int8_t in = c > 0 ? held[r * columns + c - 1] : 0;

                if (c == 0 && clock >= r && due < tokens)
                    in = input[due * rows + r];
                held[r * columns + c] = in;
                sum[r * columns + c] =
                    (r > 0 ? sum[(r - 1) * columns + c] : 0) +
                    in * weight[r * columns + c];
            }
        }
        for (uint32_t c = 0; c < columns; c++) {
            uint64_t late = rows - 1 + c;

            if (clock < late || clock - late >= tokens)
                continue;
            output[(clock - late) * columns + c] =
                sum[(size_t)(rows - 1) * columns + c];
            left--;
        }
    }
    free(held);
    free(sum);
    return clock;
}

START_TEST(one_fold_is_a_grid_of_processing_elements)
{
    for (uint64_t seed = 0; seed < 60; seed++) {
        uint64_t state = seed;
        uint32_t rows = 2u << random_below(&state, 4),
                 columns = 1u << random_below(&state, 5),
                 tokens = between(&state, 1, 40);
        size_t cells = (size_t)rows * columns;
        int8_t *turned = memory_new(cells, 1);
        int32_t *output = memory_new((size_t)tokens * columns, sizeof *output);
        struct layer_result result;
        struct machine machine;
        struct test_case test;
        char settings[256];
        uint64_t clocks;

        snprintf(settings, sizeof settings,
                 "array.kind=systolic macro.sub_macros=1 macro.rows=%u "
                 "macro.columns=%u select.selects=%u",
                 rows, columns, columns);
        machine_of(&machine, settings);
        golden_case(&test, "dense", tokens, rows, columns, 1);
        for (uint32_t r = 0; r < rows; r++) {
            for (uint32_t c = 0; c < columns; c++)
                turned[r * columns + c] = test.weights[c * rows + r];
        }
        clocks =
            clocks_of_grid(rows, columns, tokens, turned, test.input, output);
        result = run(&machine, &test.layer, seed);
        ck_assert_mem_eq(output, result.outputs,
                         sizeof *output * tokens * columns);
        /* a load of R clocks before, product and output register */
        ck_assert_uint_eq(result.cycles, rows + clocks + 2);
        layer_result_release(&result);
        release_case(&test);
        free(output);
        free(turned);
    }
}
END_TEST

START_TEST(systolic_outputs_are_the_integer_product_both_ways)
{
    for (uint64_t seed = 0; seed < 150; seed++) {
        uint64_t state = seed;
        struct machine machine;
        struct test_case test;
        char settings[256];
        uint32_t columns = 4u << random_below(&state, 4);

        random_case(&test, &state);
        snprintf(settings, sizeof settings,
                 "array.kind=systolic array.broadcast=%u macro.sub_macros=%u "
                 "macro.rows=%u macro.columns=%u select.selects=%u "
                 "select.reach=%u weights.banks=%u macros=%u "
                 "activations.banks=%u outputs.banks=%u",
                 1u << random_below(&state, 3), 1u << random_below(&state, 3),
                 16u << random_below(&state, 2), columns, columns,
                 2u << random_below(&state, 3), between(&state, 1, 2),
                 between(&state, 1, 2), between(&state, 1, 4),
                 between(&state, 8, 64));
        machine_of(&machine, settings);
        run_exactly(&machine, &test, seed);
        release_case(&test);
    }
}
END_TEST

static void remask(struct test_case *test, const uint8_t *mask)
{
    memcpy(test->mask, mask,
           (size_t)test->layer.shape.inputs * test->layer.shape.outputs);
    layer_release_packed(&test->layer);
    layer_pack(&test->layer, test->weights, test->mask);
}

static const char skipping[] =
    "patterns=dense select.share=32 "
    "select.selects=1 select.reach=1 select.skip=yes";

START_TEST(inputs_that_no_column_keeps_take_no_slot)
{
    for (uint32_t agreement = 1; agreement <= 64; agreement *= 2) {
        struct machine machine, plain;
        struct test_case test;
        uint64_t skipped, whole;

        machine_of(&machine, skipping);
        machine_of(&plain, "patterns=dense select.share=32 select.selects=1 "
                           "select.reach=1");
        golden_case(&test, "2:8", 16, 512, 64, agreement);
        skipped = run_exactly(&machine, &test, agreement);
        whole = run_exactly(&plain, &test, agreement);
        /* per 32 columns, K tiles of 128 slots: 4 dense, 1 if a quarter is */
        ck_assert_uint_eq(whole, 2 * 4 * (32 + 16) + 11);
        if (agreement >= 32)
            ck_assert_uint_eq(skipped, 2 * 1 * (32 + 16) + 11);
        if (agreement == 1)
            ck_assert_uint_eq(skipped, whole);
        release_case(&test);
    }
}
END_TEST

START_TEST(skipping_keeps_the_integer_product_for_any_mask)
{
    for (uint64_t seed = 0; seed < 150; seed++) {
        uint64_t state = seed;
        struct machine machine;
        struct test_case test;
        uint8_t *mask;

        machine_of(&machine, skipping);
        machine.macro.input_bits = 1u << random_below(&state, 4);
        machine.macros = between(&state, 1, 3);
        random_case(&test, &state);
        mask = memory_new(
            (size_t)test.layer.shape.inputs * test.layer.shape.outputs, 1);
        test.layer.agreement = 1u << random_below(&state, 7);
        random_mask(mask, &test.layer, &state);
        if (!pattern_is_dense(test.layer.pattern))
            remask(&test, mask);
        run_exactly(&machine, &test, seed);
        free(mask);
        release_case(&test);
    }
}
END_TEST

/* Two kept of each four: 4:8 by name, 2:4 by its masks. */
START_TEST(row_wise_goes_by_the_masks_and_not_by_the_pattern)
{
    struct machine machine, plain;
    struct test_case wide, narrow;
    uint64_t by_mask, by_name;

    machine_of(&plain, "array.kind=systolic patterns=1:4,2:4,dense "
                       "select.reach=2");
    machine_of(&machine, "array.kind=systolic patterns=1:4,2:4,dense "
                         "select.reach=2 select.row_wise=yes");
    golden_case(&narrow, "2:4", 16, 512, 64, 1);
    golden_case(&wide, "4:8", 16, 512, 64, 1);
    remask(&wide, narrow.mask);
    by_mask = run_exactly(&machine, &wide, 0);
    by_name = run_exactly(&plain, &wide, 0);
    ck_assert_uint_eq(by_mask, run_exactly(&plain, &narrow, 0));
    ck_assert_uint_gt(by_name, by_mask);
    release_case(&narrow);
    release_case(&wide);
    golden_case(&wide, "4:8", 16, 512, 64, 1); /* four in one half: dense */
    ck_assert_uint_eq(run_exactly(&machine, &wide, 0),
                      run_exactly(&plain, &wide, 0));
    release_case(&wide);
}
END_TEST

/* log2 R + log2 P + 4 with registers; without those of products and levels one
 * clock for each tree, and still the partial sums', merge input's and output's.
 */
START_TEST(trees_without_level_registers_are_sooner_and_as_exact)
{
    for (uint64_t seed = 0; seed < 60; seed++) {
        uint64_t state = seed, with, without;
        struct machine machine;
        struct test_case test;

        golden_machine(&machine);
        machine.macro.input_bits = 1u << random_below(&state, 4);
        machine.macros = between(&state, 1, 2);
        random_case(&test, &state);
        with = run_exactly(&machine, &test, seed);
        machine.array.level_registers = false;
        without = run_exactly(&machine, &test, seed);
        ck_assert_uint_eq(with - without, 1 + (5 - 1) + (2 - 1));
        release_case(&test);
    }
}
END_TEST

/* Of 512 dense inputs a macro takes four tiles, one after the other where it
 * has one bank.  Each register is a clock at the end; where one stands before
 * the products, a tile must be left alone for a clock more before the next
 * comes. */
START_TEST(registers_at_multipliers_take_their_clocks_and_are_as_exact)
{
    static const struct {
        const char *machine, *registers;
        uint64_t end, tile;
    } with[] = {
        { "array.kind=trees", "array.input_registers=yes", 1, 1 },
        { "macro.input_bits_per_cycle=2", "array.input_registers=yes", 1, 1 },
        { "array.level_registers=no", "array.product_registers=yes", 1, 0 },
        { "array.level_registers=no",
          "array.input_registers=yes array.product_registers=yes", 2, 1 },
        { "array.kind=systolic", "array.input_registers=yes", 1, 1 },
        { "array.kind=systolic", "array.product_registers=yes", 1, 0 },
        { "array.kind=systolic",
          "array.input_registers=yes array.product_registers=yes", 2, 1 },
    };

    for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
        for (uint64_t banks = 1; banks <= 4; banks += 3) {
            struct machine plain, registered;
            struct test_case test;
            char settings[160];

            snprintf(settings, sizeof settings, "weights.banks=%u %s",
                     (unsigned)banks, with[i].machine);
            machine_of(&plain, settings);
            registered = plain;
            set_machine(&registered, with[i].registers);
            golden_case(&test, "dense", 19, 512, 32, 1);
            ck_assert_uint_eq(run_exactly(&registered, &test, i) -
                                  run_exactly(&plain, &test, i),
                              with[i].end +
                                  (banks == 1 ? 3 * with[i].tile : 0));
            release_case(&test);
        }
    }
}
END_TEST

START_TEST(what_no_such_machine_has_is_refused)
{
    static const char *const wrong[][3] = {
        { "array.published", "weight_stationary", "array.kind: systolic" },
        { "array.broadcast", "2", "array.kind: systolic" },
        { "array.product_registers", "yes", "has them already" },
        { "select.skip", "yes", "select.skip" },
        { "select.row_wise", "yes", "select.row_wise" },
    };
    size_t rows;
    const struct parameter *const *table = machine_parameters(&rows);
    struct machine machine;
    struct error err;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        golden_machine(&machine);
        ck_assert_int_eq(parameter_set_path(&machine, table, rows, wrong[i][0],
                                            wrong[i][1], &err),
                         0);
        ck_assert_int_eq(machine_check(&machine, &err), -1);
        ck_assert_ptr_nonnull(strstr(err.text, wrong[i][2]));
    }
    golden_machine(&machine);
    machine.array.kind = ARRAY_systolic;
    machine.select.share = 2;
    machine.select.selects = 16;
    ck_assert_int_eq(machine_check(&machine, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "select.share must be 1"));
    for (int products = 0; products < 2; products++) {
        machine_of(&machine, "array.kind=systolic macro.sub_macros=1");
        machine.array.published = MACHINE_WEIGHT_STATIONARY;
        machine.array.input_registers = !products;
        machine.array.product_registers = products;
        ck_assert_int_eq(machine_check(&machine, &err), -1);
        ck_assert_ptr_nonnull(
            strstr(err.text, "array.published knows neither"));
    }
}
END_TEST

START_TEST(a_row_without_effect_is_refused)
{
    struct machine machine;
    struct error err;

    golden_machine(&machine);
    machine.array.kind = ARRAY_systolic;
    machine.array.level_registers = false;
    ck_assert_int_eq(machine_check(&machine, &err), -1);
    ck_assert_str_eq(err.text,
                     "array.level_registers is for array.kind: trees");
}
END_TEST

START_TEST(rows_that_came_later_tell_themselves_where_they_mean_something)
{
    struct parameter row = { .path = "macros",
                             .type = PARAMETER_U64,
                             .offset = offsetof(struct machine, macros),
                             .standard = "1" };
    struct machine machine;

    golden_machine(&machine);
    ck_assert(machine_tells(&machine, &row));
    row.tell = PARAMETER_TELL_BY_KIND;
    ck_assert(!machine_tells(&machine, &row));
    row.tell = PARAMETER_TELL_IF_SET;
    ck_assert(!machine_tells(&machine, &row));
    machine.macros = 2;
    ck_assert(machine_tells(&machine, &row));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("rivals");
    TCase *tcase = tcase_create("rivals");

    tcase_set_timeout(tcase, 600);
    tcase_add_test(
        tcase,
        published_clocks_are_the_closed_form_of_the_weight_stationary_mode);
    tcase_add_test(
        tcase,
        published_clocks_are_the_closed_form_of_the_output_stationary_mode);
    tcase_add_test(tcase, a_product_that_is_over_in_clock_0_is_refused);
    tcase_add_test(
        tcase, outputs_of_the_output_stationary_mode_are_the_integer_product);
    tcase_add_test(tcase, one_fold_is_a_grid_of_processing_elements);
    tcase_add_test(tcase, systolic_outputs_are_the_integer_product_both_ways);
    tcase_add_test(tcase, inputs_that_no_column_keeps_take_no_slot);
    tcase_add_test(tcase, skipping_keeps_the_integer_product_for_any_mask);
    tcase_add_test(tcase, row_wise_goes_by_the_masks_and_not_by_the_pattern);
    tcase_add_test(tcase,
                   trees_without_level_registers_are_sooner_and_as_exact);
    tcase_add_test(tcase,
                   registers_at_multipliers_take_their_clocks_and_are_as_exact);
    tcase_add_test(tcase, what_no_such_machine_has_is_refused);
    tcase_add_test(tcase, a_row_without_effect_is_refused);
    tcase_add_test(
        tcase, rows_that_came_later_tell_themselves_where_they_mean_something);
    suite_add_tcase(suite, tcase);
    return suite;
}
