/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parts of a macro with adder trees.  All widths follow from int8 weights
 * and inputs; `bits` of an input are at work in a clock.
 *
 * Lines are counted in sides of a cell (the store knows how long that is: the
 * root of the macros' area, a cell).  Inputs reach the selectors on lines of
 * their own, the pairs of its group for every slot, past all columns where each
 * cell has its selector; from a selector at the row's edge a pair runs past all
 * columns that may be served.  A macro that selects nothing carries one input a
 * slot instead of a pair.  Lines within a cell, and those of trees and
 * multipliers, are not counted: the components' costs were fitted to whole
 * chips, which have them too.
 */
#include "models/price/part.h"

#include <math.h>

#include "base/arithmetic.h"
#include "models/parameter_list.h"

static const char *const storages[] = { "sram", "registers", NULL };

const struct parameter parameter_weights_storage = {
    .path = "weights.storage",
    .type = PARAMETER_CHOICE,
    .offset = offsetof(struct machine, weights.storage),
    .unit = "",
    .standard = "sram",
    .choices = storages,
    .help = "what holds a tile's weights; registers are not loaded column by "
            "column, but as fast as weights.port_bytes allow",
};

enum { ACCUMULATOR = 24 };

struct sizes {
    const struct machine *machine;
    double macros, slots, cells, columns, lanes; /* of all macros */
    uint32_t bits, beats, product;
    double weight;  /* bits of one */
    double carried; /* inputs on a slot's line: 2, or 1 where none is chosen */
    bool selects;
    const char *storage; /* of weights, metadata and selects */
};

static bool selects_pairs(const struct machine *machine)
{
    struct pattern_list list;

    machine_patterns(&list, machine);
    for (size_t i = 0; i < list.count; i++) {
        if (!pattern_is_dense(list.at[i]))
            return true;
    }
    return false;
}

static struct sizes part_macro_sizes_of(const struct machine *machine)
{
    struct sizes of = { .machine = machine };

    of.macros = (double)machine->macros;
    of.slots = of.macros * machine_slots(machine);
    of.columns = of.macros * (double)machine->macro.columns;
    of.lanes = of.columns * (double)machine->macro.sub_macros;
    of.cells = of.slots * (double)machine->macro.columns;
    of.bits = (uint32_t)machine->macro.input_bits;
    of.beats = machine_beats(machine);
    of.weight = (double)machine->weights.bits;
    of.product = (uint32_t)machine->weights.bits + of.bits;
    of.selects = selects_pairs(machine);
    of.carried = of.selects ? 2 : 1;
    of.storage = machine->weights.storage == MACHINE_REGISTERS ? "register_bit"
                                                               : "cell_bit";
    return of;
}

static void cells(struct part_list *list, const struct sizes *of)
{
    const char *block = "sub_macro_array";
    double banks = (double)of->machine->weights.banks;
    double beats = of->beats,
           kept = of->machine->array.level_registers ||
                  of->machine->array.product_registers,
           held = of->machine->array.input_registers;

    part_stand(list, block, "weights", of->storage,
               of->cells * banks * (of->weight + of->selects));
    part_stand_multipliers(list, block,
                           (struct part_multipliers){ of->weight, of->bits,
                                                      of->cells });
    part_stand(list, block, "chosen inputs", "register_bit",
               held * of->cells * of->bits);
    part_spend(list, block, "chosen inputs",
               (struct part_spending){ COUNTER_CELL_OPERATIONS, "register_bit",
                                       held * beats * of->bits, PART_ALWAYS });
    part_stand(list, block, "product registers", "register_bit",
               kept * of->cells * of->product);
    part_spend_multipliers(
        list, block, (struct part_multipliers){ of->weight, of->bits, beats });
    part_spend(list, block, "product registers",
               (struct part_spending){ COUNTER_CELL_OPERATIONS, "register_bit",
                                       kept * beats * of->product,
                                       PART_ALWAYS });
    part_spend(list, block, "weight writes",
               (struct part_spending){ COUNTER_WORD_BITS, of->storage, 1,
                                       PART_ALWAYS });
    part_spend(list, block, "metadata writes",
               (struct part_spending){ COUNTER_METADATA_BITS, of->storage, 1,
                                       PART_ALWAYS });
    if (!of->selects)
        return;
    part_stand_selectors(list, block, "choice within the pair",
                         (struct part_selectors){ 2, of->cells * of->bits });
    part_spend_selectors(list, block, "choice within the pair",
                         COUNTER_CELL_OPERATIONS,
                         (struct part_selectors){ 2, beats * of->bits });
}

/* Cells that a line runs past: from the edge to a selector, and from there to
 * the columns that it may serve; none if the selector is the cell's own. */
static double line_to_selector(const struct machine *machine)
{
    return machine->select.selects == 1 ? 1
                                        : (double)machine->macro.columns /
                                              (double)machine->select.selects;
}

static double line_to_cells(const struct machine *machine)
{
    bool one_pass = machine->select.share * machine->select.selects ==
                    machine->macro.columns;

    if (machine->select.selects == machine->macro.columns &&
        machine->macro.columns > 1)
        return 0;
    return (double)(one_pass ? machine->select.share : machine->macro.columns);
}

static void row_lines(struct part_list *list, const struct sizes *of)
{
    const struct machine *machine = of->machine;
    double share = of->carried / 2; /* of the pairs that are counted */

    part_spend(
        list, "distribution", "lines to selectors",
        (struct part_spending){ COUNTER_WIRE_BYTES, "line",
                                of->selects ? 8 * line_to_selector(machine) : 0,
                                PART_INPUT });
    part_spend(list, "distribution", "lines to cells",
               (struct part_spending){ COUNTER_ROW_LINE_BYTES, "line",
                                       8 * share * line_to_cells(machine),
                                       PART_INPUT });
    part_stand(list, "distribution", "line drivers", "line_driver",
               of->slots * of->bits * of->carried *
                   (double)(machine->select.selects < machine->select.reach
                                ? machine->select.selects
                                : machine->select.reach));
}

/* Where the pairs that a slot gets may come from: no more places than there are
 * patterns, in each merge mode. */
static uint64_t part_macro_places(const struct machine *machine)
{
    unsigned modes = (unsigned)__builtin_popcount(machine_merge_modes(machine));
    struct pattern_list list;

    machine_patterns(&list, machine);
    return min(list.count * modes, machine->macro.sub_macros);
}

/* Latches for two vectors at each row, and where the patterns differ a choice
 * of the pairs that a slot gets. */
static void latches(struct part_list *list, const struct sizes *of)
{
    const struct machine *machine = of->machine;
    double reach = (double)machine->select.reach;
    double pairs = of->slots * (machine->select.selects == 1 ? 1 : reach);

    part_stand(list, "distribution", "input latches", "register_bit",
               2 * reach * of->slots * 8 * of->carried);
    part_spend(list, "distribution", "input latches",
               (struct part_spending){ COUNTER_WIRE_BYTES, "register_bit",
                                       8 * of->carried / 2 /
                                           (double)machine->select.selects,
                                       PART_ALWAYS });
    if (!of->selects)
        return;
    part_stand_selectors(
        list, "distribution", "pairs to sub-macros",
        (struct part_selectors){ part_macro_places(machine),
                                 pairs * of->carried * of->bits });
    part_spend_selectors(
        list, "distribution", "pairs to sub-macros", COUNTER_WIRE_BYTES,
        (struct part_selectors){ part_macro_places(machine),
                                 8 / (double)machine->select.selects });
}

/* What a machine must be told of a tile beside its image, in registers: where a
 * slot's pair comes from (a slot's own where groups straddle rows), how many
 * sets of columns there are (one, unless masks may agree) and, where column
 * tiles run as they need, which pattern each runs as. */
static void control(struct part_list *list, const struct sizes *of)
{
    const struct machine *machine = of->machine;
    double routes = machine->select.straddle
                        ? of->slots
                        : of->macros * (double)machine->macro.sub_macros;
    struct pattern_list patterns;

    machine_patterns(&patterns, machine);
    part_stand(list, "distribution", "routes", "register_bit",
               routes * ceil(log2((double)part_macro_places(machine))));
    part_stand(list, "distribution", "sets", "register_bit",
               machine->select.strict_serial
                   ? 0
                   : of->macros * ceil(log2((double)machine->macro.columns)));
    part_stand(list, "distribution", "patterns of tiles", "register_bit",
               machine->select.row_wise
                   ? of->columns * ceil(log2((double)patterns.count))
                   : 0);
}

/* Inputs that no column keeps are skipped: those that are left move together,
 * by up to a vector's width, through a network of 2:1 choices. */
static void gathering(struct part_list *list, const struct sizes *of)
{
    double levels = machine_log2(machine_slots(of->machine));

    if (!of->machine->select.skip)
        return;
    part_stand(list, "distribution", "gathering", "select_2_bit",
               of->slots * 8 * levels);
    part_spend(list, "distribution", "gathering",
               (struct part_spending){ COUNTER_WIRE_BYTES, "select_2_bit",
                                       8 * of->carried / 2 * levels,
                                       PART_INPUT });
}

static void part_macro_selection(struct part_list *list, const struct sizes *of)
{
    const struct machine *machine = of->machine;
    double selects = (double)machine->select.selects,
           sets =
               (double)machine->macro.columns / (double)machine->select.share,
           bits = machine_log2(machine->select.reach);

    if (!of->selects)
        return;
    part_stand_selectors(
        list, "distribution", "selectors",
        (struct part_selectors){ machine->select.reach,
                                 of->slots * selects * 2 * of->bits });
    part_spend_selectors(list, "distribution", "selectors",
                         COUNTER_ROW_LINE_BYTES,
                         (struct part_selectors){ machine->select.reach, 8 });
    part_stand(list, "distribution", "selects", of->storage,
               of->slots * sets * bits * (double)machine->weights.banks);
    part_spend(list, "distribution", "select writes",
               (struct part_spending){ COUNTER_SELECT_BITS, of->storage,
                                       bits > 0, PART_ALWAYS });
    part_spend(list, "distribution", "select reads",
               (struct part_spending){ COUNTER_SELECT_BITS_READ, of->storage,
                                       bits > 0, PART_ALWAYS });
}

/* Of all levels, or of the last alone. */
static double level_registers(const struct machine *machine, uint64_t lanes,
                              uint32_t width)
{
    if (machine->array.level_registers)
        return part_tree_registers(lanes, width);
    return lanes > 1 ? width + machine_log2(lanes) : 0;
}

static void trees(struct part_list *list, const struct sizes *of)
{
    uint64_t rows = of->machine->macro.rows;
    double adders = part_tree_adders(rows, of->product),
           registers = level_registers(of->machine, rows, of->product),
           each = rows > 1 ? 1 / ((double)rows - 1) : 0; /* counted a beat */

    part_stand(list, "adder_tree", "adders", "full_adder", of->lanes * adders);
    part_stand(list, "adder_tree", "registers", "register_bit",
               of->lanes * registers);
    part_spend(list, "adder_tree", "adders",
               (struct part_spending){ COUNTER_TREE_ADDITIONS, "full_adder",
                                       adders * each, PART_SUM });
    part_spend(list, "adder_tree", "registers",
               (struct part_spending){ COUNTER_TREE_ADDITIONS, "register_bit",
                                       registers * each, PART_ALWAYS });
    if (of->beats == 1)
        return;
    part_stand(list, "shift_accumulator", "adders", "full_adder",
               of->lanes * ACCUMULATOR);
    part_stand(list, "shift_accumulator", "registers", "register_bit",
               of->lanes * ACCUMULATOR);
    part_spend(list, "shift_accumulator", "adders",
               (struct part_spending){ COUNTER_SHIFT_ADDITIONS, "full_adder",
                                       ACCUMULATOR, PART_SUM });
    part_spend(list, "shift_accumulator", "registers",
               (struct part_spending){ COUNTER_SHIFT_ADDITIONS, "register_bit",
                                       ACCUMULATOR, PART_ALWAYS });
}

/* A merge tree as it stands at each column: `ways` sums of `width` bits come
 * in, and in the mode that adds least `apart` go out. */
struct merge_tree {
    uint64_t ways, apart;
    uint32_t width, levels;
};

static struct merge_tree merge_tree_of(const struct sizes *of)
{
    const struct machine *machine = of->machine;
    uint64_t ways = machine->macro.sub_macros;
    uint32_t least = (uint32_t)__builtin_ctz(machine_merge_modes(machine));

    return (struct merge_tree){
        .ways = ways,
        .apart = ways >> least,
        .width = of->beats > 1
                     ? ACCUMULATOR
                     : of->product + machine_log2(machine->macro.rows),
        .levels = machine_log2(ways),
    };
}

/* Lanes at a level that hold a sum in some mode. */
static uint64_t lanes_at(const struct merge_tree *tree, uint32_t level)
{
    return tree->ways >> level > tree->apart ? tree->ways >> level
                                             : tree->apart;
}

/*
 * Where teams may stay apart, each level hands their sums on beside the adders:
 * a register for every lane, and where an adder's sum and a sum handed on meet,
 * a choice.  At the end each of the column's `apart` sums has its register, and
 * every bank of the output buffer chooses among them.  Lines within the merge
 * are not counted, as those of trees are not; those to the banks are, for each
 * sum that is written (part_memory.c).
 */
static void handing_on(struct part_list *list, const struct sizes *of,
                       const struct merge_tree *tree)
{
    uint32_t last = tree->width + tree->levels;
    double registers = (double)(tree->ways * tree->width + tree->apart * last),
           choices = 0, banks = 32 * (double)of->machine->outputs.banks;

    for (uint32_t level = 1; level <= tree->levels; level++) {
        registers += (double)(lanes_at(tree, level) * (tree->width + level));
        if (tree->ways >> level < tree->apart)
            choices += (double)((tree->ways >> level) * (tree->width + level));
    }
    part_stand(list, "merge", "registers", "register_bit",
               of->columns * registers);
    part_stand_selectors(list, "merge", "sum or handed on",
                         (struct part_selectors){ 2, of->columns * choices });
    part_stand_selectors(list, "merge", "sums to banks",
                         (struct part_selectors){ tree->apart, banks });
    part_spend(list, "merge", "input registers",
               (struct part_spending){ COUNTER_PARTIAL_SUMS, "register_bit",
                                       tree->width, PART_ALWAYS });
    part_spend(list, "merge", "handing on",
               (struct part_spending){ COUNTER_MERGE_HANDED_ON, "register_bit",
                                       last, PART_ALWAYS });
    part_spend_selectors(list, "merge", "sum or handed on",
                         COUNTER_MERGE_HANDED_ON,
                         (struct part_selectors){ 2, last });
    part_spend(list, "merge", "output registers",
               (struct part_spending){ COUNTER_SUMS_WRITTEN, "register_bit",
                                       last, PART_ALWAYS });
    part_spend_selectors(list, "merge", "sums to banks", COUNTER_SUMS_WRITTEN,
                         (struct part_selectors){ tree->apart, last });
}

/* The partial sum buffer holds three sums, as the released RTL's does. */
static void merging(struct part_list *list, const struct sizes *of)
{
    struct merge_tree tree = merge_tree_of(of);
    double adders = part_tree_adders(tree.ways, tree.width),
           levels = part_tree_registers(tree.ways, tree.width),
           ends = (double)(tree.ways * tree.width + tree.width + tree.levels),
           each = tree.ways > 1 ? 1 / ((double)tree.ways - 1) : 0;
    /* A sum with nothing to add. */
    double alone = tree.ways == 1 ? ends : 0;

    part_stand(list, "partial_sum_buffer", "registers", "register_bit",
               3 * of->lanes * tree.width);
    part_spend(list, "partial_sum_buffer", "registers",
               (struct part_spending){ COUNTER_PARTIAL_SUMS, "register_bit",
                                       tree.width, PART_ALWAYS });
    part_stand(list, "merge", "adders", "full_adder", of->columns * adders);
    if (tree.apart == 1)
        part_stand(list, "merge", "registers", "register_bit",
                   of->columns * (levels + ends));
    part_spend(list, "merge", "adders",
               (struct part_spending){ COUNTER_MERGE_ADDITIONS, "full_adder",
                                       adders * each, PART_SUM });
    part_spend(list, "merge", "registers",
               (struct part_spending){
                   COUNTER_MERGE_ADDITIONS, "register_bit",
                   (tree.apart == 1 ? levels + ends : levels) * each,
                   PART_ALWAYS });
    part_spend(list, "merge", "registers",
               (struct part_spending){ COUNTER_PARTIAL_SUMS, "register_bit",
                                       alone, PART_ALWAYS });
    if (tree.apart > 1)
        handing_on(list, of, &tree);
}

/*
 * A level of the merge ends in its registers, which are priced.  A carry runs
 * as far as a sum of int8 products can reach; above that an accumulator only
 * repeats the sign.  Where teams stay apart, a level but the last chooses
 * behind its adders; of the last there is one adder a column, which hands its
 * first sum on if a gate holds the second back.
 */
static void merge_paths(struct part_list *list, const struct sizes *of)
{
    const struct merge_tree tree = merge_tree_of(of);
    uint32_t width =
        (uint32_t)of->weight + 8 + machine_log2(of->machine->macro.rows);

    if (tree.levels == 0)
        return;
    part_pass(list, "merge", "hold back", "and_gate", tree.apart > 1);
    part_pass(list, "merge", "last adder", "full_adder", 1);
    part_pass(list, "merge", "last adder", "carry", width + tree.levels - 1);
    if (tree.levels == 1)
        return;
    part_pass(list, "merge before", "adder", "full_adder", 1);
    part_pass(list, "merge before", "adder", "carry", width + tree.levels - 2);
    part_pass(list, "merge before", "sum or handed on", "select_2_bit",
              tree.apart > 1);
}

/* A carry-save array: the sum passes a full adder a row, then the carry runs
 * through the last row. */
static void paths(struct part_list *list, const struct sizes *of)
{
    const struct machine *machine = of->machine;
    uint32_t deep = machine_log2(machine->macro.rows),
             width = of->product + (deep ? deep - 1 : 0);

    if (of->selects) {
        const char *stage =
            machine->array.input_registers ? "choice" : "product";

        part_pass_selector(list, stage, "selectors", machine->select.reach);
        part_pass_selector(list, stage, "pairs to sub-macros",
                           part_macro_places(machine));
        part_pass_selector(list, stage, "choice within the pair", 2);
    }
    part_pass(list, "product", "multiplier", "and_gate", 1);
    part_pass(list, "product", "multiplier", "full_adder", of->bits - 1);
    part_pass(list, "product", "multiplier", "carry",
              of->bits > 1 ? (uint32_t)of->weight : 0);
    if (machine->array.level_registers) {
        part_pass(list, "row tree", "last adder", "full_adder", deep > 0);
        part_pass(list, "row tree", "last adder", "carry", deep ? width : 0);
    } else {
        const char *stage =
            machine->array.product_registers ? "row tree" : "product";

        part_pass(list, stage, "row tree", "full_adder", deep);
        part_pass(list, stage, "row tree", "carry", deep ? width : 0);
    }
    part_pass(list, "shift accumulator", "adder", "full_adder", of->beats > 1);
    part_pass(list, "shift accumulator", "adder", "carry",
              of->beats > 1 ? ACCUMULATOR : 0);
    merge_paths(list, of);
}

void part_macro(struct part_list *list, const struct machine *machine)
{
    struct sizes of = part_macro_sizes_of(machine);

    cells(list, &of);
    latches(list, &of);
    part_macro_selection(list, &of);
    control(list, &of);
    gathering(list, &of);
    row_lines(list, &of);
    trees(list, &of);
    merging(list, &of);
    paths(list, &of);
}
