/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parts of a systolic array.  In the array's favour its skew and deskew
 * registers are not counted (its buffers could be read askew), and its partial
 * sums are as narrow as R rows need.  An input's line runs past the columns
 * behind its register, in sides of a cell as in a macro with trees; the short
 * lines of the sums, as those of trees, are not counted.
 */
#include "models/price/part.h"

enum { WEIGHT = 8, INPUT = 8 };

struct sizes {
    double cells, columns, elements; /* of all arrays */
    double broadcast;                /* columns that a shift runs past */
    double block;                    /* inputs that a multiplier sees */
    double kept;                     /* bits of a weight and its place */
    uint32_t width;                  /* of a partial sum */
    uint64_t inputs, lanes;
};

static struct sizes part_systolic_sizes_of(const struct machine *machine)
{
    uint64_t reach = machine->select.reach;
    struct sizes of = { .cells = (double)machine_multipliers(machine) };

    of.columns = (double)(machine->macros * machine->macro.columns);
    of.broadcast = (double)machine->array.broadcast;
    of.elements = of.cells / of.broadcast;
    of.inputs = reach > 1 ? 2 * reach : 1;
    of.block = (double)of.inputs;
    of.kept = WEIGHT + machine_log2(of.inputs);
    of.width = WEIGHT + INPUT + machine_log2(machine->macro.rows);
    of.lanes = machine->macro.sub_macros;
    return of;
}

/* Before and behind the multipliers; those that shift inputs and sums are the
 * array's own. */
static void registers(struct part_list *list, const struct sizes *of,
                      const struct machine *machine)
{
    const char *block = "systolic_array";
    double inputs = machine->array.input_registers ? INPUT : 0,
           products = machine->array.product_registers ? WEIGHT + INPUT : 0;

    part_stand(list, block, "chosen inputs", "register_bit",
               of->cells * inputs);
    part_spend(list, block, "chosen inputs",
               (struct part_spending){ COUNTER_CELL_OPERATIONS, "register_bit",
                                       inputs, PART_ALWAYS });
    part_stand(list, block, "product registers", "register_bit",
               of->cells * products);
    part_spend(list, block, "product registers",
               (struct part_spending){ COUNTER_CELL_OPERATIONS, "register_bit",
                                       products, PART_ALWAYS });
}

static void multipliers(struct part_list *list, const struct sizes *of,
                        const struct machine *machine)
{
    const char *block = "systolic_array";

    part_stand(list, block, "weights", "register_bit",
               of->cells * of->kept * (double)machine->weights.banks);
    part_spend(list, block, "weight writes",
               (struct part_spending){ COUNTER_WORD_BITS, "register_bit",
                                       of->kept / WEIGHT, PART_ALWAYS });
    part_stand_selectors(list, block, "choice within the block",
                         (struct part_selectors){ of->inputs,
                                                  of->cells * INPUT });
    part_spend_selectors(list, block, "choice within the block",
                         COUNTER_CELL_OPERATIONS,
                         (struct part_selectors){ of->inputs, INPUT });
    registers(list, of, machine);
    part_stand_multipliers(
        list, block, (struct part_multipliers){ WEIGHT, INPUT, of->cells });
    part_spend_multipliers(list, block,
                           (struct part_multipliers){ WEIGHT, INPUT, 1 });
}

static void moving(struct part_list *list, const struct sizes *of)
{
    const char *block = "systolic_array";

    part_stand(list, block, "input registers", "register_bit",
               of->elements * of->block * INPUT);
    part_spend(list, block, "input registers",
               (struct part_spending){ COUNTER_SYSTOLIC_INPUT_SHIFTS,
                                       "register_bit", INPUT, PART_ALWAYS });
    part_spend(list, block, "input lines",
               (struct part_spending){ COUNTER_SYSTOLIC_INPUT_SHIFTS, "line",
                                       INPUT * of->broadcast, PART_INPUT });
    part_stand(list, block, "sum adders", "full_adder", of->cells * of->width);
    part_stand(list, block, "sum registers", "register_bit",
               of->cells * of->width);
    part_spend(list, block, "sum adders",
               (struct part_spending){ COUNTER_CELL_OPERATIONS, "full_adder",
                                       of->width, PART_SUM });
    part_spend(list, block, "sum registers",
               (struct part_spending){ COUNTER_SYSTOLIC_SUM_SHIFTS,
                                       "register_bit", of->width,
                                       PART_ALWAYS });
}

static void bottom(struct part_list *list, const struct sizes *of)
{
    double adders = part_tree_adders(of->lanes, of->width),
           registers = part_tree_registers(of->lanes, of->width),
           each = of->lanes > 1 ? 1 / ((double)of->lanes - 1) : 0;

    part_stand(list, "merge", "adders", "full_adder", of->columns * adders);
    part_stand(list, "merge", "registers", "register_bit",
               of->columns * registers);
    part_spend(list, "merge", "adders",
               (struct part_spending){ COUNTER_MERGE_ADDITIONS, "full_adder",
                                       adders * each, PART_SUM });
    part_spend(list, "merge", "registers",
               (struct part_spending){ COUNTER_MERGE_ADDITIONS, "register_bit",
                                       registers * each, PART_ALWAYS });
}

/* One stage from the block of inputs to the sum, unless registers cut it.  A
 * product that is added at once hands its sum and carries to the adder, so
 * that carries run once. */
static void paths(struct part_list *list, const struct sizes *of,
                  const struct machine *machine)
{
    const char *stage = "multiply and add", *choice = stage;

    if (machine->array.product_registers)
        stage = "multiply";
    choice = machine->array.input_registers ? "choice" : stage;
    part_pass_selector(list, choice, "choice within the block", of->inputs);
    part_pass(list, stage, "multiplier", "and_gate", 1);
    if (!machine->array.product_registers) {
        part_pass(list, stage, "multiplier and sum", "full_adder", INPUT);
        part_pass(list, stage, "sum", "carry", of->width - 1);
    } else {
        part_pass(list, stage, "multiplier", "full_adder", INPUT - 1);
        part_pass(list, stage, "multiplier", "carry", WEIGHT);
        part_pass(list, "add", "sum", "full_adder", 1);
        part_pass(list, "add", "sum", "carry", of->width - 1);
    }
    if (of->lanes == 1)
        return;
    part_pass(list, "merge", "last adder", "full_adder", 1);
    part_pass(list, "merge", "last adder", "carry",
              of->width + machine_log2(of->lanes) - 1);
}

void part_systolic(struct part_list *list, const struct machine *machine)
{
    struct sizes of = part_systolic_sizes_of(machine);

    multipliers(list, &of, machine);
    moving(list, &of);
    bottom(list, &of);
    paths(list, &of, machine);
}
