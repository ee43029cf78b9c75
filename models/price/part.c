/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of parts, which every file of a block or an array adds to, and what
 * is the same on every machine: the buffers and the way that weights take.
 * Parts whose count is 0 never enter the list, so that callers need no
 * conditions.
 */
#include "models/price/part.h"

#include <assert.h>

#include "models/arrays/array.h"

const char *const part_use_names[PART_USES] = {
    [PART_AREA] = "area", [PART_ENERGY] = "energy",     [PART_PATH] = "path",
    [PART_UNIT] = "unit", [PART_RESIDENT] = "resident",
};

const char *const part_activity_names[PART_ACTIVITIES] = {
    [PART_ALWAYS] = "always",
    [PART_INPUT] = "input",
    [PART_PRODUCT] = "product",
    [PART_SUM] = "sum",
};

static void part_add(struct part_list *list, const struct part *part)
{
    if (part->count <= 0)
        return;
    assert(list->count < PART_MAX);
    list->at[list->count++] = *part;
}

void part_stand(struct part_list *list, const char *block, const char *name,
                const char *component, double count)
{
    part_add(list, &(struct part){ PART_AREA, block, name, component, count,
                                   COUNTERS, PART_ALWAYS });
}

void part_stand_beside(struct part_list *list, const char *block,
                       const char *name, const char *component, double count)
{
    part_add(list, &(struct part){ PART_UNIT, block, name, component, count,
                                   COUNTERS, PART_ALWAYS });
}

void part_spend(struct part_list *list, const char *block, const char *name,
                struct part_spending spending)
{
    part_add(list, &(struct part){ PART_ENERGY, block, name, spending.component,
                                   spending.count, spending.counter,
                                   spending.activity });
}

void part_pass(struct part_list *list, const char *stage, const char *name,
               const char *component, double count)
{
    part_add(list, &(struct part){ PART_PATH, stage, name, component, count,
                                   COUNTERS, PART_ALWAYS });
}

void part_hold(struct part_list *list, const char *block, const char *name,
               struct part_spending holding)
{
    part_add(list, &(struct part){ PART_RESIDENT, block, name,
                                   holding.component, holding.count,
                                   holding.counter, holding.activity });
}

/* An inputs:1 multiplexer has `fours` of 4:1 and `twos` of 2:1, and a signal
 * passes `levels4` and `levels2` of them. */
struct selector {
    uint64_t fours, twos, levels4, levels2;
};

static struct selector selector(uint64_t inputs)
{
    struct selector made = { 0 };

    for (; inputs >= 4; inputs /= 4) {
        made.fours += inputs / 4;
        made.levels4++;
    }
    if (inputs >= 2)
        made.twos = made.levels2 = 1;
    return made;
}

void part_stand_selectors(struct part_list *list, const char *block,
                          const char *name, struct part_selectors selectors)
{
    struct selector made = selector(selectors.inputs);

    part_stand(list, block, name, "select_4_bit",
               selectors.count * (double)made.fours);
    part_stand(list, block, name, "select_2_bit",
               selectors.count * (double)made.twos);
}

void part_spend_selectors(struct part_list *list, const char *block,
                          const char *name, enum counter_id counter,
                          struct part_selectors selectors)
{
    struct selector made = selector(selectors.inputs);

    part_spend(list, block, name,
               (struct part_spending){ counter, "select_4_bit",
                                       selectors.count * (double)made.fours,
                                       PART_INPUT });
    part_spend(list, block, name,
               (struct part_spending){ counter, "select_2_bit",
                                       selectors.count * (double)made.twos,
                                       PART_INPUT });
}

void part_pass_selector(struct part_list *list, const char *stage,
                        const char *name, uint64_t inputs)
{
    struct selector made = selector(inputs);

    part_pass(list, stage, name, "select_4_bit", (double)made.levels4);
    part_pass(list, stage, name, "select_2_bit", (double)made.levels2);
}

