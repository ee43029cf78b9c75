/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/whole/station.h"

/*
 * Tile loader of a whole inference: weights, and what is made at run time and
 * stationary in a product (keys, values, chunks), wave by wave through the
 * whole programme.
 *   in    images from the decoder; what is made on chip from its maker's last
 *         clock on; banks that the entry port gives back
 *   out   waves that vectors may enter
 *   time  the wave's load clocks, from when its image is there, the load before
 *         is over and bank (wave % banks) is free.  Staging is free with the
 *         load's last clock.
 */
struct tile_loader {
    struct station station;
    size_t next;         /* wave */
    size_t images;       /* loaded from staging so far */
    uint64_t free;       /* clock after the load that goes on */
    struct loader_bank { /* [banks] */
        uint64_t freed;
        size_t job; /* of its last wave */
    } * bank;
};

void tile_loader_init(struct tile_loader *loader, struct whole *whole);
void tile_loader_release(struct tile_loader *loader);

/* The bank of a wave can be loaded again from that clock on. */
void tile_loader_free_bank(struct tile_loader *loader, size_t wave,
                           uint64_t clock);
