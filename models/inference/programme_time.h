/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/programme.h"

/*
 * The clocks of a programme, as a recurrence: every time is the latest of
 * times before it plus a constant, in the order of the list.
 *
 *   channel   one list, fixed before time runs: group by group, block by block,
 *             task by task, column wave by column wave: inputs that are not on
 *             chip, images in wave order, a column wave's write after the image
 *             that follows it, also across tasks; of another unit its inputs,
 *             then its write.  Inputs that an owed write makes stand right
 *             after that write.  Nothing overtakes.
 *   image     is asked for as soon as bytes asked for and not loaded, its own
 *             included, fit `staging`, or nothing is outstanding
 *   inputs    likewise with bytes not yet read for the last time, `capacity`
 *   write     in the clock after its last output operation
 *   array     loads, reads, entries and outputs as for one layer, running on
 *             through all tasks: wave w is in bank w % banks
 *   others    one task at a time on a unit, in order; a task begins after the
 *             last clock of all its makers.  What it fetches beside its inputs
 *             streams through: it is asked for at once or, if it was made in
 *             this step, as an image is, and takes no room
 *
 * OVERLAP_PREFETCH: an array task's first read waits for the last clock of its
 * makers; requests and loads do not, except for images that a task of this step
 * makes.  OVERLAP_NONE: every (task, block) starts cold when the one before it
 * has ended, its writes included; there are no groups.  OVERLAP_PIPELINE: as
 * prefetch, but where a maker's result stays on chip and has as many tokens as
 * the task, each token waits for its own: of an array's task, the clock after
 * its last output over all of its vectors; of a unit's task (pace), the latest
 * over tokens s up to it of when s can be read of all makers, and the clocks of
 * the elements from s to it, and the latency.
 */

/* Where a task's clocks went, by what the next pass waited for; of the other
 * units all clocks are their own. */
enum programme_clock {
    PROGRAMME_COMPUTE, /* a pass holds the entry port */
    PROGRAMME_LOADER,
    PROGRAMME_MEMORY,
    PROGRAMME_ARRAY,  /* reads, credits, draining */
    PROGRAMME_VECTOR, /* a maker on the vector unit */
    PROGRAMME_SCAN,
    PROGRAMME_ATTENTION, /* likewise on an engine for products */
    PROGRAMME_CLOCKS,

    /* Where clocks are whole (SPENT_WHOLE), instead of PROGRAMME_ARRAY: */
    PROGRAMME_READ = PROGRAMME_CLOCKS,
    PROGRAMME_OUTPUT,
    PROGRAMME_DRAIN,
    ALL_PROGRAMME_CLOCKS
};

extern const char *const programme_clock_names[PROGRAMME_CLOCKS];

/* Of all tasks with the same name. */
struct task_sum {
    uint64_t clocks; /* each task's end less the latest end before it */
    uint64_t spent[ALL_PROGRAMME_CLOCKS];
    uint64_t bytes[TRAFFICS];
    uint64_t inputs; /* of these, what tasks take as input */
};

/*
 * Fills sum[names] (adds to it) and end[segments], the clock after the last of
 * everything up to a segment's end (NULL: not asked for), but for what ends
 * with a write that waits for an image of a later segment: it counts there. The
 * sums' clocks add up to the last of them.
 */
void programme_run(struct task_sum *sum, uint64_t *end,
                   const struct programme *programme,
                   const struct programme_machine *machine);