enum { MULTIPLIER_KINDS = 3 };

struct multiplier_kind {
    const char *component;
    double each; /* of one multiplier */
};

static void multiplier(struct multiplier_kind kinds[MULTIPLIER_KINDS],
                       double weight, uint32_t bits)
{
    double first = bits > 1, behind = bits > 2 ? bits - 2.0 : 0;

    kinds[0] = (struct multiplier_kind){ "and_gate", weight * bits };
    kinds[1] = (struct multiplier_kind){ "full_adder", weight * first };
    kinds[2] = (struct multiplier_kind){ "multiplier_adder", weight * behind };
}

void part_stand_multipliers(struct part_list *list, const char *block,
                            struct part_multipliers multipliers)
{
    struct multiplier_kind kinds[MULTIPLIER_KINDS];

    multiplier(kinds, multipliers.weight, multipliers.bits);
    for (int i = 0; i < MULTIPLIER_KINDS; i++)
        part_stand(list, block, "multipliers", kinds[i].component,
                   multipliers.count * kinds[i].each);
}

void part_spend_multipliers(struct part_list *list, const char *block,
                            struct part_multipliers multipliers)
{
    struct multiplier_kind kinds[MULTIPLIER_KINDS];

    multiplier(kinds, multipliers.weight, multipliers.bits);
    for (int i = 0; i < MULTIPLIER_KINDS; i++)
        part_spend(list, block, "multipliers",
                   (struct part_spending){
                       COUNTER_KEPT_MACS, kinds[i].component,
                       multipliers.count * kinds[i].each, PART_PRODUCT });
}

void part_multipliers_beside(struct part_list *list, const char *block,
                             enum counter_id counter,
                             struct part_multipliers multipliers)
{
    struct multiplier_kind kinds[MULTIPLIER_KINDS];

    multiplier(kinds, multipliers.weight, multipliers.bits);
    for (int i = 0; i < MULTIPLIER_KINDS; i++) {
        part_stand_beside(list, block, "multipliers", kinds[i].component,
                          multipliers.count * kinds[i].each);
        part_spend(list, block, "multipliers",
                   (struct part_spending){ counter, kinds[i].component,
                                           kinds[i].each, PART_PRODUCT });
    }
}

/* N (W + 1) - (W + L + 1), L = log2 N: the sum over levels l = 1..L of N / 2^l
 * additions of W + l - 1 bits, as KULeuven-MICAS/zigzag-imc has it. */
double part_tree_adders(uint64_t lanes, uint32_t width)
{
    double n = (double)lanes;

    return n * (width + 1) - (width + machine_log2(lanes) + 1);
}

double part_tree_registers(uint64_t lanes, uint32_t width)
{
    double bits = 0;

    while (lanes > 1) {
        lanes /= 2;
        width++;
        bits += (double)lanes * width;
    }
    return bits;
}

#define BANK(name)                                                             \
    {                                                                          \
#name, #name "_write"                                                  \
    }

struct part_bank part_bank(uint64_t bytes, enum part_port port)
{
    static const struct part_bank banks[][2] = {
        { BANK(sram_8k_64), BANK(sram_8k_256) },
        { BANK(sram_16k_64), BANK(sram_16k_256) },
        { BANK(sram_32k_64), BANK(sram_32k_256) },
        { BANK(sram_64k_64), BANK(sram_64k_256) },
        { BANK(sram_128k_64), BANK(sram_128k_256) },
        { BANK(sram_256k_64), BANK(sram_256k_256) },
    };
    size_t size = 0;

    while (size < sizeof banks / sizeof *banks - 1 && bytes > 8192ull << size)
        size++;
    return banks[size][port];
}

void part_list_make(struct part_list *list, const struct machine *machine)
{
    list->count = 0;
    if (!array_of(machine)->parts)
        return;
    array_of(machine)->parts(list, machine);
    part_memory(list, machine);
    part_units(list, machine);
}
