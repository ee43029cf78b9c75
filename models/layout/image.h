/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/layout/placement.h"

/*
 * What is written into a macro for one tile, slot by slot (slot = row * P +
 * sub-macro), and all that its outputs are computed from:
 *
 *     word      int8  [span][C]   the weight of a cell; 0 if it has none
 *     metadata  uint8 [span][C]   element of the pair that the cell takes: 0, 1
 *     select    uint8 [span][C]   pair of the group, the same in all columns of
 *                                 a set; 0 in slots past the set's need
 *     input     uint32 [span]     first input of the slot's group
 *     pairs     uint8 [span]      pairs of the slot's group; 0: unused slot
 *
 * A set lists its pairs ascending, a pair of need 2 twice.  A column that keeps
 * one element of a pair uses the pair's first slot; one that keeps both, the
 * lower input in the first.  In a dense image the metadata is the slot's place
 * in its pair, in every column.  Bits beside the weights are the released
 * RTL's; in which slot a pair lies is our choice.
 */
struct image {
    uint32_t columns;
    uint32_t stride; /* C */
    uint32_t span;   /* one past the last used slot */
    int8_t *word;
    uint8_t *metadata;
    uint8_t *select;
    uint32_t *input;
    uint8_t *pairs;
};

/* Room for any tile of a layer that is mapped so. */
void image_init(struct image *image, const struct mapping *mapping);
void image_release(struct image *image);

enum image_part {
    IMAGE_SHAPE, /* the counts, `input` and `pairs`: enough for timing, and for
                    a layer without values */
    IMAGE_CONTENTS /* all */
};

void image_make(struct image *image, const struct placement *placement,
                const struct column_tile *column, const struct tile *tile,
                enum image_part part);
