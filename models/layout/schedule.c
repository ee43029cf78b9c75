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
 * All waves are gone through for a block of tokens before the next.  Which of
 * the two ways to cut blocks is cheaper cannot be told from sizes: whoever lays
 * the layer out tries both.
 */
#include "models/layout/schedule.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "models/inference/memory.h"
#include "models/inference/task_wave.h"
#include "models/parameter_list.h"

static const char *const loops[] = { "k_inner", "o_inner", NULL };
static const char *const ways[] = { "best", "tokens", "stream", NULL };

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
    .standard = "262144",
    .none = true,
    .help = "of the activation buffer; none: all inputs of a layer fit, for "
            "comparing with older numbers",
};

const struct parameter parameter_outputs_capacity = {
    .path = "outputs.capacity",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, outputs.capacity),
    .unit = "bytes",
    .minimum = 1,
    .maximum = 1e12,
    .standard = "262144",
    .none = true,
    .help = "of the output buffer; none: all sums of a layer fit, for "
            "comparing with older numbers",
};

const struct parameter parameter_blocking = {
    .path = "blocking",
    .type = PARAMETER_CHOICE,
    .offset = offsetof(struct machine, blocking),
    .unit = "",
    .standard = "best",
    .choices = ways,
    .tell = PARAMETER_TELL_IF_SET,
    .help = "of layers whose inputs do not fit: blocks of tokens (weights "
            "again), streamed inputs (inputs again), or which is faster",
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

/* Which waves end a column wave, and which begin where sums lay. */
static void mark_columns(struct schedule *schedule)
{
    bool k_inner = schedule->machine->loop == MACHINE_K_INNER;

    for (uint32_t w = 0; w < schedule->waves; w++) {
        struct wave *wave = &schedule->wave[w];
        uint64_t first = wave->column_wave * schedule->machine->macros;
        uint64_t end = min(first + schedule->machine->macros,
                           schedule->placement->column_tiles);

        wave->begins = k_inner ? wave->k_tile == 0 : w == 0;
        if (wave->k_tile + 1 < wave_tiles(schedule, wave->column_wave))
            continue;
        for (uint64_t i = first; i < end; i++)
            wave->outputs += schedule->placement->column_tile[i].columns;
    }
}

uint64_t schedule_live(const struct schedule *schedule)
{
    const struct placement *placement = schedule->placement;
    uint64_t outputs = placement->layer->shape.outputs;

    if (schedule->machine->loop != MACHINE_K_INNER)
        return outputs;
    return min(outputs, schedule->machine->macros * placement->mapping.columns);
}

static uint64_t widest_slice(const struct schedule *schedule)
{
    uint64_t widest = 0;

    for (uint32_t w = 0; w < schedule->waves; w++)
        widest = max(widest, schedule->wave[w].k1 - schedule->wave[w].k0);
    return widest;
}

bool schedule_cut(struct schedule *schedule, enum schedule_way way)
{
    const struct machine *machine = schedule->machine;
    uint64_t inputs = machine->activations.capacity,
             sums = machine->outputs.capacity, tokens = schedule->tokens;

    if (inputs && way == SCHEDULE_TOKENS)
        tokens = min(tokens, inputs / schedule->placement->layer->shape.inputs);
    if (inputs && way == SCHEDULE_STREAM && widest_slice(schedule) > inputs)
        tokens = 0;
    if (sums)
        tokens = min(tokens, sums / (4 * schedule_live(schedule)));
    if (tokens == 0)
        return false;
    schedule->way = way;
    schedule->block_tokens = (uint32_t)tokens;
    schedule->blocks = (uint32_t)divide_up(schedule->tokens, tokens);
    schedule->inputs_come = inputs && memory_is_there(machine);
    schedule->outputs_go = sums && memory_is_there(machine);
    schedule->wait_sums =
        schedule->outputs_go && 8 * tokens * schedule_live(schedule) > sums;
    return true;
}

void schedule_refuse(const struct schedule *schedule, struct error *err)
{
    const struct machine *machine = schedule->machine;
    const struct layer *layer = schedule->placement->layer;
    uint64_t live = schedule_live(schedule);

    if (machine->outputs.capacity && machine->outputs.capacity < 4 * live)
        error_set(err, ERROR_DATA,
                  "layer %s: the output buffer (outputs.capacity = "
                  "%" PRIu64 " bytes) does not hold one token's %" PRIu64
                  " sums of 4 bytes",
                  layer->shape.name, machine->outputs.capacity, live);
    else if (machine->blocking == BLOCKING_TOKENS)
        error_set(err, ERROR_DATA,
                  "layer %s: the activation buffer (activations.capacity "
                  "= %" PRIu64 " bytes) does not hold one token's %u",
                  layer->shape.name, machine->activations.capacity,
                  layer->shape.inputs);
    else
        error_set(err, ERROR_DATA,
                  "layer %s: the activation buffer (activations.capacity "
                  "= %" PRIu64 " bytes) does not hold one token's %" PRIu64
                  " inputs of a tile",
                  layer->shape.name, machine->activations.capacity,
                  widest_slice(schedule));
}

uint32_t schedule_block(const struct schedule *schedule, uint32_t block)
{
    uint32_t first = block * schedule->block_tokens;

    return (uint32_t)min(schedule->block_tokens, schedule->tokens - first);
}

uint32_t schedule_stretch(const struct schedule *schedule)
{
    return programme_overlap_of(schedule->machine) == OVERLAP_NONE
               ? 1
               : schedule->blocks;
}

void schedule_place_begin(struct schedule_place *place,
                          const struct schedule *schedule, uint32_t block)
{
    *place =
        (struct schedule_place){ .block = block,
                                 .tokens = schedule_block(schedule, block) };
}

void schedule_place_next_turn(struct schedule_place *place,
                              const struct schedule *schedule)
{
    place->token = 0;
    place->turn++;
    if (++place->wave < schedule->waves)
        return;
    place->wave = 0;
    place->block++;
    if (place->block < schedule->blocks)
        place->tokens = schedule_block(schedule, place->block);
}

void schedule_place_next(struct schedule_place *place,
                         const struct schedule *schedule)
{
    if (++place->token == place->tokens)
        schedule_place_next_turn(place, schedule);
}

void schedule_init(struct schedule *schedule, const struct placement *placement)
{
    assert(placement->layer->tokens > 0);
    *schedule = (struct schedule){ .machine = placement->machine,
                                   .placement = placement,
                                   .tokens = placement->layer->tokens,
                                   .block_tokens = placement->layer->tokens,
                                   .blocks = 1 };
    order_waves(schedule);
    mark_columns(schedule);
}

void schedule_release(struct schedule *schedule)
{
    free(schedule->wave);
    *schedule = (struct schedule){ 0 };
}
