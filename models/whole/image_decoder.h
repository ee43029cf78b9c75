/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/whole/deque.h"
#include "models/whole/station.h"

/*
 * Image decoder: turns an image as it lies in memory (dram.code, layout/code.h)
 * into cells.
 *   in    coded images, in the order of the list
 *   out   images to the loader, so many clocks after they came in; one after
 *         the other as they come, for it is a pipeline.  How many bytes a clock
 *         it hands on is the loader's `weights.port_bytes`.
 * Images that lie in memory as the cells hold them pass in no time.
 */
struct image_decoder {
    struct station station;
    struct deque coming; /* images that are on the channel */
};

void image_decoder_init(struct image_decoder *decoder, struct whole *whole);
void image_decoder_release(struct image_decoder *decoder);

/* The image of a wave is there from that clock on. */
void image_decoder_put(struct image_decoder *decoder, size_t wave,
                       uint64_t clock);
