/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/process.h"
#include "models/blocks/dram.h"

/*
 * Activation buffer: holds inputs, of token blocks or streamed (schedule.h),
 * and reads the vector of each (wave, token) once into one of two input
 * latches, from which all macros take it for all its passes. in    int8
 * [tokens][K] out   int8 [k1 - k0] of the wave, in latch (vector % 2) time
 * input k lies in word k / width, word n in bank n % banks, and a bank gives
 * one word a clock.  Reading vector v starts after the read of v - 1 and after
 * the last entry clock of v - 2, also across waves and under a weight load. The
 * released RTL has no activation buffer: all of this is our assumption.
 */
struct activation_buffer {
    struct run *run;
    struct dram *dram;        /* borrowed */
    struct sim_event ready;   /* a vector can be entered */
    struct sim_event release; /* a vector has been entered */
    struct sim_event timer;
    struct sim_process process;
    bool active;
    struct schedule_place next, reading; /* vectors */
    uint32_t end_block;                  /* of this stretch of token blocks */
    uint64_t begun, done, freed;         /* vectors of this stretch */
    uint64_t usable;       /* clock from which the inputs that were taken
                              last can be read */
    uint64_t end;          /* clock after the read that is going on */
    uint64_t inputs_at[2]; /* `usable` of each latch */
    uint64_t ready_at[2];  /* of each latch */
    int8_t *latch[2];      /* [K], at the inputs' own places; 0 beyond */
};

void activation_buffer_init(struct activation_buffer *buffer, struct run *run,
                            struct dram *dram);

/* Starts a stretch of token blocks, first .. end - 1: nothing is read; limited
 * buffers behind a DRAM wait for their inputs. */
void activation_buffer_begin(struct activation_buffer *buffer, uint32_t first,
                             uint32_t end);

/* The last entry clock of the oldest vector not yet freed is over. */
void activation_buffer_free_latch(struct activation_buffer *buffer);

/* Reads of so many vectors of a wave. */
void activation_buffer_count(uint64_t counters[COUNTERS],
                             const struct wave *wave, uint64_t vectors);

/* Inputs that came over the channel. */
void activation_buffer_count_inputs(uint64_t counters[COUNTERS],
                                    uint64_t bytes);

bool activation_buffer_has(const struct activation_buffer *buffer,
                           uint64_t vector);
const int8_t *activation_buffer_vector(const struct activation_buffer *buffer,
                                       uint64_t vector);
