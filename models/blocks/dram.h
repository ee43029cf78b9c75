/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/process.h"
#include "models/blocks/pipe.h"
#include "models/inference/channel.h"

/*
 * DRAM channel: carries tile images, inputs and outputs, one after the other in
 * the order of a list that is fixed before time runs (inference/channel.h has
 * the times, programme_time.h the list):
 *
 *     block by block, turn by turn: the block's inputs (before its first image,
 *     if they come in blocks), the image, the write of the column wave that
 *     ended with the turn before, the slices of the turn's vectors (if inputs
 *     are streamed); a last write at the end
 *
 *   in    room: images that were loaded, inputs that were read, column waves
 *         whose sums are there
 *   out   the whole image, or inputs, at once, `latency` clocks after its last
 *         byte; the channel is busy for bytes / rate.  Inputs carry the clock
 *         from which they can be read.
 *   time  an image is asked for as soon as bytes asked for and not loaded, its
 *         own included, fit dram.staging, or nothing is outstanding; inputs
 *         alike with activations.capacity; a write in the clock after its last
 *         output operation.  Nothing overtakes.
 *
 * A machine without a channel keeps its weights on chip: nothing is requested.
 * One channel of constant rate and latency is our assumption; a secondary
 * summary of the paper (arXiv 2504.14365) says that it assumes all parameters
 * on chip.
 */
enum dram_stage { DRAM_INPUTS, DRAM_IMAGE, DRAM_WRITE, DRAM_SLICES };

struct dram {
    struct run *run;
    struct channel channel;
    struct pipe images;
    struct pipe inputs;     /* uint64_t: clock from which they can be read */
    struct sim_event wrote; /* a write was asked for */
    struct sim_event room;
    struct sim_process process;

    /* the cursor in the list */
    struct schedule_place at; /* its turn; `token` is the slice */
    uint32_t end_block;
    enum dram_stage stage;

    uint64_t staged, held; /* bytes of images, and of inputs, outstanding */
    uint32_t ended;        /* turns whose sums are there */
    uint64_t writes, write_over; /* of this stretch; clock of the last's end */
};

void dram_init(struct dram *dram, struct run *run);
void dram_release(struct dram *dram);

bool dram_is_there(const struct dram *dram);

/* Starts a stretch of token blocks, first .. end - 1: nothing is outstanding.
 */
void dram_begin(struct dram *dram, uint32_t first, uint32_t end);

/* An image of so many bytes is loaded; inputs are read for the last time; all
 * sums of the oldest turn are in the output buffer. */
void dram_free_image(struct dram *dram, uint64_t bytes);
void dram_free_inputs(struct dram *dram, uint64_t bytes);
void dram_end_turn(struct dram *dram);

/* Whether all of the list was asked for. */
bool dram_is_asked(const struct dram *dram);

/* So many transfers' bytes and the clocks that they hold the channel. */
void dram_count_read(uint64_t counters[COUNTERS], const struct machine *machine,
                     uint64_t bytes, uint64_t times);
/* What of a wave's image is written into staging and read there once, and what
 * the decoder makes of it. */
void dram_count_staged(uint64_t counters[COUNTERS], const struct wave *wave);
void dram_count_write(uint64_t counters[COUNTERS],
                      const struct machine *machine, uint64_t bytes);
