/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/channel.h"
#include "models/whole/room.h"
#include "models/whole/station.h"

/*
 * The channel to memory in a whole inference, of whatever kind (memory.h): one
 * transfer after the other, in the order of the agenda's list.
 *
 *   in    what makes an entry due: room, sums, results, other writes
 *   out   images to the decoder, inputs to reader and units, `arrival` clocks
 *         after their last byte; ends of writes to whoever waits for them
 *   time  an entry takes bytes / rate, exact, from when it is asked for or the
 *         one before it is over.  An image is asked for as soon as what is
 *         asked for and not loaded, its own bytes included, fits dram.staging,
 *         or nothing is; inputs likewise, activations.capacity.  What is made
 *         in this step comes after its write.
 */
struct memory_bus {
    struct station station;
    struct channel channel;
    struct room staging, inputs;
    size_t next;    /* entry */
    uint32_t slice; /* of it that are over */
};

void memory_bus_init(struct memory_bus *bus, struct whole *whole);
void memory_bus_release(struct memory_bus *bus);
