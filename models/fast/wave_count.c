/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/fast/wave_count.h"

#include "base/arithmetic.h"
#include "models/blocks/select_store.h"
#include "models/arrays/systolic_array.h"

static uint64_t transfer_clocks(const struct machine *machine, uint64_t bytes)
{
    return divide_up(bytes, machine->dram.rate);
}

static void count_load(uint64_t counters[COUNTERS],
                       const struct placement *placement,
                       const struct column_tile *column,
                       const struct tile *tile)
{
    struct image_bits bits = placement_image_bits(placement, column, tile);

    counters[COUNTER_TILES]++;
    counters[COUNTER_WORD_BITS] += bits.words;
    counters[COUNTER_METADATA_BITS] += bits.metadata;
    counters[COUNTER_SELECT_BITS] += bits.selects;
}

/* One macro's part in the wave. */
static void count_tile(uint64_t counters[COUNTERS],
                       const struct schedule *schedule,
                       const struct column_tile *column,
                       const struct tile *tile, uint64_t tokens)
{
    const struct machine *machine = schedule->machine;
    uint64_t lanes = machine->macro.sub_macros, beats = machine_beats(machine),
             selects = machine->select.selects, sums = column->columns * tokens,
             slots = tile->slots;

    counters[COUNTER_SUMS_WRITTEN] += sums;
    if (machine->array.kind == MACHINE_SYSTOLIC) {
        systolic_array_count(counters, schedule->placement, column, tile,
                             tokens);
        return;
    }
    counters[COUNTER_WIRE_BYTES] += 2 * tile->wires * selects * tokens;
    counters[COUNTER_ROW_LINE_BYTES] +=
        2 * slots * selects * column->passes * tokens;
    counters[COUNTER_SELECT_BITS_READ] +=
        tokens *
        select_store_read(schedule->placement, column, tile, column->sets);
    counters[COUNTER_CELL_OPERATIONS] += slots * sums;
    counters[COUNTER_GATED_CELL_OPERATIONS] +=
        slots * sums * (column->passes - 1);
    counters[COUNTER_TREE_ADDITIONS] +=
        beats * lanes * (machine->macro.rows - 1) * sums;
    if (beats > 1)
        counters[COUNTER_SHIFT_ADDITIONS] += beats * lanes * sums;
    counters[COUNTER_PARTIAL_SUMS] += lanes * sums;
    counters[COUNTER_MERGE_ADDITIONS] += (lanes - 1) * sums;
}

void wave_count(uint64_t counters[COUNTERS], const struct schedule *schedule,
                const struct wave *wave, uint32_t tokens)
{
    const struct machine *machine = schedule->machine;
    uint64_t operations = 0, before = counters[COUNTER_SUMS_WRITTEN];

    for (uint32_t m = 0; m < machine->macros; m++) {
        const struct column_tile *column = schedule_column(schedule, wave, m);
        const struct tile *tile = schedule_tile(schedule, wave, m);

        if (!column)
            continue;
        count_load(counters, schedule->placement, column, tile);
        count_tile(counters, schedule, column, tile, tokens);
    }
    for (uint32_t pass = 0; pass < wave->passes; pass++)
        operations += schedule_output_clocks(schedule, wave, pass);
    counters[COUNTER_WAVES]++;
    counters[COUNTER_VECTORS] += tokens;
    counters[COUNTER_PASSES] += (uint64_t)wave->passes * tokens;
    counters[COUNTER_LOAD_CLOCKS] += wave->load_clocks;
    counters[COUNTER_VECTORS_READ] += tokens;
    counters[COUNTER_READ_CLOCKS] += (uint64_t)wave->read_clocks * tokens;
    counters[COUNTER_ACTIVATION_BYTES] +=
        wave->read_words * machine->activations.width * tokens;
    if (wave->k_tile > 0)
        counters[COUNTER_SUMS_READ] += counters[COUNTER_SUMS_WRITTEN] - before;
    counters[COUNTER_OUTPUT_CLOCKS] += operations * tokens;
    if (machine->dram.rate) {
        counters[COUNTER_DRAM_BYTES_READ] += wave->image_bytes;
        counters[COUNTER_DRAM_CLOCKS] +=
            transfer_clocks(machine, wave->image_bytes);
    }
}

void wave_count_block(uint64_t counters[COUNTERS],
                      const struct schedule *schedule, uint32_t tokens)
{
    const struct machine *machine = schedule->machine;
    const struct layer *layer = schedule->placement->layer;
    uint64_t in = (uint64_t)layer->inputs * tokens,
             out = (uint64_t)layer->outputs * tokens;

    if (machine->dram.rate && machine->activations.capacity) {
        counters[COUNTER_DRAM_BYTES_READ] += in;
        counters[COUNTER_DRAM_CLOCKS] += transfer_clocks(machine, in);
    }
    if (machine->dram.rate && machine->outputs.capacity) {
        counters[COUNTER_DRAM_BYTES_WRITTEN] += out;
        counters[COUNTER_DRAM_CLOCKS] += transfer_clocks(machine, out);
    }
}
