/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/layout/visit.h"

struct visit visit_of_wave(const struct wave *wave,
                           const struct column_tile *column, uint64_t vectors)
{
    return (struct visit){ .placement = wave->placement,
                           .column = column,
                           .tile = &column->tile[wave->k_tile],
                           .vectors = vectors,
                           .passes = vectors * column->passes,
                           .beats = machine_beats(wave->placement->machine),
                           .served = vectors * column->columns,
                           .sets = vectors * column->sets };
}
