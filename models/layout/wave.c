/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/layout/wave.h"

#include <assert.h>

#include "base/arithmetic.h"
#include "models/arrays/array.h"
#include "models/layout/code.h"
#include "models/parameter_list.h"

const struct parameter parameter_activations_width = {
    .path = "activations.width",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, activations.width),
    .unit = "bytes",
    .minimum = 1,
    .maximum = 65536,
    .standard = "32",
    .help = "of a word; 32 banks of 32 bytes fill the released RTL's input "
            "of 32 rows x 16 pairs",
};

const struct column_tile *wave_column(const struct wave *wave, uint32_t macro)
{
    const struct placement *placement = wave->placement;
    uint64_t at = wave->column_wave * placement->machine->macros + macro;

    if (at >= placement->column_tiles ||
        wave->k_tile >= placement->column_tile[at].tiles)
        return NULL;
    return &placement->column_tile[at];
}

const struct tile *wave_tile(const struct wave *wave, uint32_t macro)
{
    const struct column_tile *column = wave_column(wave, macro);

    return column ? &column->tile[wave->k_tile] : NULL;
}

uint32_t wave_served(const struct wave *wave, uint32_t pass)
{
    uint32_t served = 0;

    for (uint32_t m = 0; m < wave->placement->machine->macros; m++) {
        const struct column_tile *column = wave_column(wave, m);

        if (column)
            served += placement_served_columns(wave->placement, column, pass);
    }
    return served;
}

uint32_t wave_output_clocks(const struct wave *wave, uint32_t pass)
{
    return array_output_clocks(wave->placement->machine, wave,
                               wave_served(wave, pass));
}

static void add_macro(struct wave *wave, const struct column_tile *column)
{
    const struct tile *tile = &column->tile[wave->k_tile];

    wave->k0 = (uint32_t)min(wave->k0, tile->k0);
    wave->k1 = (uint32_t)max(wave->k1, tile->k1);
    wave->passes = (uint32_t)max(wave->passes, column->passes);
    wave->macros++;
    wave->image_bytes += placement_image_bytes(wave->placement, column, tile);
    wave->coded_bytes += code_bytes(wave->placement, column, tile);
}

void wave_describe(struct wave *wave)
{
    const struct machine *machine = wave->placement->machine;
    uint64_t width = machine->activations.width;

    wave->k0 = UINT32_MAX;
    for (uint32_t m = 0; m < machine->macros; m++) {
        const struct column_tile *column = wave_column(wave, m);

        if (column)
            add_macro(wave, column);
    }
    assert(wave->macros > 0 && wave->k1 > wave->k0);
    wave->read_words =
        (uint32_t)((wave->k1 - 1) / width - wave->k0 / width + 1);
    wave->read_clocks = array_read_clocks(machine, wave);
    wave->load_clocks = array_load_clocks(machine, wave);
    wave->entry_clocks = machine_beats(machine) * array_beat_clocks(machine);
}
