/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/counter.h"
#include "models/layout/schedule.h"
#include "trace/operators.h"

/*
 * What a whole inference counts (counter.h), for its energy.  Nothing here
 * depends on time.  The array's counters are those of a replay, asked of the
 * same functions (fast/wave_count.h); the channel's are moved_bytes, which the
 * clockwork adds up, so those of the block `dram` stay 0.
 */
struct work {
    uint64_t load[COUNTERS];   /* once an image is loaded */
    uint64_t vector[COUNTERS]; /* once a vector entered */
};

/* The work of a layer's waves. */
struct layout_work {
    struct work all; /* of all waves together */
    uint64_t images; /* bytes of all decoded images */
    /* Of a dense layer, whose waves are alike but for those at its edges: */
    struct work *kind; /* [kinds] the distinct ones */
    size_t kinds, capacity;
    uint32_t *of; /* [waves] number of each wave's kind; else NULL */
};

void layout_work_init(struct layout_work *work,
                      const struct schedule *schedule);
void layout_work_release(struct layout_work *work);

/* counters += loads x load + vectors x vector. */
void work_add(uint64_t counters[ALL_COUNTERS], const struct work *work,
              uint64_t loads, uint64_t vectors);

/* The counter of a vector operator's elements. */
enum counter_id work_of_function(enum operator_function function);
