/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/blocks/pass.h"
#include "models/blocks/site.h"

/*
 * The cells of one macro: P sub-macros x R rows x C columns.  A cell multiplies
 * its weight with the element of the pair that its metadata bit names; columns
 * that the pass does not serve are gated.
 *   in    low, high  int8 [slots][columns]; word and metadata of the image
 *   out   products   int16 [slots][columns], one beat a clock
 *   time  registered: 1 clock.  A beat takes `input_bits` of the input, least
 *         significant first, the last beat's top bit being the sign; a pass has
 *         8 / input_bits beats, as far apart as the
 *         array says (beat_clocks()).
 * Source: the released RTL (hw/cim_cell.v: 8 x 8 bits in parallel, unsigned;
 * signed here, as int8 models need).  Bit-serial input is our variation.
 */
struct sub_macro_array {
    struct site site;
    uint32_t beat_clocks;
    uint32_t beat;      /* of the pass at the head of `in` */
    uint64_t next_beat; /* clock */
    struct pipe *in, *out;
    struct sim_event timer;
    struct sim_process process;
};

/* Operations of cells that serve, and of those that are gated. */
void sub_macro_array_count(uint64_t counters[COUNTERS],
                           const struct visit *visit);

void sub_macro_array_init(struct sub_macro_array *array,
                          const struct site *site, struct pipe *in,
                          struct pipe *out);
