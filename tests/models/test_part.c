/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/price/part.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/arrays/array.h"
#include "tests/models/cases.h"
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

static const struct part *find_part(enum part_use use, const char *block,
                                    const char *name)
{
    for (size_t i = 0; i < list.count; i++) {
        if (list.at[i].use == use && strcmp(list.at[i].block, block) == 0 &&
            strcmp(list.at[i].name, name) == 0)
            return &list.at[i];
    }
    ck_abort_msg("%s has no %s", block, name);
}

/* um2 at 28 nm of what differs between machines, without buffers. */
static double logic(void)
{
    static const struct {
        const char *component;
        double um2;
    } costs[] = {
        { "full_adder", 4.79 },   { "multiplier_adder", 6.13 },
        { "register_bit", 3.68 }, { "and_gate", 0.614 },
        { "select_2_bit", 1.96 }, { "select_4_bit", 4.31 },
        { "line_driver", 2.46 },
    };
    double sum = 0;

    for (size_t i = 0; i < list.count; i++) {
        for (size_t c = 0; c < sizeof costs / sizeof *costs; c++) {
            if (list.at[i].use == PART_AREA &&
                strcmp(list.at[i].block, "output_buffer") != 0 &&
                strcmp(list.at[i].block, "weight_loader") != 0 &&
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

/* Seven rows of eight; glitches run through those behind the first. */
START_TEST(an_eight_bit_cell_has_56_full_adders_and_64_gates)
{
    begin("dense", 32, 1);
    ck_assert_double_eq(count(PART_AREA, "sub_macro_array", "full_adder"),
                        4096 * 8);
    ck_assert_double_eq(count(PART_AREA, "sub_macro_array", "multiplier_adder"),
                        4096 * 48);
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

/* Products of 8 bits by 8, 64 of them added up; of a half that many bits there
 * are half as many gates and registers. */
START_TEST(an_engine_for_products_is_multipliers_adders_and_registers)
{
    const char *block = "attention_engine";

    begin("any", 1, 32);
    ck_assert_double_eq(count(PART_UNIT, block, "full_adder"), 0);
    machine.attention.engine = 1;
    part_list_make(&list, &machine);
    ck_assert_double_eq(count(PART_UNIT, block, "and_gate"), 1024 * 64);
    ck_assert_double_eq(count(PART_UNIT, block, "multiplier_adder"), 1024 * 48);
    /* 32 of 16 bits, 16 of 17, ... 1 of 21 are 1065; and the sum. */
    ck_assert_double_eq(count(PART_UNIT, block, "full_adder"),
                        1024 * 8 + 16 * (1065 + 32));
    ck_assert_double_eq(count(PART_UNIT, block, "register_bit"),
                        16 * 32 + 2 * 1024 * 8);
    ck_assert_double_eq(count(PART_ENERGY, block, "and_gate"), 64);
    ck_assert_double_eq(count(PART_ENERGY, block, "multiplier_adder"), 48);
    ck_assert_double_eq(count(PART_ENERGY, block, "full_adder"),
                        8 + 1097 / 64.0);
    ck_assert_double_eq(count(PART_AREA, block, "full_adder"), 0);
    machine.attention.bits = 4;
    part_list_make(&list, &machine);
    ck_assert_double_eq(count(PART_UNIT, block, "and_gate"), 1024 * 32);
    ck_assert_double_eq(count(PART_UNIT, block, "register_bit"),
                        16 * 32 + 1024 * 8);
}
END_TEST

START_TEST(a_scan_of_twice_the_bits_has_four_times_the_multipliers)
{
    begin("any", 1, 32);
    ck_assert_double_eq(count(PART_UNIT, "scan_unit", "scan_lane"), 64);
    ck_assert_double_eq(count(PART_ENERGY, "scan_unit", "scan_element"), 1);
    machine.scan.bits = 32;
    part_list_make(&list, &machine);
    /* 0.76 four times, 0.06 twice, 0.18 as it was */
    ck_assert_double_eq_tol(count(PART_UNIT, "scan_unit", "scan_lane"),
                            64 * 3.34, 1e-9);
    ck_assert_double_eq_tol(count(PART_ENERGY, "scan_unit", "scan_element"),
                            3.34, 1e-9);
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

/* Of so many bits a cell, clocked in each beat of its products; and sums wait
 * for a clock more of passes. */
START_TEST(registers_at_multipliers_are_paid_for)
{
    for (uint64_t bits = 1; bits <= 8; bits *= 2) {
        double stand, spent, waiting;

        begin("any", 1, 32);
        machine.macro.input_bits = bits;
        part_list_make(&list, &machine);
        stand = count(PART_AREA, "sub_macro_array", "register_bit");
        spent = count(PART_ENERGY, "sub_macro_array", "register_bit");
        waiting = count(PART_AREA, "output_buffer", "register_bit");
        machine.array.input_registers = true;
        part_list_make(&list, &machine);
        ck_assert_double_eq(count(PART_AREA, "sub_macro_array", "register_bit"),
                            stand + 4096.0 * (double)bits);
        ck_assert_double_eq(
            count(PART_ENERGY, "sub_macro_array", "register_bit"), spent + 8);
        ck_assert_double_eq(count(PART_AREA, "output_buffer", "register_bit"),
                            waiting + 24 * 32);
    }
    for (unsigned which = 1; which <= 3; which++) {
        double stand, spent, wide = which % 2 * 8 + which / 2 * 16;

        begin("any", 1, 32);
        machine.array.kind = ARRAY_systolic;
        part_list_make(&list, &machine);
        stand = count(PART_AREA, "systolic_array", "register_bit");
        spent = count(PART_ENERGY, "systolic_array", "register_bit");
        machine.array.input_registers = which % 2;
        machine.array.product_registers = which / 2;
        part_list_make(&list, &machine);
        ck_assert_double_eq(count(PART_AREA, "systolic_array", "register_bit"),
                            stand + 4096 * wide);
        ck_assert_double_eq(
            count(PART_ENERGY, "systolic_array", "register_bit"), spent + wide);
    }
}
END_TEST

/* ps through the stage that takes longest, by the delays of the table `base`.
 */
static double slowest_stage(void)
{
    static const struct {
        const char *component;
        double ps;
    } delays[] = {
        { "and_gate", 47.8 },     { "full_adder", 229 },     { "carry", 96 },
        { "select_2_bit", 95.6 }, { "select_4_bit", 191.2 },
    };
    double most = 0;

    for (size_t s = 0; s < list.count; s++) {
        double sum = 0;

        for (size_t c = 0; c < sizeof delays / sizeof *delays; c++)
            sum += count(PART_PATH, list.at[s].block, delays[c].component) *
                   delays[c].ps;
        most = most > sum ? most : sum;
    }
    return most;
}

/* A gate, seven rows and eight carries make a product of 8 bits; a sum of 32
 * rows and 16 bits is 21 wide.  Choosing among four pairs, for each of four
 * sub-macros and within the pair passes two choices of four and one of two;
 * among the eight inputs of a systolic array's block one of each. */
START_TEST(registers_cut_the_longest_path_where_they_stand)
{
    const double product = 47.8 + 7 * 229 + 8 * 96,
                 chosen = 191.2 + 191.2 + 95.6, among_eight = 191.2 + 95.6,
                 added = 229 + 20 * 96;

    begin("dense", 32, 1);
    ck_assert_double_eq_tol(slowest_stage(), product, 1e-9);
    begin("any", 1, 32);
    ck_assert_double_eq_tol(slowest_stage(), chosen + product, 1e-9);
    machine.array.input_registers = true;
    part_list_make(&list, &machine);
    ck_assert_double_eq_tol(slowest_stage(), product, 1e-9);

    begin("any", 1, 32);
    machine.array.kind = ARRAY_systolic;
    part_list_make(&list, &machine);
    ck_assert_double_eq_tol(slowest_stage(),
                            among_eight + 47.8 + 8 * 229 + 20 * 96, 1e-9);
    machine.array.input_registers = true;
    part_list_make(&list, &machine);
    ck_assert_double_eq_tol(slowest_stage(), 47.8 + 8 * 229 + 20 * 96, 1e-9);
    machine.array.product_registers = true;
    part_list_make(&list, &machine);
    ck_assert_double_eq_tol(slowest_stage(), product, 1e-9);
    ck_assert_double_gt(product, added);
    machine.array.input_registers = false;
    part_list_make(&list, &machine);
    ck_assert_double_eq_tol(slowest_stage(), among_eight + product, 1e-9);

    begin("dense", 32,
          1); /* two bits of an input: 10 of a product, 15 of a sum */
    machine.macro.input_bits = 2;
    machine.array.level_registers = false;
    part_list_make(&list, &machine);
    ck_assert_double_eq_tol(slowest_stage(),
                            47.8 + 229 + 8 * 96 + 5 * 229 + 14 * 96, 1e-9);
    machine.array.product_registers = true; /* the accumulator of 24 bits */
    part_list_make(&list, &machine);
    ck_assert_double_eq_tol(slowest_stage(), 229 + 24 * 96, 1e-9);
    ck_assert_double_gt(229 + 24 * 96, 5 * 229 + 14 * 96 - 1e-9);
    machine.macro.rows = 128; /* seven levels, two bits more */
    part_list_make(&list, &machine);
    ck_assert_double_eq_tol(slowest_stage(), 7 * 229 + 16 * 96, 1e-9);
}
END_TEST

START_TEST(twice_the_macros_are_twice_the_cells_on_the_same_buffers)
{
    double cells, banks;

    begin("any", 1, 32);
    cells = count(PART_AREA, "sub_macro_array", "multiplier_adder");
    banks = count(PART_AREA, "activation_buffer", "sram_8k_256");
    machine.macros = 2;
    part_list_make(&list, &machine);
    ck_assert_double_eq(count(PART_AREA, "sub_macro_array", "multiplier_adder"),
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
    double registers, all, waiting;

    begin("any", 1, 32);
    waiting = find_part(PART_AREA, "output_buffer", "fifo")->count;
    ck_assert_double_gt(waiting, 0);
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
    ck_assert_double_eq(find_part(PART_AREA, "output_buffer", "fifo")->count,
                        4 * waiting);
    strcpy(machine.merge.modes, "2,4");
    part_list_make(&list, &machine);
    ck_assert_double_eq(count(PART_AREA, "merge", "register_bit"),
                        32.0 * (4 * 21 + 2 * (22 + 23 + 23)));
    ck_assert_double_eq(count(PART_AREA, "merge", "select_2_bit"),
                        32.0 * 23 + 128.0 * 32);
    ck_assert_double_eq(find_part(PART_AREA, "output_buffer", "fifo")->count,
                        2 * waiting);
    ck_assert_double_eq_tol(all, 4 * 21 + 2 * 22 + 23 + 23, 1e-9);
}
END_TEST

/* An accumulator that is cut keeps its carry for a clock, at every bank of any
 * machine, and takes one for each sum that is added to. */
START_TEST(every_accumulator_has_a_register_for_its_carry)
{
    for (uint64_t round = 0; round < 200; round++) {
        const struct part *stands, *works;
        uint64_t seed = round;

        random_machine(&machine, &seed);
        part_list_make(&list, &machine);
        stands = find_part(PART_AREA, "output_buffer", "carries");
        works = find_part(PART_ENERGY, "output_buffer", "carries");
        ck_assert_str_eq(stands->component, "register_bit");
        ck_assert_double_eq(stands->count, (double)machine.outputs.banks);
        ck_assert_str_eq(works->component, "register_bit");
        ck_assert_uint_eq(works->counter, COUNTER_SUMS_READ);
        ck_assert_uint_eq(works->activity, PART_ALWAYS);
        ck_assert_double_eq(works->count, 1);
    }
}
END_TEST

/* Half of a sum's 32 bits change, and each sum goes its own way to the banks,
 * however many sub-macros were added for it. */
START_TEST(every_sum_that_leaves_a_macro_pays_its_line)
{
    static const char *const modes[] = { "all", "2,4", "1,2,4" };

    for (size_t m = 0; m < sizeof modes / sizeof *modes; m++) {
        unsigned lines = 0;

        begin("any", 1, 32);
        strcpy(machine.merge.modes, modes[m]);
        part_list_make(&list, &machine);
        for (size_t i = 0; i < list.count; i++) {
            if (list.at[i].use != PART_ENERGY ||
                strcmp(list.at[i].block, "output_buffer") != 0 ||
                strcmp(list.at[i].component, "bus") != 0)
                continue;
            ck_assert_uint_eq(list.at[i].counter, COUNTER_SUMS_WRITTEN);
            ck_assert_uint_eq(list.at[i].activity, PART_ALWAYS);
            ck_assert_double_eq(list.at[i].count, 16);
            lines++;
        }
        ck_assert_uint_eq(lines, 1);
    }
}
END_TEST

/* Rows that take no area of their own, with the reason. */
static const char *const free_rows[][2] = {
    { "title", "words" },
    { "patterns",
      "routes are for those listed; what there is at all, selectors "
      "decide" },
    { "fallback", "a choice of what runs" },
    { "loop", "an order" },
    { "clock", "area is of gates; without memory no rate goes with it" },
    { "array.published", "a way of counting" },
    { "blocking", "a choice of what runs" },
    { "inference.overlap", "an order" },
    { "dram.latency", "time on the channel" },
    { "dram.kind", "another device, off the chip; its pins are a rate" },
    { "dram.efficiency", "a share of the same pins" },
    { "dram.name", "words" },
    { "dram.ceiling", "a share of the same pins" },
    { "dram.busy", "the same" },
    { "dram.interval", "the same" },
    { "dram.wait", "time on the channel" },
    { "dram.moving", "another device, which takes energy" },
    { "dram.standing", "the same" },
    { "vector.latency", "clocks of a unit of whole inferences" },
    { "vector.softmax", "the same" },
    { "vector.clock", "the same" },
    { "scan.fused", "the same" },
    { "scan.passes", "the same" },
    { "scan.clock", "the same" },
    { "state.bits", "how much fits a capacity, which is what costs" },
    { "attention.latency", "clocks of a unit of whole inferences" },
};

/* A value of the row that is not the machine's. */
static const struct {
    const char *path, *value;
} other_values[] = {
    { "macros", "2" },
    { "macro.sub_macros", "8" },
    { "macro.rows", "64" },
    { "macro.columns", "64" },
    { "macro.input_bits_per_cycle", "4" },
    { "array.kind", "systolic" },
    { "array.broadcast", "4" },
    { "array.level_registers", "no" },
    { "array.input_registers", "yes" },
    { "array.product_registers", "yes" },
    { "merge.modes", "1,2,4" },
    { "select.share", "2" },
    { "select.selects", "16" },
    { "select.reach", "8" },
    { "select.straddle", "yes" },
    { "select.strict_serial", "yes" },
    { "select.skip", "yes" },
    { "select.row_wise", "yes" },
    { "weights.banks", "2" },
    { "weights.port_bytes", "64" },
    { "weights.bits", "4" },
    { "weights.storage", "registers" },
    { "activations.capacity", "4194304" },
    { "activations.banks", "8" },
    { "activations.width", "16" },
    { "outputs.capacity", "1000000000" },
    { "outputs.banks", "64" },
    { "outputs.ports", "1" },
    { "outputs.fifo", "64" },
    { "dram.rate", "128" },
    { "dram.peak", "128" },
    { "dram.staging", "1048576" },
    { "dram.code", "bitmap" },
    { "vector.lanes", "128" },
    { "scan.lanes", "128" },
    { "scan.bits", "32" },
    { "state.capacity", "1048576" },
    { "attention.engine", "separate" },
    { "attention.macs", "2048" },
    { "attention.bits", "4" },
};

static double area(void)
{
    static const struct {
        const char *component;
        double um2;
    } costs[] = {
        { "full_adder", 4.79 },     { "multiplier_adder", 6.13 },
        { "register_bit", 3.68 },   { "and_gate", 0.614 },
        { "select_2_bit", 1.96 },   { "select_4_bit", 4.31 },
        { "line_driver", 2.46 },    { "cell_bit", 0.168 },
        { "sram_8k_64", 11000 },    { "sram_8k_256", 14000 },
        { "sram_32k_256", 45000 },  { "sram_128k_256", 209000 },
        { "sram_256k_64", 381000 }, { "sram_256k_256", 451000 },
        { "sram_64k_256", 88000 },  { "memory_interface", 50000 },
        { "vector_lane", 2141 },    { "scan_lane", 5170 },
    };
    double sum = 0;

    for (size_t i = 0; i < list.count; i++) {
        size_t c = 0;

        if (list.at[i].use != PART_AREA && list.at[i].use != PART_UNIT)
            continue;
        while (c < sizeof costs / sizeof *costs &&
               strcmp(list.at[i].component, costs[c].component) != 0)
            c++;
        ck_assert_msg(c < sizeof costs / sizeof *costs, "%s",
                      list.at[i].component);
        sum += list.at[i].count * costs[c].um2;
    }
    return sum;
}

static bool is_free(const char *path)
{
    for (size_t i = 0; i < sizeof free_rows / sizeof *free_rows; i++) {
        if (strcmp(free_rows[i][0], path) == 0)
            return true;
    }
    return false;
}

/* A machine with a channel, of macros or, for rows that only they have, of a
 * systolic array or with an engine for products. */
static void set_out(const char *path)
{
    begin("any", 1, 32);
    machine.dram.rate = 64;
    if (strcmp(path, "array.broadcast") == 0 ||
        strcmp(path, "array.product_registers") == 0)
        machine.array.kind = ARRAY_systolic;
    if (strcmp(path, "dram.peak") == 0)
        machine.dram.kind = 5; /* own */
    machine.attention.engine = strcmp(path, "attention.macs") == 0 ||
                               strcmp(path, "attention.bits") == 0;
    part_list_make(&list, &machine);
}

/* Nothing that makes a machine do more is free. */
START_TEST(every_row_of_the_table_has_a_price_or_a_reason)
{
    size_t rows;
    const struct parameter *const *table = machine_parameters(&rows);

    for (size_t i = 0; i < rows; i++) {
        struct error err;
        double before;
        size_t v = 0;

        if (is_free(table[i]->path))
            continue;
        while (v < sizeof other_values / sizeof *other_values &&
               strcmp(other_values[v].path, table[i]->path) != 0)
            v++;
        ck_assert_msg(v < sizeof other_values / sizeof *other_values,
                      "%s: neither tried nor free", table[i]->path);
        set_out(table[i]->path);
        before = area();
        ck_assert_msg(parameter_set(&machine, table[i], other_values[v].value,
                                    &err) == 0,
                      "%s", err.text);
        part_list_make(&list, &machine);
        ck_assert_msg(area() != before, "%s = %s costs nothing", table[i]->path,
                      other_values[v].value);
    }
}
END_TEST

START_TEST(a_free_row_is_free)
{
    static const struct {
        const char *path, *value;
    } changed[] = { { "fallback", "fastest" },
                    { "loop", "o_inner" },
                    { "dram.latency", "100" },
                    { "dram.efficiency", "7000" },
                    { "inference.overlap", "none" } };
    size_t rows;
    const struct parameter *const *table = machine_parameters(&rows);

    for (size_t c = 0; c < sizeof changed / sizeof *changed; c++) {
        struct error err;
        double before;

        set_out(changed[c].path);
        before = area();
        for (size_t i = 0; i < rows; i++) {
            if (strcmp(table[i]->path, changed[c].path) == 0)
                ck_assert_msg(parameter_set(&machine, table[i],
                                            changed[c].value, &err) == 0,
                              "%s", err.text);
        }
        part_list_make(&list, &machine);
        ck_assert_msg(area() == before, "%s", changed[c].path);
    }
}
END_TEST

/* 704,512 bytes a bank are three of 256 KiB; a capacity of eight times 8 MB is
 * eight times as large, and its words, read by the array and by units, and
 * results that are written, pass banks on their way.  A bank of 2 KiB is 3/8 of
 * one of 8. */
START_TEST(memory_is_priced_for_what_it_holds)
{
    begin("any", 1, 32);
    machine.activations.capacity = 22544384;
    part_list_make(&list, &machine);
    ck_assert_double_eq(count(PART_AREA, "activation_buffer", "sram_256k_256"),
                        96);
    ck_assert_double_eq_tol(count(PART_ENERGY, "activation_buffer",
                                  "bank_line"),
                            3 * 8 * 0.75 * (sqrt(3) - 1), 1e-12);
    machine.activations.capacity = 8388608;
    part_list_make(&list, &machine);
    ck_assert_double_eq(count(PART_AREA, "activation_buffer", "sram_256k_256"),
                        32);
    ck_assert_double_eq(count(PART_ENERGY, "activation_buffer", "bank_line"),
                        0);
    machine.activations.capacity = 8 * 8388608;
    part_list_make(&list, &machine);
    ck_assert_double_eq(count(PART_AREA, "activation_buffer", "sram_256k_256"),
                        256);
    machine.activations.capacity = 4 * 2048;
    machine.activations.banks = 4;
    part_list_make(&list, &machine);
    ck_assert_double_eq(count(PART_AREA, "activation_buffer", "sram_8k_256"),
                        4 * 0.375);
    /* a square of two by two banks, passed on the way in and out */
    machine.dram.rate = 24;
    machine.dram.staging = 4 * 262144;
    part_list_make(&list, &machine);
    ck_assert_double_eq(count(PART_ENERGY, "staging", "bank_line"),
                        2 * 8 * 0.75);
}
END_TEST

/* However few its banks are: 256 KiB in all, and it says that it is no price.
 */
START_TEST(an_unlimited_buffer_is_priced_as_256_kib_and_says_so)
{
    begin("any", 1, 32);
    machine.activations.capacity = 0;
    machine.activations.banks = 4;
    part_list_make(&list, &machine);
    ck_assert_double_eq(count(PART_AREA, "activation_buffer", "sram_64k_256"),
                        4);
    for (size_t i = 0; i < list.count; i++) {
        if (strcmp(list.at[i].component, "sram_64k_256") == 0 &&
            list.at[i].use == PART_AREA)
            ck_assert_ptr_nonnull(strstr(list.at[i].name, "unlimited"));
    }
}
END_TEST

/* Resident weights stand in a memory of their own, those of a channel in
 * staging of at least what is asked for ahead. */
START_TEST(weights_lie_somewhere)
{
    begin("any", 1, 32);
    ck_assert_double_eq(count(PART_RESIDENT, "weight_memory", "weight_bit"), 3);
    ck_assert_double_eq(count(PART_AREA, "staging", "sram_256k_256"), 0);
    machine.dram.rate = 64;
    part_list_make(&list, &machine);
    ck_assert_double_eq(count(PART_RESIDENT, "weight_memory", "weight_bit"), 0);
    ck_assert_double_eq(count(PART_AREA, "staging", "sram_256k_256"), 1);
    ck_assert_double_eq(count(PART_AREA, "weight_loader", "memory_interface"),
                        64 * machine.clock / 1000);
    machine.dram.staging = 3 * 262144;
    part_list_make(&list, &machine);
    ck_assert_double_eq(count(PART_AREA, "staging", "sram_256k_256"), 3);
}
END_TEST

/* Columns need not be a power of two: a number of one of 96 takes 7 bits. */
START_TEST(any_number_of_columns_has_a_price)
{
    double before;

    begin("any", 1, 32);
    before = count(PART_AREA, "distribution", "register_bit");
    machine.macro.columns = 96;
    part_list_make(&list, &machine);
    ck_assert_double_eq(count(PART_AREA, "distribution", "register_bit"),
                        before + 7 - 5);
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
                   an_engine_for_products_is_multipliers_adders_and_registers);
    tcase_add_test(tcase,
                   a_scan_of_twice_the_bits_has_four_times_the_multipliers);
    tcase_add_test(tcase,
                   every_multiplication_is_paid_for_once_whatever_the_bits);
    tcase_add_test(tcase, inputs_of_a_systolic_array_run_past_every_column);
    tcase_add_test(tcase, registers_at_multipliers_are_paid_for);
    tcase_add_test(tcase, registers_cut_the_longest_path_where_they_stand);
    tcase_add_test(tcase,
                   twice_the_macros_are_twice_the_cells_on_the_same_buffers);
    tcase_add_test(tcase, merge_modes_pay_for_what_hands_sums_on);
    tcase_add_test(tcase, every_sum_that_leaves_a_macro_pays_its_line);
    tcase_add_test(tcase, every_accumulator_has_a_register_for_its_carry);
    tcase_add_test(tcase, every_row_of_the_table_has_a_price_or_a_reason);
    tcase_add_test(tcase, a_free_row_is_free);
    tcase_add_test(tcase, memory_is_priced_for_what_it_holds);
    tcase_add_test(tcase, an_unlimited_buffer_is_priced_as_256_kib_and_says_so);
    tcase_add_test(tcase, weights_lie_somewhere);
    tcase_add_test(tcase, any_number_of_columns_has_a_price);
    suite_add_tcase(suite, tcase);
    return suite;
}
