/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "models/machine.h"
#include "trace/layer.h"

/*
 * How a machine takes up a layer, before any weight has a place: as which
 * pattern it runs, and in which shape a macro works.
 *
 * The pattern is the layer's own, or if the machine does not list it or cannot
 * reach it, the listed one of least density that covers it (then least m).
 *
 * Columns that obey one select are a set: `share` columns, or more where masks
 * are known to agree.  A dense run uses both slots of each pair, and all
 * columns of a column tile are one set.
 */
struct mapping {
    struct pattern run_as;
    uint32_t group;       /* inputs of a group: run_as.m */
    uint32_t set_columns; /* that obey one select */
    uint32_t select_bits; /* of one slot of one set */
    bool dense;
    uint32_t lanes;   /* slots of a row */
    uint32_t slots;   /* of a tile: lanes x rows */
    uint32_t columns; /* of a full column tile */
};

enum mapping_as {
    MAPPING_LISTED, /* as the cheapest pattern that covers the layer's */
    MAPPING_DENSE
};

/* -1 and `err` (ERROR_DATA) if no listed pattern covers the layer's. */
int mapping_choose(struct mapping *mapping, const struct machine *machine,
                   const struct layer *layer, enum mapping_as as,
                   struct error *err);
