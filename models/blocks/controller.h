/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/blocks/output_buffer.h"

/*
 * Controller: lets passes enter the macros, in the order of the schedule.
 *   in    a loaded wave, a read vector, a credit
 *   out   passes, to every macro that serves columns in them
 *   time  a pass enters in the first clock after the previous pass's, its
 * wave's load, its vector's read, and with a credit; it holds the entry port
 *         for the entry_clocks of its wave.
 * Token blocks are laid end to end, each from a cold start.  A block's outputs
 * leave through DRAM after its last output operation, where there is a DRAM and
 * the output buffer is limited.
 *
 * The controller says for each clock where it went (counter.h).  After the last
 * entry of a block come `latency` clocks of drain; what is left until the last
 * output operation ends is output stall.
 * The released RTL has no controller: all of this is our assumption.
 */
struct controller_units {
    struct dram *dram; /* borrowed, as the others */
    struct weight_loader *loader;
    struct activation_buffer *activation;
    struct output_buffer *output;
    struct macro *macro; /* [macros] */
};

struct controller {
    struct run *run;
    struct controller_units units;
    struct sim_event wake; /* begin, entry port free, block over */
    struct sim_process process;
    uint32_t block; /* token block */
    uint32_t first_token, tokens;
    uint32_t wave, token, number; /* the pass that is next */
    uint64_t vector;
    uint64_t port_free_at;       /* clock */
    bool active;                 /* a block is being replayed */
    bool ends_vector, ends_wave; /* the pass that holds the port */
    bool finished;
    uint64_t cycles;
    uint64_t clocks[CLOCK_CATEGORIES];
};

void controller_init(struct controller *controller, struct run *run,
                     const struct controller_units *units);
