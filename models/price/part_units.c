/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/price/part.h"

#include "base/arithmetic.h"
#include "models/inference/memory.h"

/* The largest bank of the cost table. */
enum { LARGEST_BANK = 256 << 10 };

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
                      (double)machine->scan.lanes);
    part_spend(list, "scan_unit", "scan",
               (struct part_spending){ COUNTER_SCAN_ELEMENTS, "scan_element", 1,
                                       PART_ALWAYS });
}

/* What the units read and write lies where the array's inputs do. */
static void operands(struct part_list *list, const struct machine *machine)
{
    struct part_bank bank = part_bank(
        machine->activations.capacity / machine->activations.banks,
        machine->activations.width >= 32 ? PART_PORT_256 : PART_PORT_64);

    part_spend(list, "activation_buffer", "operands of units",
               (struct part_spending){ COUNTER_OPERAND_BYTES, bank.read, 8,
                                       PART_ALWAYS });
    part_spend(list, "activation_buffer", "results",
               (struct part_spending){ COUNTER_RESULT_BYTES, bank.write, 8,
                                       PART_ALWAYS });
}

static void store(struct part_list *list, const char *block, uint64_t bytes,
                  enum counter_id read, enum counter_id written)
{
    struct part_bank bank = part_bank(bytes, PART_PORT_256);

    if (bytes > 0)
        part_stand_beside(list, block, "banks", bank.read,
                          (double)divide_up(bytes, LARGEST_BANK));
    part_spend(list, block, "reads",
               (struct part_spending){ read, bank.read, 8, PART_ALWAYS });
    part_spend(list, block, "writes",
               (struct part_spending){ written, bank.write, 8, PART_ALWAYS });
}

static void memory(struct part_list *list, const struct machine *machine)
{
    const struct memory_kind *kind = memory_kind_of(machine);

    if (!kind && machine->dram.rate == 0)
        return; /* weights are resident */
    part_spend(list, "memory", "moving",
               (struct part_spending){ COUNTER_MOVED_BYTES,
                                       kind ? kind->moving : "dram", 8,
                                       PART_ALWAYS });
    if (kind)
        part_stand_beside(list, "memory", "standing by", kind->standing, 1);
}

void part_units(struct part_list *list, const struct machine *machine)
{
    vector_unit(list, machine);
    operands(list, machine);
    store(list, "state_store", machine->state.capacity, COUNTER_STATE_READ,
          COUNTER_STATE_WRITTEN);
    memory(list, machine);
}
