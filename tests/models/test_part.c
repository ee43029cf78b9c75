/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/price/part.h"

#include <stdio.h>
#include <string.h>

#include "models/arrays/array.h"
#include "tests/suite.h"

static struct machine machine;
static struct part_list list;

static void begin(const char *patterns, unsigned share, unsigned selects)
{
    size_t rows;
    const struct parameter *const *table = machine_parameters(&rows);

    parameter_defaults(&machine, table, rows);
    snprintf(machine.patterns, sizeof machine.patterns, "%s", patterns);
    machine.select.share = share;
    machine.select.selects = selects;
    machine.select.reach = strcmp(patterns, "dense") == 0 ? 1 : 4;
    part_list_make(&list, &machine);
}

static double count(enum part_use use, const char *block, const char *component)
{
    double sum = 0;

    for (size_t i = 0; i < list.count; i++) {
        if (list.at[i].use == use && strcmp(list.at[i].block, block) == 0 &&
            strcmp(list.at[i].component, component) == 0)
            sum += list.at[i].count;
    }
    return sum;
}

/* um2 at 28 nm of what differs between machines, without buffers. */
static double logic(void)
{
    static const struct {
        const char *component;
        double um2;
    } costs[] = {
        { "full_adder", 4.79 },   { "register_bit", 3.68 },
        { "and_gate", 0.614 },    { "select_2_bit", 1.96 },
        { "select_4_bit", 4.31 }, { "line_driver", 2.46 },
    };
    double sum = 0;

    for (size_t i = 0; i < list.count; i++) {
        for (size_t c = 0; c < sizeof costs / sizeof *costs; c++) {
            if (list.at[i].use == PART_AREA &&
                strcmp(list.at[i].block, "output_buffer") != 0 &&
                strcmp(list.at[i].component, costs[c].component) == 0)
                sum += list.at[i].count * costs[c].um2;
        }
    }
    return sum;
}

START_TEST(a_tree_has_as_many_full_adders_as_its_additions_have_bits)
{
    for (uint32_t log = 0; log <= 10; log++) {
        for (uint32_t width = 1; width <= 32; width++) {
            double adders = 0, registers = 0;

            for (uint32_t level = 1; level <= log; level++) {
                adders += (1u << (log - level)) * (width + level - 1);
                registers += (1u << (log - level)) * (width + level);
            }
            /* the last carry of an addition is the sum's top bit */
            ck_assert_double_eq(part_tree_adders(1u << log, width), adders);
            ck_assert_double_eq(part_tree_registers(1u << log, width),
                                registers);
        }
    }
}
END_TEST

START_TEST(an_eight_bit_cell_has_56_full_adders_and_64_gates)
{
    begin("dense", 32, 1);
    ck_assert_double_eq(count(PART_AREA, "sub_macro_array", "full_adder"),
                        4096 * 56);
    ck_assert_double_eq(count(PART_AREA, "sub_macro_array", "and_gate"),
                        4096 * 64);
    ck_assert_double_eq(count(PART_AREA, "sub_macro_array", "cell_bit"),
                        4096 * 8);
}
END_TEST

/* Shares synthesised from Verilog of such macros: 5.5 to 6.6 % and about 13 %
 * more where each cell has its own selector. */
START_TEST(one_select_a_row_is_cheap_and_one_a_cell_is_not)
{
    double dense, shared, own;

    begin("dense", 32, 1);
    dense = logic();
    begin("any", 32, 1);
    shared = logic();
    begin("any", 1, 32);
    own = logic();
    ck_assert_double_gt(shared / dense, 1.05);
    ck_assert_double_lt(shared / dense, 1.075);
    ck_assert_double_gt((own - shared) / dense, 0.12);
    ck_assert_double_lt((own - shared) / dense, 0.18);
}
END_TEST

START_TEST(one_column_at_a_time_needs_a_store_of_selects)
{
    begin("any", 32, 1);
    ck_assert_double_eq(count(PART_AREA, "distribution", "cell_bit"), 128 * 2);
    begin("any", 1, 1);
    ck_assert_double_eq(count(PART_AREA, "distribution", "cell_bit"),
                        32 * 128 * 2);
}
END_TEST

START_TEST(a_dense_machine_selects_nothing)
{
    begin("dense", 32, 1);
    for (size_t i = 0; i < list.count; i++)
        ck_assert_ptr_null(strstr(list.at[i].component, "select"));
}
END_TEST

