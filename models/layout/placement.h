/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/layout/mapping.h"

/*
 * Where a layer's weights go in a machine's macros: pure functions of the two.
 *
 * A column tile is C consecutive outputs a team (the last may be narrower),
 * team after team.  Its groups of `run_as.m` inputs are packed into rows of g
 * slots (mapping.h) in K order; what fits in g * R slots is one K tile.  All
 * columns of a column tile have the same K range and rows, because a row's
 * inputs are broadcast once and held for all passes.
 *
 * A set (mapping.h) needs as many slots of a pair as any of its columns keeps
 * weights in it; a group's slots are the largest need over the column tile's
 * sets.
 *
 * The rules of rows (a group starts a new row if it does not fit in what is
 * left of a started one; one of more than g slots starts on a fresh row and
 * runs on) are our choice: the released RTL (github.com/FLOW-open-project/FLOW)
 * has no controller that would show them.
 */

/* Columns or inputs first .. first + count - 1. */
struct range {
    uint32_t first, count;
};

/* What a macro holds at one time. */
struct tile {
    uint32_t k0, k1; /* inputs k0 .. k1 - 1 */
    uint32_t first_group;
    uint32_t groups;
    uint32_t slots; /* used */
    uint32_t span;  /* one past the last used slot */
    uint64_t wires; /* sum over slots of the pairs of their group */
};

struct column_tile {
    uint32_t first, columns; /* outputs first .. first + columns - 1 */
    uint32_t team_columns;   /* of its widest team, the first */
    uint32_t sets;           /* of all teams */
    uint32_t team_sets;      /* of the widest */
    uint32_t passes;
    uint32_t tiles;
    struct tile *tile;
    uint8_t *need; /* slots of each group */
};

struct placement {
    const struct machine *machine; /* borrowed */
    const struct layer *layer;     /* borrowed */
    struct mapping mapping;
    uint32_t groups;
    uint32_t column_tiles;
    struct column_tile *column_tile;
};

/* -1 and `err` if a group needs more slots than a tile has. */
int placement_init(struct placement *placement, const struct machine *machine,
                   const struct layer *layer, const struct mapping *mapping,
                   struct error *err);

/* The placement of the layer of `narrow` as the same pattern in a mode that
 * merges less, so that a tile has several times the columns: no mask is read
 * once more.  -1 and `err` if a group needs more slots than a tile has. */
int placement_widen(struct placement *placement, const struct placement *narrow,
                    const struct mapping *mapping, struct error *err);

/* Whether the machine places all masks of the layer's pattern alike. */
bool placement_is_fixed(const struct machine *machine,
                        const struct layer *layer,
                        const struct mapping *mapping);

void placement_release(struct placement *placement);

/* Columns of a column tile that pass `pass` serves in one of its teams, counted
 * from the tile's first: the same places of each team, where it has them. */
struct range placement_served(const struct placement *placement,
                              const struct column_tile *column, uint32_t pass,
                              uint32_t team);

/* How many that are in all teams. */
uint32_t placement_served_columns(const struct placement *placement,
                                  const struct column_tile *column,
                                  uint32_t pass);

/* Bits of a tile's image: words, metadata (a dense one's are made by the
 * loader) and selects. */
struct image_bits {
    uint64_t words, metadata, selects;
};

struct image_bits placement_image_bits(const struct placement *placement,
                                       const struct column_tile *column,
                                       const struct tile *tile);
uint64_t placement_image_bytes(const struct placement *placement,
                               const struct column_tile *column,
                               const struct tile *tile); /* rounded up */

/*
 * Slots of groups in a row-by-row order: placement and image walk the groups of
 * a tile with it and so agree.
 */
struct packer {
    uint32_t lanes; /* slots of a row */
    uint32_t slots; /* of a tile */
    uint32_t at;    /* next free slot */
    bool straddle;
};

void packer_init(struct packer *packer, const struct placement *placement);

/* Gives the first slot of a group of `need` slots; false if it does not fit in
 * the rest of the tile. */
bool packer_place(struct packer *packer, uint32_t need, uint32_t *first);
