/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/layout/placement.h"

/*
 * A wave: what all macros hold at the same time and what enters them then, a
 * column wave's K tiles (schedule.h).  It knows its own placement, and through
 * it layer and machine, so waves of several layers can stand in one list and be
 * numbered through it.  All that both ways ask about a wave's clocks is
 * here, asked once of the array (arrays/array.h) when the wave is described.
 */
struct wave {
    const struct placement *placement; /* borrowed */
    uint32_t column_wave;              /* j */
    uint32_t k_tile;       /* i; over 0: sums are added to those there */
    uint32_t k0, k1;       /* inputs k0 .. k1 - 1 that any macro needs */
    uint32_t macros;       /* that take part */
    uint32_t passes;       /* of a vector */
    uint32_t entry_clocks; /* that a pass holds the entry port */
    uint32_t read_words;   /* of the activation buffer, a vector */
    uint32_t read_clocks;  /* a vector */
    uint64_t load_clocks;
    uint64_t image_bytes; /* decoded */
    uint64_t coded_bytes; /* on the channel: layout/code.h */
    uint32_t outputs;     /* of the column wave that ends here; 0: none does */
    bool begins; /* its first sums take the place of those of the column wave
                    (o_inner: of the token block) before */
};

/* Fills the rest, but for `outputs` and `begins`, from placement, column_wave
 * and k_tile.  At least one macro must take part. */
void wave_describe(struct wave *wave);

/* The column tile and K tile of one macro in a wave; NULL: the macro idles. */
const struct column_tile *wave_column(const struct wave *wave, uint32_t macro);
const struct tile *wave_tile(const struct wave *wave, uint32_t macro);

/* Columns that all macros serve in a pass. */
uint32_t wave_served(const struct wave *wave, uint32_t pass);

/* Clocks of the output operation of a pass. */
uint32_t wave_output_clocks(const struct wave *wave, uint32_t pass);
