/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/programme_time.h"

/*
 * Small programmes as nobody would write them: a few segments of tasks of all
 * kinds, with whatever may go over the channel or stay on chip, and machines
 * for them.  The same seed draws the same.
 */
enum {
    DRAWN_SEGMENTS = 3,
    DRAWN_TASKS = 4, /* of a segment */
    DRAWN_WAVES = 3,
    DRAWN_PASSES = 2,
    DRAWN_NAMES = DRAWN_SEGMENTS * DRAWN_TASKS
};

struct random_programme {
    struct task task[DRAWN_SEGMENTS][DRAWN_TASKS];
    struct task_wave wave[DRAWN_SEGMENTS][DRAWN_TASKS][DRAWN_WAVES];
    uint32_t output[DRAWN_SEGMENTS][DRAWN_TASKS][DRAWN_WAVES][DRAWN_PASSES];
    struct segment segment[DRAWN_SEGMENTS];
    size_t segments;
};

uint64_t draw(uint64_t *seed, uint64_t from, uint64_t to);

void draw_machine(struct programme_machine *machine, uint64_t *seed);
void draw_programme(struct random_programme *programme, uint64_t *seed);

/* For struct programme: the segments of a random_programme. */
const struct segment *drawn_segment(void *context, size_t number);

/* The clocks of the fast way; sum[] begins with zeros. */
uint64_t run_drawn(struct random_programme *drawn,
                   const struct programme_machine *machine,
                   struct task_sum sum[DRAWN_NAMES]);
