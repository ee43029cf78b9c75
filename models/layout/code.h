/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/layout/placement.h"

/*
 * How images lie in memory (dram.code):
 *
 *   cell        as the cells hold them: weights.bits a word, its metadata and
 *               select
 *   bitmap      as many a kept weight and 1 a position; dense: as many a weight
 *   enumerated  as many a weight of the run-as pattern, missing ones sent as
 *               zeros, and ceil(log2 C(r, min(N, r))) bits a group of r inputs
 */
enum image_code { CODE_CELL, CODE_BITMAP, CODE_ENUMERATED };

/* Bytes of a tile's image on the channel, rounded up once. */
uint64_t code_bytes(const struct placement *placement,
                    const struct column_tile *column, const struct tile *tile);

/* Clocks of the decoder, from an image's last byte to its use: 0 for cell, 4
 * for the others (an assumption: a count, a shift, a choice and a register). */
uint32_t code_clocks(const struct machine *machine);
