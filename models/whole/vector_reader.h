/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/whole/deque.h"
#include "models/whole/station.h"

/*
 * Vector reader of a whole inference: takes vectors out of the activation
 * buffer into two input latches, wave after wave, across operators.
 *   in    inputs from the channel, whole or in slices; results that are on chip
 *   out   vectors that may enter, in order
 *   time  a vector's read clocks, from when its inputs can be read, the read
 *         before is over, and the vector before the last has entered.  Inputs
 *         can be read when they came over the channel and their makers' last
 *         clock, or (OVERLAP_PIPELINE) their own token's, is over.
 */
enum { READER_LATCHES = 2 };

/* What a vector that is read waited for. */
struct read_vector {
    uint64_t makers, inputs, ready; /* clocks */
};

struct vector_reader {
    struct station station;
    size_t wave;     /* of the next vector */
    uint32_t vector; /* of the wave's */
    uint64_t read;   /* vectors so far */
    uint64_t entered;
    uint64_t free; /* clock after the read that goes on */
    struct read_vector of[READER_LATCHES];
    uint64_t entered_at[READER_LATCHES];
    struct deque held;   /* inputs that are to be freed */
    struct deque slices; /* clocks from which the next can be read */
};

void vector_reader_init(struct vector_reader *reader, struct whole *whole);
void vector_reader_release(struct vector_reader *reader);

/* Inputs with that number in the room are free once `vectors` are read. */
void vector_reader_hold(struct vector_reader *reader, uint64_t vectors,
                        size_t number);
/* The slice of the next vector without one. */
void vector_reader_slice(struct vector_reader *reader, uint64_t clock);

/* What the next vector to enter waited for; NULL: it is not being read. */
const struct read_vector *
vector_reader_next(const struct vector_reader *reader);

/* It has entered by that clock. */
void vector_reader_enter(struct vector_reader *reader, uint64_t clock);
