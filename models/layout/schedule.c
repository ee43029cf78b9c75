/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The order of waves.  With 2 macros, 5 column tiles and 3 K tiles each:
 *
 *     column tiles   0 1 | 2 3 | 4          column waves 0, 1, 2
 *     k_inner        (0,0) (0,1) (0,2)  (1,0) (1,1) (1,2)  (2,0) (2,1) (2,2)
 *     o_inner        (0,0) (1,0) (2,0)  (0,1) (1,1) (2,1)  (0,2) (1,2) (2,2)
 *
 * k_inner keeps the sums of one column wave alive at a time, so a small output
 * buffer holds many tokens; o_inner reads an input range once for all outputs
 * and keeps the sums of the whole layer alive.  Column tiles may differ in
 * their number of K tiles (their masks do); a wave has those that are left.
 *
 * All waves are gone through for a block of tokens before the next: as many as
 * have their inputs in the activation buffer, and their live sums in the output
 * buffer.
 */
#include "models/layout/schedule.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "models/parameter_list.h"

static const char *const loops[] = { "k_inner", "o_inner", NULL };

const struct parameter parameter_loop = {
    .path = "loop",
    .type = PARAMETER_CHOICE,
    .offset = offsetof(struct machine, loop),
    .unit = "",
    .standard = "k_inner",
    .choices = loops,
    .help = "k_inner: all K tiles of a column wave, then the next wave; "
            "o_inner: the other way round",
};

const struct parameter parameter_macros = {
    .path = "macros",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, macros),
    .unit = "macros",
    .minimum = 1,
    .maximum = 1024,
    .standard = "1",
    .help = "macros that work in lockstep on neighbouring column tiles",
};

const struct parameter parameter_activations_capacity = {
    .path = "activations.capacity",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, activations.capacity),
    .unit = "bytes",
    .minimum = 1,
    .maximum = 1e12,
    .standard = "none",
    .none = true,
    .help = "of the activation buffer; none: all inputs of a layer fit",
};

const struct parameter parameter_outputs_capacity = {
    .path = "outputs.capacity",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, outputs.capacity),
    .unit = "bytes",
    .minimum = 1,
    .maximum = 1e12,
    .standard = "none",
    .none = true,
    .help = "of the output buffer; none: all sums of a layer fit",
};

uint64_t schedule_passes(const struct schedule *schedule)
{
    uint64_t passes = 0;

    for (uint32_t w = 0; w < schedule->waves; w++)
        passes += schedule->wave[w].passes;
    return passes * schedule->tokens;
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

static void add_wave(struct schedule *schedule, uint32_t column, uint32_t tile)
{
    struct wave *wave = &schedule->wave[schedule->waves++];

    *wave = (struct wave){ .placement = schedule->placement,
                           .column_wave = column,
                           .k_tile = tile };
    wave_describe(wave);
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
    uint64_t tokens = layer->tokens, live = layer->shape.outputs;

    if (machine->loop == MACHINE_K_INNER)
        live =
            min(live, machine->macros * schedule->placement->mapping.columns);
    if (machine->activations.capacity)
        tokens =
            min(tokens, machine->activations.capacity / layer->shape.inputs);
    if (tokens == 0)
        return error_set(
            err, ERROR_DATA,
            "layer %s: the activation buffer (activations.capacity "
            "= %" PRIu64 " bytes) does not hold one token's %u",
            layer->shape.name, machine->activations.capacity,
            layer->shape.inputs);
    if (machine->outputs.capacity)
        tokens = min(tokens, machine->outputs.capacity / (4 * live));
    if (tokens == 0)
        return error_set(err, ERROR_DATA,
                         "layer %s: the output buffer (outputs.capacity = "
                         "%" PRIu64 " bytes) does not hold one token's %" PRIu64
                         " sums of 4 bytes",
                         layer->shape.name, machine->outputs.capacity, live);
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
