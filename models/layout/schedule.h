/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/layout/placement.h"

/*
 * The order in which a layer's tiles are loaded and its vectors enter.
 *
 * A column wave is `macros` consecutive column tiles.  Wave (j, i) is the i-th
 * K tiles of column wave j, those that have one, in lockstep: each vector
 * enters all of them in the same clock, and the inputs k0 .. k1 - 1 that any of
 * them needs are broadcast.  Tokens come in order in every wave, all passes of
 * a vector, then the next vector.  Where buffers have capacities the tokens are
 * cut into blocks; each block replays all waves from a cold start.
 */
struct wave {
    uint32_t column_wave; /* j */
    uint32_t k_tile;      /* i; over 0: sums are added to those there */
    uint32_t k0, k1;
    uint32_t passes;      /* of a vector */
    uint32_t read_words;  /* of the activation buffer, a vector */
    uint32_t read_clocks; /* a vector */
    uint64_t load_clocks;
    uint64_t image_bytes;
};

struct schedule {
    const struct machine *machine;     /* borrowed */
    const struct placement *placement; /* borrowed */
    uint32_t tokens;
    uint32_t block_tokens; /* tokens in a block; the last may have fewer */
    uint32_t blocks;
    uint32_t waves;
    struct wave *wave;
};

/* -1 and `err` (ERROR_DATA) if a buffer cannot hold a single token. */
int schedule_init(struct schedule *schedule, const struct placement *placement,
                  struct error *err);
void schedule_release(struct schedule *schedule);

/* Passes that enter, over all waves and tokens. */
uint64_t schedule_passes(const struct schedule *schedule);

/* The column tile and K tile of one macro in a wave; NULL: the macro idles. */
const struct column_tile *schedule_column(const struct schedule *schedule,
                                          const struct wave *wave,
                                          uint32_t macro);
const struct tile *schedule_tile(const struct schedule *schedule,
                                 const struct wave *wave, uint32_t macro);

/* Columns that all macros serve in a pass. */
uint32_t schedule_served(const struct schedule *schedule,
                         const struct wave *wave, uint32_t pass);

/* Clocks of the output operation of a pass. */
uint32_t schedule_output_clocks(const struct schedule *schedule,
                                const struct wave *wave, uint32_t pass);
