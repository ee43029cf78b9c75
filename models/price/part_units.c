/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/price/part.h"

#include "models/inference/attention_engine.h"
#include "models/inference/memory.h"

enum {
    ENGINE_SUM = 32,  /* bits of a sum of products */
    ENGINE_INPUT = 8, /* and of the operand that passes */
    SCAN_PRICED = 16  /* bits of a state that the table has */
};

/*
 * What a lane or an element of the scan unit grows by with its bits, as one of
 * 16 is made (cost table, scan_lane): three products are 0.76 of it and grow
 * with their square, two sums are 0.06 and grow with them, an exponential
 * stays.
 */
static double scan_growth(const struct machine *machine)
{
    double more = (double)machine->scan.bits / SCAN_PRICED;

    return 1 + 0.76 * (more * more - 1) + 0.06 * (more - 1);
}

static void vector_unit(struct part_list *list, const struct machine *machine)
{
    static const struct {
        const char *name, *component;
        enum counter_id counter;
    } functions[] = {
        { "softmax", "vector_softmax", COUNTER_SOFTMAX_ELEMENTS },
        { "norms", "vector_norm", COUNTER_NORM_ELEMENTS },
        { "activations", "vector_gate", COUNTER_GATE_ELEMENTS },
        { "the others", "vector_other", COUNTER_OTHER_ELEMENTS },
        { "requantisation", "vector_other", COUNTER_REQUANTISED },
    };

    part_stand_beside(list, "vector_unit", "lanes", "vector_lane",
                      (double)machine->vector.lanes);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        part_spend(list, "vector_unit", functions[i].name,
                   (struct part_spending){ functions[i].counter,
                                           functions[i].component, 1,
                                           PART_ALWAYS });
    part_stand_beside(list, "scan_unit", "lanes", "scan_lane",
                      (double)machine->scan.lanes * scan_growth(machine));
    part_spend(list, "scan_unit", "scan",
               (struct part_spending){ COUNTER_SCAN_ELEMENTS, "scan_element",
                                       scan_growth(machine), PART_ALWAYS });
}

/* What the units read and write lies where the array's inputs do. */
static void operands(struct part_list *list, const struct machine *machine)
{
    struct part_memory memory = part_memory_of(
        machine->activations.capacity, machine->activations.banks,
        machine->activations.width >= 32 ? PART_PORT_256 : PART_PORT_64);

    part_access(list, "activation_buffer", "operands of units", &memory,
                (struct part_access){ COUNTER_OPERAND_BYTES, PART_READ, 8 });
    part_access(list, "activation_buffer", "results", &memory,
                (struct part_access){ COUNTER_RESULT_BYTES, PART_WRITE, 8 });
}

/*
 * An engine for products: multipliers, of ENGINE_DOT_PRODUCT each the tree that
 * adds them up and the sum that it is added to, and two registers for each bit
 * of the operand that stays, so that the next is there when one is done. Energy
 * is a product's share of each.  Left out: its controller, and the registers of
 * the operand that passes, one for all dot products.
 */
static void engine(struct part_list *list, const struct machine *machine)
{
    const char *block = "attention_engine";
    double macs = (double)machine->attention.macs,
           bits = (double)machine->attention.bits, each = ENGINE_DOT_PRODUCT;
    double tree = part_tree_adders(
        ENGINE_DOT_PRODUCT, ENGINE_INPUT + (uint32_t)machine->attention.bits);

    if (machine->attention.engine != ATTENTION_SEPARATE)
        return;
    part_multipliers_beside(list, block, COUNTER_ENGINE_MACS,
                            (struct part_multipliers){ bits, ENGINE_INPUT,
                                                       macs });
    part_stand_beside(list, block, "adders", "full_adder",
                      macs / each * (tree + ENGINE_SUM));
    part_stand_beside(list, block, "sums", "register_bit",
                      macs / each * ENGINE_SUM);
    part_stand_beside(list, block, "operands", "register_bit", 2 * macs * bits);
    part_spend(list, block, "adders",
               (struct part_spending){ COUNTER_ENGINE_MACS, "full_adder",
                                       (tree + ENGINE_SUM) / each,
                                       PART_PRODUCT });
    part_spend(list, block, "sums",
               (struct part_spending){ COUNTER_ENGINE_MACS, "register_bit",
                                       ENGINE_SUM / each, PART_ALWAYS });
    part_spend(list, block, "operands",
               (struct part_spending){ COUNTER_ENGINE_BITS, "register_bit", 1,
                                       PART_ALWAYS });
}

static void store(struct part_list *list, const struct machine *machine)
{
    const char *block = "state_store";
    uint64_t bytes = machine->state.capacity;
    struct part_memory memory = part_memory_of(bytes, 1, PART_PORT_256);

    if (bytes == 0)
        return; /* nothing is kept there */
    part_stand_beside(list, block, "banks", memory.read, memory.banks);
    part_access(list, block, "reads", &memory,
                (struct part_access){ COUNTER_STATE_READ, PART_READ, 8 });
    part_access(list, block, "writes", &memory,
                (struct part_access){ COUNTER_STATE_WRITTEN, PART_WRITE, 8 });
}

/* What the memory takes by standing there is the machine's, whole inference or
 * not (part_memory.c). */
static void memory(struct part_list *list, const struct machine *machine)
{
    struct memory_price moving = { "dram", 1 };
    struct memory_kind kind;

    if (memory_kind_of(&kind, machine))
        moving = kind.moving;
    else if (machine->dram.rate == 0)
        return; /* weights are resident */
    part_spend(list, "memory", "moving",
               (struct part_spending){ COUNTER_MOVED_BYTES, moving.component,
                                       8 * moving.count, PART_ALWAYS });
}

void part_units(struct part_list *list, const struct machine *machine)
{
    vector_unit(list, machine);
    engine(list, machine);
    operands(list, machine);
    store(list, machine);
    memory(list, machine);
}
