/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parts of what stands around the macros: buffers, the way of weights, the
 * channel to DRAM, and the memory of resident weights.
 *
 * A memory is made of banks of the cost table, which end at 256 KiB.  A larger
 * one is a square of such banks with its port at the middle of an edge: a word
 * of n banks passes three quarters of sqrt(n) of them on its way, and what the
 * table has for one bank has its own way in it already.  A second port costs
 * what CACTI 7's cell grows by: 146 F2 at 10 F x 14.6 F become 15 F x 17.1 F
 * with one single-ended port more (2.5 F a wire), 0.76 of the area again, and
 * lines that are 1.33 times as long on average.
 *
 * Below 8 KiB, where the table ends, half of a bank is taken to be cells and
 * half what goes with the root of their number; its energies stay, a little too
 * dear.
 *
 * A buffer of no stated capacity holds anything.  It is priced as one of 256
 * KiB, and its part says so by name, so that the row can be told from those of
 * machines that can be built.
 */
#include "models/price/part.h"

#include <math.h>

#include "base/arithmetic.h"
#include "models/inference/memory.h"
#include "models/layout/code.h"

enum {
    ACCUMULATOR = 24, /* bits of a sum before the output buffer */
    SUM = 32,         /* and in it */
    SMALLEST = 8 * 1024,
    BANK_BYTES = 256 * 1024,
    PRICED_UNLIMITED = 256 * 1024
};

static const double second_port_area = 0.76, second_port_energy = 1.33;

/* Half of the bits of a sum or a weight change from one to the next. */
static const double half = 0.5;

struct part_memory part_memory_of(uint64_t bytes, uint64_t banks,
                                  enum part_port port)
{
    uint64_t each = (bytes ? bytes : PRICED_UNLIMITED) / banks +
                    ((bytes ? bytes : PRICED_UNLIMITED) % banks != 0);
    uint64_t square = each / BANK_BYTES + (each % BANK_BYTES != 0);
    struct part_bank bank = part_bank(each, port);
    double part = each < SMALLEST ? (double)each / SMALLEST : 1;

    return (struct part_memory){
        .read = bank.read,
        .write = bank.write,
        .banks = (double)banks * (double)square * (part + sqrt(part)) / 2,
        .passed = 0.75 * (sqrt((double)square) - 1),
        .unlimited = bytes == 0,
    };
}

static void stand_memory(struct part_list *list, const char *block,
                         const char *name, const struct part_memory *memory)
{
    part_stand(list, block,
               memory->unlimited ? "unlimited, priced as 256 KiB" : name,
               memory->read, memory->banks);
}

void part_access(struct part_list *list, const char *block, const char *name,
                 const struct part_memory *memory, struct part_access access)
{
    part_spend(list, block, name,
               (struct part_spending){ access.counter,
                                       access.kind == PART_WRITE ? memory->write
                                                                 : memory->read,
                                       access.bits, PART_ALWAYS });
    part_spend(list, block, "lines between banks",
               (struct part_spending){ access.counter, "bank_line",
                                       access.bits * memory->passed,
                                       PART_ALWAYS });
}

static void activations(struct part_list *list, const struct machine *machine)
{
    const char *block = "activation_buffer";
    struct part_memory memory = part_memory_of(
        machine->activations.capacity, machine->activations.banks,
        machine->activations.width >= 32 ? PART_PORT_256 : PART_PORT_64);

    stand_memory(list, block, "banks", &memory);
    part_access(list, block, "reads", &memory,
                (struct part_access){ COUNTER_ACTIVATION_BYTES, PART_READ, 8 });
    part_spend(list, block, "lines to macros",
               (struct part_spending){ COUNTER_ACTIVATION_BYTES, "bus", 8,
                                       PART_INPUT });
    if (memory_is_there(machine))
        part_access(list, block, "inputs that come", &memory,
                    (struct part_access){ COUNTER_INPUT_BYTES, PART_WRITE, 8 });
}

