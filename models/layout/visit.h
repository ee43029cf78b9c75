/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/layout/wave.h"

/*
 * Work of one macro that is counted at once: what each block's X_count() is
 * given, by the way of events for a pass, by the fast way for all vectors of a
 * wave.  Counts are linear in the last five, so both give the same sums.
 */
struct visit {
    const struct placement *placement; /* borrowed, as the next two */
    const struct column_tile *column;
    const struct tile *tile;
    uint64_t vectors; /* that came to the macro anew */
    uint64_t passes;
    uint64_t beats;  /* of each pass */
    uint64_t served; /* columns, over all passes */
    uint64_t sets;   /* whose selects were obeyed, over all passes */
};

/* All passes of so many vectors in a column tile's part of the wave. */
struct visit visit_of_wave(const struct wave *wave,
                           const struct column_tile *column, uint64_t vectors);
