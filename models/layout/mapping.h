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
 * columns of a team are one set.
 *
 * In merge mode g the sums of g neighbouring sub-macros are added, a team, and
 * each team has C outputs of its own: the macro works as one of g sub-macros
 * and C x P / g columns.  With P = 4, sub-macros a b c d and columns of one
 * each:
 *
 *     mode 4   a+b+c+d               a row offers 4 slots, to C outputs
 *     mode 2   a+b | c+d                          2 slots, to 2 C
 *     mode 1   a | b | c | d                      1 slot,  to 4 C
 *
 * The paper's macro aggregates and disaggregates its sub-macros "for different
 * values of N and M"; the released RTL always adds all P.
 */
struct mapping {
    struct pattern run_as;
    uint32_t group;       /* inputs of a group: run_as.m */
    uint32_t set_columns; /* that obey one select */
    uint32_t select_bits; /* of one slot of one set */
    bool dense;
    uint32_t lanes;   /* slots of a row: the merge mode g */
    uint32_t slots;   /* of a tile: lanes x rows */
    uint32_t teams;   /* P / g */
    uint32_t columns; /* of a full column tile: C x teams */
};

enum mapping_as {
    MAPPING_LISTED, /* as the cheapest pattern that covers the layer's */
    MAPPING_DENSE
};

/* What is left to choose. */
struct mapping_way {
    enum mapping_as as;
    uint32_t merged; /* the merge mode g; 0: P */
};

/* -1 and `err` (ERROR_DATA) if no listed pattern covers the layer's. */
int mapping_choose(struct mapping *mapping, const struct machine *machine,
                   const struct layer *layer, struct mapping_way way,
                   struct error *err);