/* Sums wait in front of the banks, as many passes as there are credits: a pass
 * that has left the pipeline may have to wait for all before it.  Of a column
 * it has as many sums as there are teams in the mode that adds least. */
static void waiting_sums(struct part_list *list, const struct machine *machine)
{
    uint64_t apart = machine->macro.sub_macros >>
                     __builtin_ctz(machine_merge_modes(machine));
    double teams = apart > 1 ? (double)apart : 1;
    double depth =
        (double)(machine->outputs.fifo ? machine->outputs.fifo
                                       : machine_latency(machine) + 1);

    part_stand(list, "output_buffer", "fifo", "register_bit",
               depth * ACCUMULATOR *
                   (double)(machine->macros * machine->macro.columns) * teams);
    part_spend(list, "output_buffer", "fifo",
               (struct part_spending){ COUNTER_SUMS_WRITTEN, "register_bit",
                                       ACCUMULATOR, PART_ALWAYS });
}

/*
 * The adders stand at the banks: what is added to does not leave the buffer.
 * They are cut in the middle: the lower halves are added in one clock, the
 * upper ones with the carry in the next, in which the lower halves of the next
 * sum follow.  So no sum waits longer, and a bank has one register more, which
 * takes the carry of each addition.
 */
static void outputs(struct part_list *list, const struct machine *machine)
{
    const char *block = "output_buffer";
    double banks = (double)machine->outputs.banks;
    bool two = machine->outputs.ports > 1;
    double bits = SUM * (two ? second_port_energy : 1);
    struct part_memory memory = part_memory_of(
        machine->outputs.capacity, machine->outputs.banks, PART_PORT_64);

    stand_memory(list, block, "banks", &memory);
    part_stand(list, block, "second ports", memory.read,
               two ? second_port_area * memory.banks : 0);
    part_access(list, block, "reads", &memory,
                (struct part_access){ COUNTER_SUMS_READ, PART_READ, bits });
    part_access(list, block, "writes", &memory,
                (struct part_access){ COUNTER_SUMS_WRITTEN, PART_WRITE, bits });
    if (memory_is_there(machine))
        part_access(list, block, "sums that leave", &memory,
                    (struct part_access){ COUNTER_SUMS_SENT, PART_READ, bits });
    part_spend(list, block, "lines from macros",
               (struct part_spending){ COUNTER_SUMS_WRITTEN, "bus", half * SUM,
                                       PART_ALWAYS });
    part_stand(list, block, "accumulators", "full_adder", SUM * banks);
    part_spend(list, block, "accumulators",
               (struct part_spending){ COUNTER_SUMS_READ, "full_adder", SUM,
                                       PART_PRODUCT });
    part_stand(list, block, "carries", "register_bit", banks);
    part_spend(list, block, "carries",
               (struct part_spending){ COUNTER_SUMS_READ, "register_bit", 1,
                                       PART_ALWAYS });
    part_pass(list, "output buffer", "half an accumulator", "full_adder", 1);
    part_pass(list, "output buffer", "half an accumulator", "carry",
              SUM / 2 - 1);
    waiting_sums(list, machine);
}

static const enum counter_id images[] = { COUNTER_WORD_BITS,
                                          COUNTER_METADATA_BITS,
                                          COUNTER_SELECT_BITS };

enum { IMAGES = sizeof images / sizeof *images };

/* Registers and drivers of the port into the macros. */
static void port(struct part_list *list, const struct machine *machine)
{
    const char *block = "weight_loader";
    double bits = 8 * (double)machine_port_bytes(machine);

    part_stand(list, block, "port", "register_bit", bits);
    part_stand(list, block, "port", "line_driver", bits);
    for (size_t i = 0; i < IMAGES; i++) {
        part_spend(list, block, "port",
                   (struct part_spending){ images[i], "register_bit", 1,
                                           PART_ALWAYS });
        part_spend(list, block, "lines to macros",
                   (struct part_spending){ images[i], "bus", half,
                                           PART_ALWAYS });
    }
}

