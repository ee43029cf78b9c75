/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "models/machine.h"

/*
 * Kinds of memory behind the channel (dram.kind): the peak rate of all pins and
 * the share of it that a stream reaches.  The share is what the mapping of
 * addresses allows, times what refresh leaves:
 *
 *     ceiling * (1 - (tRTP + tRP + tRFC + tRCD) / tREFI)
 *
 * Sources: JEDEC's timings of 16 Gb LPDDR5 and DDR5 and of 8 Gb channels of
 * HBM2 and HBM3; the ceilings are streams that Ramulator 2.1 reads with refresh
 * off, with its best mapping (MOP4CLXOR).  Other kinds come as files
 * (own_memory.h).
 */
struct memory_price {
    const char *component; /* a row of the cost table */
    double count;          /* of it */
};

struct memory_kind {
    const char *name;
    uint64_t peak;   /* bytes a second */
    double ceiling;  /* share of the peak, without refresh */
    double busy;     /* ns that a refresh takes the channel */
    double interval; /* ns from refresh to refresh */
    double latency;  /* ns from a request to its first byte */
    struct memory_price moving, standing; /* a bit, and the power of all pins by
                                             wall time */
};

/* By dram.kind; false if the machine names none.  The name of an own kind is
 * the machine's. */
bool memory_kind_of(struct memory_kind *kind, const struct machine *machine);
bool memory_is_own(const struct machine *machine);
const struct memory_kind *memory_kind_at(size_t index); /* NULL at the end */

/* Share of the peak in 1/10,000: of the kind, or as dram.efficiency says. */
uint32_t memory_efficiency(const struct machine *machine);

/* Bytes a clock as a fraction in lowest terms; false: there is no channel.
 * dram.kind stands before dram.rate. */
bool memory_rate(uint64_t rate[2], const struct machine *machine);

/* Whether there is a channel. */
bool memory_is_there(const struct machine *machine);

/* Clocks from an entry's last byte to its use. */
uint64_t memory_latency(const struct machine *machine);
