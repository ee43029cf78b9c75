/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/whole/station.h"

/*
 * Sums of passes in a whole inference: output operations, one at a time, in
 * order.
 *   in    passes; writes of column waves that are over
 *   out   credits to the entry port; ends of waves, tokens and jobs
 *   time  an operation takes its output clocks, from when its sums come out of
 *         the array and the operation before is over.  The first of a column
 *         wave may wait until the sums of the one before have left.  A credit
 *         is taken at entry and back after the operation.
 */
struct pass_of_wave {
    size_t wave;
    uint32_t vector, pass; /* of the wave's, of the vector's */
    uint64_t clock;        /* in which its sums come */
};

struct sum_queue {
    struct station station;
    struct pass_of_wave *of; /* [credits] that wait */
    uint64_t *over;          /* [credits] ends of the last operations */
    uint64_t entered, begun; /* passes */
    uint64_t free;           /* clock after the operation that goes on */
    size_t written;          /* wave whose sums left last, */
    uint64_t written_over;   /* and when */
};

void sum_queue_init(struct sum_queue *sums, struct whole *whole);
void sum_queue_release(struct sum_queue *sums);

/* From when the next pass has a credit; NEVER: that is not known yet. */
uint64_t sum_queue_from(const struct sum_queue *sums);

/* A pass that has entered. */
void sum_queue_put(struct sum_queue *sums, const struct pass_of_wave *pass);

/* The sums of the column wave that ends with that wave have left by then. */
void sum_queue_tell_write(struct sum_queue *sums, size_t wave, uint64_t clock);
