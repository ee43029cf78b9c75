/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/counter.h"
#include "models/machine.h"

struct layer;
struct macro;
struct part_list;
struct site;
struct visit;
struct wave;

/*
 * What multiplies in a macro.  A kind of array is one file that tells all about
 * itself: its rows of the table, what it cannot be built with, its clocks, its
 * blocks and how they are joined, what they count and what they are made of.
 * The way of events and the fast way ask the same functions, so a formula
 * stands once.
 *
 *     entry ─▶ ( the array's own blocks and pipes ) ─▶ merged
 *
 * A pass holds the entry port for machine_beats() x beat_clocks() clocks, and
 * can be got from `merged` latency() clocks after the last of them.  Weights
 * come in a wave at a time, in array_load_clocks(); sums leave a pass at a
 * time, in output_clocks().  A function that is NULL has the common answer that
 * its comment names.
 *
 * Buffers, channel, schedule and placement are those of every machine.  A unit
 * that works on vectors instead of tiles is no array; it has these same parts:
 * rows, check, clocks of so much work, count, parts.
 */
struct array {
    const char *name; /* of array.kind, or of the reading of it */

    /* Rows that mean something for this kind only, NULL-ended; another kind
     * must leave them at their standard.  May be NULL. */
    const struct parameter *const *rows;

    /* The array that this one is by its own rows.  NULL: itself. */
    const struct array *(*reading)(const struct machine *machine);

    /* Combinations that no hardware has: -1 and `err` (ERROR_DATA) naming the
     * parameters.  NULL: none. */
    int (*check)(const struct machine *machine, struct error *err);

    /* Clocks from a pass's last entry clock to its sums at the output buffer.
     * Never NULL. */
    uint32_t (*latency)(const struct machine *machine);

    /* Clocks that a beat of a pass holds the entry port.  NULL: 1. */
    uint32_t (*beat_clocks)(const struct machine *machine);

    /* Clocks after a wave's last entry clock until its bank may be loaded
     * again.  NULL: 0. */
    uint32_t (*bank_wait)(const struct machine *machine);

    /* Clocks that loading a wave takes however wide the port is.  NULL: the
     * columns of the widest team; 1 where all registers load at once. */
    uint64_t (*load_steps)(const struct machine *machine,
                           const struct wave *wave);

    /* Clocks to read a vector of a wave, of which read_words is known.  NULL:
     * ceil(read_words / activations.banks). */
    uint32_t (*read_clocks)(const struct machine *machine,
                            const struct wave *wave);

    /* Clocks of the output operation of a pass that serves so many columns in
     * all macros.  NULL: ceil(served / outputs.banks), twice that where sums
     * are added to those there and a bank has one port. */
    uint32_t (*output_clocks)(const struct machine *machine,
                              const struct wave *wave, uint32_t served);

    /* Clocks at the end that its convention does not report.  NULL: 0. */
    uint32_t (*left_out)(const struct machine *machine);

    /* The layer whose clocks those of this layer are, without values, where
     * what stays in the array is not the weights; it runs dense.  NULL: the
     * layer. */
    struct layer (*turned)(const struct layer *layer);

    /* Makes `entry` and `merged` of the macro, and all between them.  What it
     * needs is allocated from the simulation (sim_alloc()). */
    void (*wire)(struct macro *macro, const struct site *site);

    /* Adds what its blocks count in a visit. */
    void (*count)(uint64_t counters[COUNTERS], const struct visit *visit);

    /* Adds what it is made of (price/part.h).  NULL: only its clocks are known,
     * and a machine with it has no parts at all. */
    void (*parts)(struct part_list *list, const struct machine *machine);
};

/* Every kind, in the order of array.kind; `array_NAME` is its constant. */
#define ARRAY_LIST(ARRAY)                                                      \
    ARRAY(trees)                                                               \
    ARRAY(systolic)

enum array_kind {
#define ARRAY_KIND(name) ARRAY_##name,
    ARRAY_LIST(ARRAY_KIND)
#undef ARRAY_KIND
        ARRAYS
};

#define ARRAY_DECLARE(name) extern const struct array array_##name;
ARRAY_LIST(ARRAY_DECLARE)
#undef ARRAY_DECLARE

/* The machine's array, as its rows say. */
const struct array *array_of(const struct machine *machine);

/* Whether the row is one of the array's own, or of the kind it is a reading
 * of. */
bool array_has(const struct array *array, const struct parameter *row);

/* That no row of another kind is set, and the array's own check. */
int array_check(const struct machine *machine, struct error *err);

/* The functions that may be NULL, with the common answer in their place. */
uint32_t array_beat_clocks(const struct machine *machine);
/* For kinds whose cells use their weights a clock later where there are
 * array.input_registers: the clocks of those. */
uint32_t array_input_clocks(const struct machine *machine);
uint32_t array_bank_wait(const struct machine *machine);
/* Clocks to load a wave whose images are known: their decoded bytes through the
 * one port of all macros (weights.port_bytes), and no fewer than the steps. */
uint64_t array_load_clocks(const struct machine *machine,
                           const struct wave *wave);
uint64_t array_load_steps(const struct machine *machine,
                          const struct wave *wave);
uint32_t array_read_clocks(const struct machine *machine,
                           const struct wave *wave);
uint32_t array_output_clocks(const struct machine *machine,
                             const struct wave *wave, uint32_t served);
uint32_t array_left_out(const struct machine *machine);
