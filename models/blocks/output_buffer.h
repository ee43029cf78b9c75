/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/blocks/macro.h"

/*
 * Accumulator and output buffer: adds each pass's sums to those of the K tiles
 * before it.
 *   in    sums  int32 [columns] of each macro that takes part, in the same
 * clock out   int32 [T][O] time  operations run in order, one at a time, each
 *         ceil(columns served in all macros / banks) clocks; twice that for
 *         K tiles after the first if there is one port.  With two ports
 *         read-add-write is pipelined, with forwarding.  Where the sums of two
 *         column waves do not fit together, the first operation of one waits
 *         for the write of the one before.
 * Passes enter on credit: one is taken at the entry and given back after the
 * operation's last clock, so the fifo before it never overflows.
 * The released RTL ends at the merge: all of this is our assumption.
 */
struct output_operation {
    struct pass pass;
    uint32_t macros; /* that take part */
    uint32_t clocks;
    uint64_t writes; /* that must be over before; 0: none */
    bool ends_turn;
    uint64_t at;  /* clock from which it can be done */
    uint64_t end; /* clock after the operation, once it is placed */
};

struct output_buffer {
    struct run *run;
    struct macro *macro;    /* [macros], borrowed */
    struct dram *dram;      /* borrowed */
    int32_t *outputs;       /* [T][O], borrowed; NULL: timing only */
    struct sim_event ended; /* an operation is over, a credit is back */
    struct sim_event timer;
    struct sim_process process;
    uint32_t credits;
    uint64_t taken, arrived, placed, done; /* operations */
    uint64_t columns; /* waves of them that end with what is taken */
    uint64_t free_at;
    struct output_operation *fifo; /* [credits] */
    int32_t *sums;                 /* [credits][macros][columns] */
};

struct output_buffer_units {
    struct macro *macro; /* [macros], borrowed */
    struct dram *dram;   /* borrowed */
};

void output_buffer_init(struct output_buffer *buffer, struct run *run,
                        const struct output_buffer_units *units,
                        int32_t *outputs);

/* Starts a stretch of token blocks: no sums wait for a write. */
void output_buffer_begin(struct output_buffer *buffer);

/* Passes in flight or waiting. */
uint32_t output_buffer_credits(const struct machine *machine);

/* Sums of so many columns of a wave, written, and read where they are added
 * to. */
void output_buffer_count(uint64_t counters[COUNTERS], const struct wave *wave,
                         uint64_t served);

/* Finished sums that leave over the channel: each is read once more. */
void output_buffer_count_sent(uint64_t counters[COUNTERS], uint64_t sums);

bool output_buffer_has_credit(const struct output_buffer *buffer);

/* Takes a credit for a pass that enters now. */
void output_buffer_expect(struct output_buffer *buffer,
                          const struct pass *pass);

bool output_buffer_is_idle(const struct output_buffer *buffer);
