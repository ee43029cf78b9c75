/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/layout/wave.h"

/*
 * The order in which a layer's tiles are loaded and its vectors enter.
 *
 * A column wave is `macros` consecutive column tiles.  Wave (j, i) is the i-th
 * K tiles of column wave j, those that have one, in lockstep: each vector
 * enters all of them in the same clock, and the inputs k0 .. k1 - 1 that any of
 * them needs are broadcast.  Tokens come in order in every wave, all passes of
 * a vector, then the next vector.  Where buffers have capacities the tokens are
 * cut into blocks; each block replays all waves from a cold start.
 *
 * The blocks of the machine and the recurrence know a wave by its number in
 * `wave`, a vector by its number over the waves of a token block, and take
 * everything else from the wave itself (wave.h).  Nothing there asks for the
 * schedule's placement, so the waves of a whole programme of layers can stand
 * in one list and run on through it: the bank of wave w is w % banks, the latch
 * of vector v is v % 2, and credits go round, whatever layer they belong to.
 */
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
