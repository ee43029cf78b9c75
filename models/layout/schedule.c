/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/layout/schedule.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"

const struct column_tile *schedule_column(const struct schedule *schedule,
                                          const struct wave *wave,
                                          uint32_t macro)
{
    uint64_t at = wave->column_wave * schedule->machine->macros + macro;
    const struct placement *placement = schedule->placement;

    if (at >= placement->column_tiles ||
        wave->k_tile >= placement->column_tile[at].tiles)
        return NULL;
    return &placement->column_tile[at];
}

const struct tile *schedule_tile(const struct schedule *schedule,
                                 const struct wave *wave, uint32_t macro)
{
    const struct column_tile *column = schedule_column(schedule, wave, macro);

    return column ? &column->tile[wave->k_tile] : NULL;
}

uint64_t schedule_passes(const struct schedule *schedule)
{
    uint64_t passes = 0;

    for (uint32_t w = 0; w < schedule->waves; w++)
        passes += schedule->wave[w].passes;
    return passes * schedule->tokens;
}

uint32_t schedule_served(const struct schedule *schedule,
                         const struct wave *wave, uint32_t pass)
{
    uint32_t first, count, served = 0;

    for (uint32_t m = 0; m < schedule->machine->macros; m++) {
        const struct column_tile *column = schedule_column(schedule, wave, m);

        if (!column)
            continue;
        placement_served(schedule->placement, column, pass, &first, &count);
        served += count;
    }
    return served;
}

uint32_t schedule_output_clocks(const struct schedule *schedule,
                                const struct wave *wave, uint32_t pass)
{
    uint64_t clocks = divide_up(schedule_served(schedule, wave, pass),
                                schedule->machine->outputs.banks);

    if (schedule->machine->array.published == MACHINE_OUTPUT_STATIONARY)
        return 1;
    if (wave->k_tile > 0 && schedule->machine->outputs.ports == 1)
        clocks *= 2;
    return (uint32_t)clocks;
}

/* K tiles of a column wave: those of the macro that has most. */
static uint32_t wave_tiles(const struct schedule *schedule, uint32_t column)
{
    const struct placement *placement = schedule->placement;
    uint64_t first = column * schedule->machine->macros;
    uint64_t end =
        min(first + schedule->machine->macros, placement->column_tiles);
    uint32_t most = 0;

    for (uint64_t i = first; i < end; i++) {
        if (placement->column_tile[i].tiles > most)
            most = placement->column_tile[i].tiles;
    }
    return most;
}

static void describe(const struct schedule *schedule, struct wave *wave)
{
    const struct machine *machine = schedule->machine;
    uint64_t columns = 0, arrays = 0, width = machine->activations.width;

    wave->k0 = UINT32_MAX;
    for (uint32_t m = 0; m < machine->macros; m++) {
        const struct column_tile *column = schedule_column(schedule, wave, m);
        const struct tile *tile;

        if (!column)
            continue;
        tile = &column->tile[wave->k_tile];
        wave->k0 = (uint32_t)min(wave->k0, tile->k0);
        if (tile->k1 > wave->k1)
            wave->k1 = tile->k1;
        if (column->passes > wave->passes)
            wave->passes = column->passes;
        columns += column->columns;
        arrays++;
        wave->image_bytes +=
            placement_image_bytes(schedule->placement, column, tile);
    }
    assert(columns > 0 && wave->k1 > wave->k0);
    wave->read_words =
        (uint32_t)((wave->k1 - 1) / width - wave->k0 / width + 1);
    wave->read_clocks =
        (uint32_t)divide_up(wave->read_words, machine->activations.banks);
    if (machine->array.kind == MACHINE_SYSTOLIC)
        columns = arrays * machine->macro.rows;
    wave->load_clocks = divide_up(columns, machine->weights.ports);
    if (machine->array.published == MACHINE_OUTPUT_STATIONARY)
        wave->load_clocks = wave->read_clocks = 0;
}

static void add_wave(struct schedule *schedule, uint32_t column, uint32_t tile)
{
    struct wave *wave = &schedule->wave[schedule->waves++];

    *wave = (struct wave){ .column_wave = column, .k_tile = tile };
    describe(schedule, wave);
}

static void order_waves(struct schedule *schedule)
{
    uint32_t columns = (uint32_t)divide_up(schedule->placement->column_tiles,
                                           schedule->machine->macros);
    size_t count = 0;
    uint32_t most = 0;

    for (uint32_t j = 0; j < columns; j++) {
        uint32_t tiles = wave_tiles(schedule, j);

        count += tiles;
        if (tiles > most)
            most = tiles;
    }
    schedule->wave = memory_new(count, sizeof *schedule->wave);
    if (schedule->machine->loop == MACHINE_K_INNER) {
        for (uint32_t j = 0; j < columns; j++) {
            for (uint32_t i = 0; i < wave_tiles(schedule, j); i++)
                add_wave(schedule, j, i);
        }
        return;
    }
    for (uint32_t i = 0; i < most; i++) {
        for (uint32_t j = 0; j < columns; j++) {
            if (i < wave_tiles(schedule, j))
                add_wave(schedule, j, i);
        }
    }
}

static int cut_tokens(struct schedule *schedule, struct error *err)
{
    const struct machine *machine = schedule->machine;
    const struct layer *layer = schedule->placement->layer;
    uint64_t tokens = layer->tokens, live = layer->outputs;

    if (machine->loop == MACHINE_K_INNER)
        live = min(live, machine->macros * machine->macro.columns);
    if (machine->activations.capacity)
        tokens = min(tokens, machine->activations.capacity / layer->inputs);
    if (tokens == 0)
        return error_set(
            err, ERROR_DATA,
            "layer %s: the activation buffer (activations.capacity "
            "= %" PRIu64 " bytes) does not hold one token's %u",
            layer->name, machine->activations.capacity, layer->inputs);
    if (machine->outputs.capacity)
        tokens = min(tokens, machine->outputs.capacity / (4 * live));
    if (tokens == 0)
        return error_set(err, ERROR_DATA,
                         "layer %s: the output buffer (outputs.capacity = "
                         "%" PRIu64 " bytes) does not hold one token's %" PRIu64
                         " sums of 4 bytes",
                         layer->name, machine->outputs.capacity, live);
    schedule->tokens = layer->tokens;
    schedule->block_tokens = (uint32_t)tokens;
    schedule->blocks = (uint32_t)divide_up(layer->tokens, tokens);
    return 0;
}

int schedule_init(struct schedule *schedule, const struct placement *placement,
                  struct error *err)
{
    *schedule = (struct schedule){ .machine = placement->machine,
                                   .placement = placement };
    assert(placement->layer->tokens > 0);
    if (cut_tokens(schedule, err) < 0)
        return -1;
    order_waves(schedule);
    return 0;
}

void schedule_release(struct schedule *schedule)
{
    free(schedule->wave);
    *schedule = (struct schedule){ 0 };
}
