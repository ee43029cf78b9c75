/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/select_store.h"

uint64_t select_store_read(const struct placement *placement,
                           const struct column_tile *column,
                           const struct tile *tile, uint32_t sets)
{
    if (column->sets <= placement->machine->select.selects)
        return 0;
    return (uint64_t)placement->mapping.select_bits * tile->slots * sets;
}
