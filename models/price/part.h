/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/counter.h"
#include "models/machine.h"

/*
 * What a machine is made of and what its work costs, in components of a cost
 * table ("full_adder", "register_bit"), so that it can be priced again without
 * being replayed again.
 *
 *   PART_AREA    `count` components stand in `block`
 *   PART_ENERGY  one unit of `counter` uses `count` components of `block`, as
 *                far as they are active
 *   PART_PATH    pipeline stage `block` has `count` components one after the
 *                other in its longest path: gates only, no wires
 *   PART_UNIT    as PART_AREA, of what only a whole inference needs
 *   PART_RESIDENT
 *                `count` components stand for every bit of the images that a
 *                run keeps on the chip, which `counter` counts as it loads
 *                them; of a line: a bit moved runs past `count` of the memory's
 *                side
 *
 * Left out, for every machine alike: the controller and, but in a whole
 * inference, requantisation.  Of an output-stationary array only clocks are
 * known: it has no parts.
 */
enum part_use {
    PART_AREA,
    PART_ENERGY,
    PART_PATH,
    PART_UNIT,
    PART_RESIDENT,
    PART_USES
};

/* What the energy of a component goes with. */
enum part_activity {
    PART_ALWAYS,  /* every time: clocked, or no matter what is carried */
    PART_INPUT,   /* share of input bits that change */
    PART_PRODUCT, /* that x share of the kept weights' bits that are 1 */
    PART_SUM,     /* that x share of the cells at work with a kept weight */
    PART_ACTIVITIES
};

extern const char *const part_use_names[PART_USES];
extern const char *const part_activity_names[PART_ACTIVITIES];

struct part {
    enum part_use use;
    const char *block;
    const char *name;      /* what the components are there for */
    const char *component; /* a row of the cost table */
    double count;
    enum counter_id counter;     /* PART_ENERGY, PART_RESIDENT */
    enum part_activity activity; /* PART_ENERGY */
};

enum { PART_MAX = 160 };

struct part_list {
    size_t count;
    struct part at[PART_MAX];
};

void part_list_make(struct part_list *list, const struct machine *machine);

/*
 * For the files that make the parts of lists.  A part whose count is 0 is left
 * out.
 */
void part_stand(struct part_list *list, const char *block, const char *name,
                const char *component, double count);
void part_pass(struct part_list *list, const char *stage, const char *name,
               const char *component, double count);
void part_stand_beside(struct part_list *list, const char *block,
                       const char *name, const char *component, double count);

/* A memory bank of the cost table, which holds so many bytes: what a bit read
 * and a bit written cost.  One of no stated size is the smallest. */
enum part_port { PART_PORT_64, PART_PORT_256 }; /* bits */

struct part_bank {
    const char *read, *write;
};

struct part_bank part_bank(uint64_t bytes, enum part_port port);

/* What one unit of a counter uses. */
struct part_spending {
    enum counter_id counter;
    const char *component;
    double count;
    enum part_activity activity;
};

void part_spend(struct part_list *list, const char *block, const char *name,
                struct part_spending spending);

/* What stands for one unit of a counter (PART_RESIDENT). */
void part_hold(struct part_list *list, const char *block, const char *name,
               struct part_spending holding);

/* `count` multiplexers inputs:1 in one place, built of 4:1 and 2:1 ones. */
struct part_selectors {
    uint64_t inputs;
    double count;
};

void part_stand_selectors(struct part_list *list, const char *block,
                          const char *name, struct part_selectors selectors);
void part_spend_selectors(struct part_list *list, const char *block,
                          const char *name, enum counter_id counter,
                          struct part_selectors selectors);
void part_pass_selector(struct part_list *list, const char *stage,
                        const char *name, uint64_t inputs);

/*
 * `count` array multipliers of a weight by `bits` of an input: an AND gate a
 * bit pair, and a row of full adders for every further input bit.  The first
 * row adds what registers and gates hand it, as a tree's do; through the rows
 * behind it run the glitches of those before (`multiplier_adder`).
 */
struct part_multipliers {
    double weight; /* bits of one of its factors */
    uint32_t bits;
    double count;
};

void part_stand_multipliers(struct part_list *list, const char *block,
                            struct part_multipliers multipliers);
void part_spend_multipliers(struct part_list *list, const char *block,
                            struct part_multipliers multipliers);

/* Likewise of what only a whole inference has: they stand there, and one works
 * for each unit of a counter. */
void part_multipliers_beside(struct part_list *list, const char *block,
                             enum counter_id counter,
                             struct part_multipliers multipliers);

/* A tree of two-input additions of `lanes` numbers of `width` bits. */
double part_tree_adders(uint64_t lanes, uint32_t width);    /* full adders */
double part_tree_registers(uint64_t lanes, uint32_t width); /* bits, a level
                                                               each */

/*
 * `bytes` in so many banks that work at once, each a square of banks of the
 * cost table; 0 bytes: a memory that holds anything, at the price of one of 256
 * KiB.
 */
struct part_memory {
    const char *read, *write; /* components, a bit */
    double banks;             /* that stand, in all */
    double passed;            /* by a word on its way */
    bool unlimited;
};

struct part_memory part_memory_of(uint64_t bytes, uint64_t banks,
                                  enum part_port port);

/* A unit of a counter reads or writes so many bits: what the bank takes, and
 * the lines past others. */
struct part_access {
    enum counter_id counter;
    enum { PART_READ, PART_WRITE } kind;
    double bits;
};

void part_access(struct part_list *list, const char *block, const char *name,
                 const struct part_memory *memory, struct part_access access);

/* What stands around the macros. */
void part_memory(struct part_list *list, const struct machine *machine);

/* The cells and what lies between them and the output buffer. */
void part_macro(struct part_list *list, const struct machine *machine);
void part_systolic(struct part_list *list, const struct machine *machine);

/*
 * What a whole inference has beside array and buffers: vector and scan unit, an
 * engine for products, state store, staging, decoder, memory.  Left out: wires
 * to them, and the memory's controller.
 */
void part_units(struct part_list *list, const struct machine *machine);
