/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/select_store.h"

void select_store_count(uint64_t counters[COUNTERS], const struct visit *visit)
{
    const struct placement *placement = visit->placement;

    if (visit->column->team_sets > placement->machine->select.selects)
        counters[COUNTER_SELECT_BITS_READ] +=
            (uint64_t)placement->mapping.select_bits * visit->tile->slots *
            visit->sets;
}
