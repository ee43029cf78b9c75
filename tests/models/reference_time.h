/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/counter.h"
#include "tests/models/reference_shape.h"

/* The second machine's clocks: a layer whose tokens are cut into blocks of so
 * many, its inputs in blocks or streamed.  Adds to cycles and clocks[], and
 * what the channel carried to counters[]. */
struct second_run {
    const struct second_machine *second;
    uint32_t block;
    bool streams;
    uint64_t cycles;
    uint64_t clocks[CLOCK_CATEGORIES];
    uint64_t counters[COUNTERS];
};

void second_run_time(struct second_run *run);
