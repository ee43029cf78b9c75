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
 * a vector, then the next vector.
 *
 * Where buffers have capacities the tokens are cut into blocks, and each block
 * replays all waves.  There are two ways (`blocking`):
 *
 *   tokens  a block's inputs come over the channel before its first image, and
 *           are there for all of its waves: as many tokens as fit, and images
 *           again for each block
 *   stream  every wave gets its own inputs, vector by vector, after its image:
 *           inputs again for each column wave, and blocks only as the sums of
 *           the output buffer ask for
 *
 * In either, blocks hold as many tokens as their live sums allow.  A column
 * wave's outputs, a byte each, are written after the image that follows it.
 * What has no capacity stays on chip: its bytes do not move.  So do inputs and
 * outputs of a machine without a channel, which is cut into blocks all the
 * same.
 *
 * A wave is known by its number in `wave`; its `turn` is its number over all
 * token blocks, block x waves + number.  The bank of a turn is turn % banks,
 * the latch of vector v is v % 2, and credits go round, whatever block they
 * belong to.
 */
enum schedule_blocking { BLOCKING_BEST, BLOCKING_TOKENS, BLOCKING_STREAM };
enum schedule_way { SCHEDULE_TOKENS, SCHEDULE_STREAM, SCHEDULE_WAYS };

struct schedule {
    const struct machine *machine;     /* borrowed */
    const struct placement *placement; /* borrowed */
    uint32_t tokens;
    uint32_t waves;
    struct wave *wave;

    /* as schedule_cut() sets them */
    enum schedule_way way;
    uint32_t block_tokens; /* tokens in a block; the last may have fewer */
    uint32_t blocks;
    bool inputs_come; /* over the channel */
    bool outputs_go;  /* over the channel */
    bool wait_sums;   /* sums of two column waves do not fit together */
};

/* The waves, and one block of all tokens. */
void schedule_init(struct schedule *schedule,
                   const struct placement *placement);
void schedule_release(struct schedule *schedule);

/* Cuts the tokens; false if a buffer does not hold what one token needs. */
bool schedule_cut(struct schedule *schedule, enum schedule_way way);

/* Tells in `err` (ERROR_DATA) why neither way of `blocking` can cut them. */
void schedule_refuse(const struct schedule *schedule, struct error *err);

/* Tokens of a block. */
uint32_t schedule_block(const struct schedule *schedule, uint32_t block);

/* A vector in the order in which they enter; its block is `blocks` after the
 * last. */
struct schedule_place {
    uint32_t turn; /* counted from the block that was begun with */
    uint32_t block, wave, token; /* token of the block */
    uint32_t tokens;             /* of the block */
};

void schedule_place_begin(struct schedule_place *place,
                          const struct schedule *schedule, uint32_t block);
void schedule_place_next(struct schedule_place *place,
                         const struct schedule *schedule);
void schedule_place_next_turn(struct schedule_place *place,
                              const struct schedule *schedule);

/* Blocks that run through from a cold start: all, or one. */
uint32_t schedule_stretch(const struct schedule *schedule);

/* Over all waves and tokens. */
uint64_t schedule_passes(const struct schedule *schedule);

/* Sums of a token that are alive at a time. */
uint64_t schedule_live(const struct schedule *schedule);
