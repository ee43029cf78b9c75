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
 * Token blocks run through, or (inference.overlap none) are laid end to end,
 * each from a cold start: a stretch.  It ends with its last output operation
 * or, where outputs leave through DRAM, its last write.
 *
 * The controller says for each clock where it went (counter.h).  After the last
 * entry of a stretch come `latency` clocks of drain; what is left until the
 * last output operation ends is output stall, and until the last write memory
 * stall. The released RTL has no controller: all of this is our assumption.
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
    struct schedule_place at; /* the vector that is next, its pass, and its */
    uint32_t number;          /* number over this stretch of token blocks */
    uint64_t vector;
    uint32_t end_block;          /* of the stretch */
    uint64_t port_free_at;       /* clock */
    bool active;                 /* a stretch is being replayed */
    bool ends_vector, ends_wave; /* the pass that holds the port */
    bool finished;
    uint64_t cycles;
    uint64_t clocks[CLOCK_CATEGORIES];
};

void controller_init(struct controller *controller, struct run *run,
                     const struct controller_units *units);