/* What lies on the chip beside the macros: images that were asked for ahead, as
 * the channel brought them, and whatever else comes with them. */
static void staging(struct part_list *list, const struct machine *machine)
{
    struct part_memory memory =
        part_memory_of(machine->dram.staging, 1, PART_PORT_256);

    stand_memory(list, "staging", "banks", &memory);
    part_access(list, "staging", "writes", &memory,
                (struct part_access){ COUNTER_STAGED_BYTES, PART_WRITE, 8 });
    part_spend(list, "staging", "reads",
               (struct part_spending){ COUNTER_STAGED_BYTES, memory.read, 8,
                                       PART_ALWAYS });
    part_spend(list, "staging", "lines back between banks",
               (struct part_spending){ COUNTER_STAGED_BYTES, "bank_line",
                                       8 * memory.passed, PART_ALWAYS });
}

/* A byte of a cell: its choice among eight, and the register that keeps it. */
static void decoder(struct part_list *list, const struct machine *machine)
{
    uint64_t bytes = machine_port_bytes(machine);

    if (machine->dram.code == CODE_CELL)
        return;
    part_stand(list, "image_decoder", "choices", "select_4_bit",
               16 * (double)bytes);
    part_stand(list, "image_decoder", "choices", "select_2_bit",
               8 * (double)bytes);
    part_stand(list, "image_decoder", "registers", "register_bit",
               8 * (double)bytes);
    part_spend(list, "image_decoder", "choices",
               (struct part_spending){ COUNTER_DECODED_BYTES, "select_4_bit",
                                       16, PART_ALWAYS });
    part_spend(list, "image_decoder", "choices",
               (struct part_spending){ COUNTER_DECODED_BYTES, "select_2_bit", 8,
                                       PART_ALWAYS });
    part_spend(list, "image_decoder", "registers",
               (struct part_spending){ COUNTER_DECODED_BYTES, "register_bit", 8,
                                       PART_ALWAYS });
}

/* A memory of a known kind takes power as long as a run lasts; in the one price
 * of a bit where only a rate is known, that is in it. */
static void channel(struct part_list *list, const struct machine *machine)
{
    double rate = (double)machine->dram.rate * machine->clock / 1e3;
    struct memory_price moving = { "dram", 1 }, standing = { "dram", 0 };
    struct memory_kind kind;

    if (memory_kind_of(&kind, machine)) {
        rate = (double)kind.peak / 1e9;
        moving = kind.moving;
        standing = kind.standing;
    }
    part_spend(list, "dram", "reads",
               (struct part_spending){ COUNTER_DRAM_BYTES_READ,
                                       moving.component, 8 * moving.count,
                                       PART_ALWAYS });
    part_spend(list, "dram", "writes",
               (struct part_spending){ COUNTER_DRAM_BYTES_WRITTEN,
                                       moving.component, 8 * moving.count,
                                       PART_ALWAYS });
    part_stand(list, "dram", "standing by", standing.component, standing.count);
    part_stand(list, "weight_loader", "memory interface", "memory_interface",
               rate);
}

/* Low-standby cells, a bank of the table at a time. */
static void resident(struct part_list *list)
{
    for (size_t i = 0; i < IMAGES; i++) {
        part_spend(list, "weight_memory", "reads",
                   (struct part_spending){ images[i], "sram_256k_256", 1,
                                           PART_ALWAYS });
        part_hold(list, "weight_memory", "cells",
                  (struct part_spending){ images[i], "weight_bit", 1,
                                          PART_ALWAYS });
        part_hold(list, "weight_memory", "lines between banks",
                  (struct part_spending){ images[i], "line", 0.75 * half,
                                          PART_ALWAYS });
    }
}

void part_memory(struct part_list *list, const struct machine *machine)
{
    activations(list, machine);
    outputs(list, machine);
    port(list, machine);
    channel(list, machine);
    decoder(list, machine);
    if (memory_is_there(machine))
        staging(list, machine);
    else
        resident(list);
}
