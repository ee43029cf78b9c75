/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/counter.h"
#include "models/machine.h"
#include "tests/models/cases.h"

/*
 * A second machine, built otherwise: masks as a matrix of booleans, placement
 * group by group from it, and time as a loop over clocks in which every unit
 * looks at what was true before the clock.  It shares only the parameters with
 * the blocks.
 */
struct reference {
    struct pattern run_as;
    uint64_t cycles;
    uint64_t clocks[CLOCK_CATEGORIES];
    uint32_t merged;
    uint32_t block;              /* tokens */
    bool streams;                /* inputs */
    uint64_t counters[COUNTERS]; /* but the hidden clocks and what follows */
};

/* False if the machine cannot run the layer. */
bool reference_run(struct reference *reference, const struct machine *machine,
                   const struct test_case *test);
