/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/programme_time.h"
#include "models/whole/station.h"

/*
 * Entry port of the array in a whole inference: lets the passes of vectors in,
 * wave after wave through the whole programme, and accounts for every clock in
 * which none entered.
 *   in    loaded waves, read vectors, credits of the sum queue
 *   out   passes to the sum queue; latches and banks, which are free after the
 *         last pass that needed them
 *   time  a pass holds the port for its entry clocks, from when its wave is
 *         loaded, its vector read, a credit there and the pass before over
 */
struct entry_port {
    struct station station;
    size_t wave;     /* of the next pass */
    uint32_t vector; /* of the wave's */
    uint32_t pass;   /* of the vector's */
    uint64_t free;   /* clock after the last pass */
};

void entry_port_init(struct entry_port *port, struct whole *whole);

/* Where the clocks from the last entry to `over` went. */
void entry_port_drain(struct entry_port *port, uint32_t name, uint64_t over);
