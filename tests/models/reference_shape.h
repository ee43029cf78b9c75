/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tests/models/cases.h"

/* Tiles and waves of the second machine, found from a matrix of booleans. */
enum { MAX_TILES = 200, MAX_COLUMN_TILES = 64 };

struct tile_shape {
    uint32_t k0, k1, slots;
    uint64_t pairs; /* of each slot's group */
};

struct column_shape {
    uint32_t first, columns, sets, passes, tiles;
    uint32_t widest; /* columns of its first team */
    struct tile_shape tile[MAX_TILES];
};

struct wave_shape {
    uint32_t column_wave, tile, k0, k1, passes, read, columns, macros;
    uint64_t load, bytes;
    uint64_t coded; /* bytes on the channel */
};

struct second_machine {
    const struct machine *machine;
    const struct test_case *test;
    struct pattern run_as;
    bool as_dense; /* whatever the layer's pattern */
    bool dense;
    uint32_t group;  /* inputs */
    uint32_t merged; /* sub-macros that are added for an output */
    uint32_t full;   /* columns of a full column tile */
    uint32_t wide;   /* columns of a set */
    uint32_t column_tiles;
    struct column_shape column[MAX_COLUMN_TILES];
    uint32_t waves;
    struct wave_shape wave[MAX_TILES * MAX_COLUMN_TILES];
};

/* Fills the rest from machine, test, run_as, as_dense and merged; false if it
 * does not fit. */
bool second_place(struct second_machine *second);

/* Sets run_as; false if no listed pattern covers the layer's. */
bool second_choose(struct second_machine *second);

/* The column tile of a macro that has a part in the wave, or NULL. */
const struct column_shape *second_column(const struct second_machine *second,
                                         const struct wave_shape *wave,
                                         uint32_t macro);

/* Whether column c of a column tile is served in a pass. */
bool second_serves(const struct second_machine *second, uint32_t c,
                   uint32_t pass);

uint32_t second_select_bits(const struct second_machine *second);

uint32_t second_operation_clocks(const struct second_machine *second,
                                 const struct wave_shape *wave, uint32_t pass);

uint32_t round_up(uint64_t value, uint64_t by); /* value / by */