START_TEST(every_multiplication_is_paid_for_once_whatever_the_bits)
{
    for (uint64_t bits = 1; bits <= 8; bits *= 2) {
        begin("any", 1, 32);
        machine.macro.input_bits = bits;
        part_list_make(&list, &machine);
        ck_assert_double_eq(count(PART_ENERGY, "sub_macro_array", "and_gate"),
                            64);
    }
}
END_TEST

/* However many columns share an input register, an input runs past all. */
START_TEST(inputs_of_a_systolic_array_run_past_every_column)
{
    for (uint64_t wide = 1; wide <= 32; wide *= 2) {
        begin("any", 1, 32);
        machine.array.kind = ARRAY_systolic;
        machine.array.broadcast = wide;
        part_list_make(&list, &machine);
        ck_assert_double_eq(count(PART_ENERGY, "systolic_array", "line"),
                            8 * (double)wide);
        ck_assert_double_eq(count(PART_AREA, "systolic_array", "and_gate"),
                            4096 * 64);
    }
}
END_TEST

START_TEST(twice_the_macros_are_twice_the_cells_on_the_same_buffers)
{
    double cells, banks;

    begin("any", 1, 32);
    cells = count(PART_AREA, "sub_macro_array", "full_adder");
    banks = count(PART_AREA, "activation_buffer", "sram_8k_256");
    machine.macros = 2;
    part_list_make(&list, &machine);
    ck_assert_double_eq(count(PART_AREA, "sub_macro_array", "full_adder"),
                        2 * cells);
    ck_assert_double_eq(count(PART_AREA, "activation_buffer", "sram_8k_256"),
                        banks);
}
END_TEST

/* P = 4, products of 16 bits, 32 rows: sums of 21 bits, 23 at the end.  In, at
 * either level and out stand 4 registers a column instead of 4, 2, 1 and 1; two
 * sums of 22 bits and one of 23 are chosen between, and each of 128 banks
 * chooses among four. */
START_TEST(merge_modes_pay_for_what_hands_sums_on)
{
    double registers, all;

    begin("any", 1, 32);
    ck_assert_double_eq(count(PART_AREA, "merge", "register_bit"),
                        32.0 * (4 * 21 + 2 * 22 + 23 + 23));
    all = count(PART_ENERGY, "merge", "register_bit") * 3;
    strcpy(machine.merge.modes, "1,2,4");
    machine.outputs.banks = 128;
    part_list_make(&list, &machine);
    registers = count(PART_AREA, "merge", "register_bit");
    ck_assert_double_eq(registers, 32.0 * 4 * (21 + 22 + 23 + 23));
    ck_assert_double_eq(count(PART_AREA, "merge", "select_2_bit"),
                        32.0 * (2 * 22 + 23));
    ck_assert_double_eq(count(PART_AREA, "merge", "select_4_bit"), 128.0 * 32);
    strcpy(machine.merge.modes, "2,4");
    part_list_make(&list, &machine);
    ck_assert_double_eq(count(PART_AREA, "merge", "register_bit"),
                        32.0 * (4 * 21 + 2 * (22 + 23 + 23)));
    ck_assert_double_eq(count(PART_AREA, "merge", "select_2_bit"),
                        32.0 * 23 + 128.0 * 32);
    ck_assert_double_eq_tol(all, 4 * 21 + 2 * 22 + 23 + 23, 1e-9);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("part");
    TCase *tcase = tcase_create("part");

    tcase_add_test(tcase,
                   a_tree_has_as_many_full_adders_as_its_additions_have_bits);
    tcase_add_test(tcase, an_eight_bit_cell_has_56_full_adders_and_64_gates);
    tcase_add_test(tcase, one_select_a_row_is_cheap_and_one_a_cell_is_not);
    tcase_add_test(tcase, one_column_at_a_time_needs_a_store_of_selects);
    tcase_add_test(tcase, a_dense_machine_selects_nothing);
    tcase_add_test(tcase,
                   every_multiplication_is_paid_for_once_whatever_the_bits);
    tcase_add_test(tcase, inputs_of_a_systolic_array_run_past_every_column);
    tcase_add_test(tcase,
                   twice_the_macros_are_twice_the_cells_on_the_same_buffers);
    tcase_add_test(tcase, merge_modes_pay_for_what_hands_sums_on);
    suite_add_tcase(suite, tcase);
    return suite;
}
