/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/error.h"
#include "kernel/sim.h"
#include "models/counter.h"
#include "models/inference/programme_time.h"
#include "models/whole/agenda.h"
#include "models/whole/entry_port.h"
#include "models/whole/image_decoder.h"
#include "models/whole/memory_bus.h"
#include "models/whole/state_store.h"
#include "models/whole/sum_queue.h"
#include "models/whole/tile_loader.h"
#include "models/whole/token_unit.h"
#include "models/whole/vector_reader.h"

/*
 * The slow way of a whole inference: every image, vector, pass and token of a
 * programme through the blocks of a machine, as events of the kernel.  Its
 * clocks are those of programme_run(), the fast way, which goes over at once
 * what repeats; nothing but the rules of programme_time.h is shared.
 *
 *                 ┌─▶ image decoder ─▶ tile loader ─┐
 *     memory bus ─┤                                 ├─▶ entry port ─▶ sum queue
 *       ▲  ▲  ▲   ├─▶ vector reader ────────────────┘                     │
 *       │  │  │   └─▶ vector unit, scan unit, moves ◀── state store       │
 *       │  │  │       attention engine                                    │
 *       │  │  └──────────────────┘                                        │
 *       │  └── room in staging, room for inputs                           │
 *       └─────────────────────────────────────────────────────────────────┘
 *
 * Where clocks went is counted in whole clocks, which the blocks see; the fast
 * way has parts of clocks, unless SPENT_WHOLE is asked for.
 */
struct whole {
    struct sim *sim;
    const struct programme_machine *machine; /* borrowed */
    struct agenda agenda;
    struct memory_bus bus;
    struct image_decoder decoder;
    struct tile_loader loader;
    struct vector_reader reader;
    struct entry_port port;
    struct sum_queue sums;
    struct token_unit unit[TASK_UNITS]; /* but the array */

    struct task_sum *sum;               /* by name; borrowed */
    uint64_t (*counters)[ALL_COUNTERS]; /* by name; borrowed, or NULL */
    size_t names;                       /* that were seen */
};

/* What the blocks count: whatever has to do with time or with the channel, the
 * units' elements, and what the state store moved. */
enum { WHOLE_COUNTERS = 24 };
extern const enum counter_id whole_counters[WHOLE_COUNTERS];

/*
 * As programme_run().  `counters` (NULL: not asked for) gets what the blocks
 * counted (whole_counters), by name; it is added to.  -1 and `err`:
 * ERROR_INTERRUPTED, soon after a stop was asked for.
 */
struct whole_result {
    struct task_sum *sum;               /* [names] */
    uint64_t (*counters)[ALL_COUNTERS]; /* [names] */
    uint64_t *end;                      /* [segments]; NULL: not asked for */
    uint64_t activations;               /* of the blocks */
};

int whole_run(struct whole_result *result, const struct programme *programme,
              const struct programme_machine *machine, struct error *err);

/* For the blocks. */
void whole_spend(struct whole *whole, uint32_t name, enum programme_clock clock,
                 uint64_t clocks);
void whole_count(struct whole *whole, uint32_t name, enum counter_id counter,
                 uint64_t count);
enum programme_clock whole_clock_of(enum task_unit unit);
void whole_know(struct whole *whole, uint32_t name);
void whole_wake(struct whole *whole);
