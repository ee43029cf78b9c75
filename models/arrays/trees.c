/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cells with an adder tree a column, as in the released RTL:
 *
 *   entry ─▶ distribution ─▶ cells ─▶ trees ─▶ (shift accumulators)
 *                                                 │
 *            merged ◀─ merge ◀─ partial sums ◀────┘
 *
 * Latency is a clock for the products, log2 R in the trees, one in the shift
 * accumulator if a pass has several beats, one in the partial-sum buffer and
 * log2 P + 2 in the merge: log2 R + log2 P + 4, and one more bit-serially.
 * Without level registers a tree is one clock, and products have a register of
 * their own only with product registers.  Input registers are one clock more,
 * and a bank is in use for as long after its last entry.
 */
#include "models/arrays/array.h"
#include "models/blocks/adder_tree.h"
#include "models/blocks/distribution.h"
#include "models/blocks/macro.h"
#include "models/blocks/merge.h"
#include "models/blocks/partial_sum_buffer.h"
#include "models/blocks/select_store.h"
#include "models/blocks/shift_accumulator.h"
#include "models/blocks/sub_macro_array.h"
#include "models/parameter_list.h"
#include "models/price/part.h"

const struct parameter parameter_array_level_registers = {
    .path = "array.level_registers",
    .type = PARAMETER_BOOL,
    .offset = offsetof(struct machine, array.level_registers),
    .unit = "",
    .standard = "yes",
    .help = "trees: no leaves out the registers after products and between a "
            "tree's levels: fewer clocks of latency, less area and energy, a "
            "longer path; the released RTL has them",
};

static const struct parameter *const trees_rows[] = {
    &parameter_array_level_registers, &parameter_array_input_registers,
    &parameter_array_product_registers, &parameter_merge_modes, NULL
};

static int trees_check(const struct machine *machine, struct error *err)
{
    if (machine->array.level_registers && machine->array.product_registers)
        return error_set(err, ERROR_DATA,
                         "array.product_registers: array.level_registers has "
                         "them already");
    return 0;
}

/* The blocks of one macro, and the pipes between them. */
struct trees {
    struct pipe pairs;    /* int8 [2][slots][columns] */
    struct pipe products; /* int16 [slots][columns] */
    struct pipe beats;    /* int32 [lanes][columns], bit-serial machines */
    struct pipe sums;     /* int32 [lanes][columns] */
    struct pipe buffered; /* int32 [lanes][columns] */
    struct distribution distribution;
    struct sub_macro_array array;
    struct adder_tree tree;
    struct shift_accumulator accumulator;
    struct partial_sum_buffer buffer;
    struct merge merge;
};

static uint32_t product_clocks(const struct machine *machine)
{
    return machine->array.level_registers || machine->array.product_registers;
}

static uint32_t tree_clocks(const struct machine *machine)
{
    return machine->array.level_registers ? machine_log2(machine->macro.rows)
                                          : 1;
}

static uint32_t merge_clocks(const struct machine *machine)
{
    uint32_t levels = machine_log2(machine->macro.sub_macros);

    return 2 + (machine->array.level_registers ? levels : levels > 0);
}

static uint32_t trees_latency(const struct machine *machine)
{
    uint32_t multiplied = array_input_clocks(machine) + product_clocks(machine);

    return multiplied + tree_clocks(machine) + (machine_beats(machine) > 1) +
           1 + merge_clocks(machine);
}

static void pipes_init(struct trees *trees, struct macro *macro,
                       struct run *run)
{
    const struct machine *machine = run->machine;
    const struct mapping *mapping = &run->schedule->placement->mapping;
    size_t held = run->values, columns = mapping->columns,
           cells = held * mapping->slots * columns,
           sums = PASS_BYTES + held * mapping->lanes * columns * 4;
    uint32_t rows = tree_clocks(machine), merge = merge_clocks(machine),
             chosen = array_input_clocks(machine);
    bool serial = machine_beats(machine) > 1;

    pipe_init(&macro->entry, run, "entry",
              (struct pipe_shape){ PASS_BYTES, 2, 0 });
    pipe_init(&trees->pairs, run, "pairs",
              (struct pipe_shape){ PASS_BYTES + 2 * cells, chosen + 2,
                                   chosen });
    pipe_init(&trees->products, run, "products",
              (struct pipe_shape){ PASS_BYTES + cells * sizeof(int16_t), 3,
                                   product_clocks(machine) });
    pipe_init(&trees->beats, run, "beats",
              (struct pipe_shape){ sums, rows + 2, rows });
    pipe_init(&trees->sums, run, "sums",
              (struct pipe_shape){ sums, serial ? 3 : rows + 2,
                                   serial ? 1 : rows });
    pipe_init(&trees->buffered, run, "buffered",
              (struct pipe_shape){ sums, 3, 1 });
    pipe_init(
        &macro->merged, run, "merged",
        (struct pipe_shape){ PASS_BYTES + held * columns * sizeof(int32_t),
                             merge + 2, merge });
}

static void watch_pipes(struct trees *trees, struct macro *macro,
                        const struct site *site)
{
    bool serial = machine_beats(site->run->machine) > 1;

    pipe_watch(&trees->beats, STAGE_TREE, site->macro);
    pipe_watch(&trees->sums, serial ? STAGE_PASS : STAGE_TREE, site->macro);
    pipe_watch(&trees->buffered, STAGE_BUFFERED, site->macro);
    pipe_watch(&macro->merged, STAGE_MERGED, site->macro);
}

static void trees_wire(struct macro *macro, const struct site *site)
{
    struct run *run = site->run;
    struct trees *trees = sim_alloc(run->sim, sizeof *trees);
    bool serial = machine_beats(run->machine) > 1;

    pipes_init(trees, macro, run);
    watch_pipes(trees, macro, site);
    distribution_init(&trees->distribution, site, &macro->entry, &trees->pairs);
    sub_macro_array_init(&trees->array, site, &trees->pairs, &trees->products);
    adder_tree_init(&trees->tree, run, &trees->products,
                    serial ? &trees->beats : &trees->sums);
    if (serial)
        shift_accumulator_init(&trees->accumulator, run, &trees->beats,
                               &trees->sums);
    partial_sum_buffer_init(&trees->buffer, run, &trees->sums,
                            &trees->buffered);
    merge_init(&trees->merge, run, &trees->buffered, &macro->merged);
}

static void trees_count(uint64_t counters[COUNTERS], const struct visit *visit)
{
    distribution_count(counters, visit);
    select_store_count(counters, visit);
    sub_macro_array_count(counters, visit);
    adder_tree_count(counters, visit);
    if (visit->beats > 1)
        shift_accumulator_count(counters, visit);
    partial_sum_buffer_count(counters, visit);
    merge_count(counters, visit);
}

const struct array array_trees = {
    .name = "trees",
    .rows = trees_rows,
    .check = trees_check,
    .latency = trees_latency,
    .bank_wait = array_input_clocks,
    .wire = trees_wire,
    .count = trees_count,
    .parts = part_macro,
};
