/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/blocks/pipe.h"
#include "models/inference/channel.h"

/*
 * DRAM channel: carries tile images, and the inputs and outputs of token
 * blocks, first come first served (inference/channel.h).
 *   in    requests of so many bytes
 *   out   the whole image (or inputs) at once, `latency` clocks after its last
 *         byte; the channel is busy for bytes / rate
 * A machine without a channel keeps its weights on chip: nothing is requested.
 * One channel of constant rate and latency is our assumption; a secondary
 * summary of the paper (arXiv 2504.14365) says that it assumes all parameters
 * on chip.
 */
struct dram {
    struct run *run;
    struct channel channel;
    struct pipe images;
    struct pipe inputs;
};

/* The channel of a layer alone, which both ways use: how much of its staging an
 * image takes, and a transfer asked for in a clock; the clock in which it is
 * over. */
void dram_channel_init(struct channel *channel, const struct machine *machine);
uint64_t dram_staged(const struct machine *machine, uint64_t bytes);
uint64_t dram_carry(struct channel *channel, const struct machine *machine,
                    uint64_t asked, uint64_t bytes);

void dram_init(struct dram *dram, struct run *run);

bool dram_is_there(const struct dram *dram);

void dram_request_image(struct dram *dram, uint64_t bytes);
void dram_request_inputs(struct dram *dram, uint64_t bytes);

/* Clocks until the bytes have left. */
uint64_t dram_write(struct dram *dram, uint64_t bytes);

/* A transfer's bytes and the clocks that it holds the channel. */
void dram_count_read(uint64_t counters[COUNTERS], const struct machine *machine,
                     uint64_t bytes);
void dram_count_write(uint64_t counters[COUNTERS],
                      const struct machine *machine, uint64_t bytes);
