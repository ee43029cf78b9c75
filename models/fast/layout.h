/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/fast/recurrence.h"

/*
 * A layer laid out on a machine, as it takes the fewest clocks; its parts point
 * at each other.
 */
struct layout {
    struct mapping mapping;
    struct placement placement;
    struct schedule schedule;
    struct recurrence timing;
    uint64_t way_bytes[SCHEDULE_WAYS]; /* on the channel; 0: none move, or a
                                          buffer does not allow that way */
};

/*
 * In the merge mode (mapping.h) and the way to cut tokens (schedule.h) of
 * fewest clocks: of equal modes in the one that adds most, of equal ways in the
 * one of fewer bytes, then in blocks of tokens.  NULL and `err` (ERROR_DATA),
 * that of the mode which adds most, if the layer fits in none.  Machine and
 * layer are borrowed.
 */
struct layout *layout_best(const struct machine *machine,
                           const struct layer *layer, enum mapping_as as,
                           struct error *err);

/* NULL is none. */
void layout_free(struct layout *layout);
