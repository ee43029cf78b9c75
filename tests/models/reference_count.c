/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/models/reference_count.h"

#include "models/arrays/array.h"

/* One column of one pass. */
static void count_column(const struct second_machine *second,
                         uint64_t counters[COUNTERS], uint32_t slots, bool adds)
{
    const struct machine *machine = second->machine;
    bool systolic = machine->array.kind == ARRAY_systolic;

    counters[COUNTER_SUMS_WRITTEN]++;
    counters[COUNTER_SUMS_READ] += adds;
    counters[COUNTER_CELL_OPERATIONS] += slots;
    for (uint64_t ways = second->merged; ways < machine->macro.sub_macros;
         ways *= 2)
        counters[COUNTER_MERGE_HANDED_ON]++;
    for (uint32_t lane = 0; lane < second->merged; lane++) {
        counters[COUNTER_MERGE_ADDITIONS] += lane > 0;
        if (systolic)
            counters[COUNTER_SYSTOLIC_SUM_SHIFTS] += machine->macro.rows;
        else
            counters[COUNTER_PARTIAL_SUMS]++;
        for (uint64_t bit = 0; bit < 8 && !systolic;
             bit += machine->macro.input_bits) {
            counters[COUNTER_TREE_ADDITIONS] += machine->macro.rows - 1;
            counters[COUNTER_SHIFT_ADDITIONS] += machine->macro.input_bits < 8;
        }
    }
}

static void count_pass(const struct second_machine *second,
                       uint64_t counters[COUNTERS],
                       const struct wave_shape *wave,
                       const struct column_shape *column, uint32_t pass)
{
    const struct machine *machine = second->machine;
    const struct tile_shape *tile = &column->tile[wave->tile];
    uint64_t served = 0, lines = machine->select.selects *
                                 machine->macro.sub_macros / second->merged;
    bool stored =
        round_up(column->widest, second->wide) > machine->select.selects;

    for (uint32_t c = 0; c < column->columns; c++) {
        if (!second_serves(second, c, pass)) {
            counters[COUNTER_GATED_CELL_OPERATIONS] += tile->slots;
            continue;
        }
        served++;
        count_column(second, counters, tile->slots, wave->tile > 0);
        if (stored && c % machine->macro.columns % second->wide == 0)
            counters[COUNTER_SELECT_BITS_READ] +=
                (uint64_t)second_select_bits(second) * tile->slots;
    }
    if (machine->array.kind == ARRAY_systolic) {
        counters[COUNTER_SYSTOLIC_INPUT_SHIFTS] +=
            (second->dense ? tile->slots : 2 * tile->pairs) *
            round_up(served, machine->array.broadcast);
        return;
    }
    counters[COUNTER_ROW_LINE_BYTES] += 2 * tile->slots * lines;
    if (pass == 0)
        counters[COUNTER_WIRE_BYTES] += 2 * tile->pairs * lines;
}

static void count_load(const struct second_machine *second,
                       uint64_t counters[COUNTERS],
                       const struct column_shape *column,
                       const struct tile_shape *tile)
{
    uint64_t cells = (uint64_t)tile->slots * column->columns;

    counters[COUNTER_TILES]++;
    counters[COUNTER_WORD_BITS] += second->machine->weights.bits * cells;
    counters[COUNTER_METADATA_BITS] += second->machine->select.skip
                                           ? tile->k1 - tile->k0
                                       : second->dense ? 0
                                                       : cells;
    counters[COUNTER_SELECT_BITS] +=
        (uint64_t)second_select_bits(second) * tile->slots * column->sets;
}

static void count_wave(const struct second_machine *second,
                       uint64_t counters[COUNTERS],
                       const struct wave_shape *wave, uint32_t tokens)
{
    const struct machine *machine = second->machine;

    counters[COUNTER_WAVES]++;
    counters[COUNTER_LOAD_CLOCKS] += wave->load;
    if (machine->dram.rate || machine->dram.kind) {
        counters[COUNTER_STAGED_BYTES] += wave->coded;
        counters[COUNTER_DECODED_BYTES] += machine->dram.code ? wave->bytes : 0;
    }
    for (uint32_t token = 0; token < tokens; token++) {
        counters[COUNTER_VECTORS]++;
        counters[COUNTER_VECTORS_READ]++;
        counters[COUNTER_READ_CLOCKS] += wave->read;
        counters[COUNTER_ACTIVATION_BYTES] +=
            ((wave->k1 - 1) / machine->activations.width -
             wave->k0 / machine->activations.width + 1) *
            machine->activations.width;
        for (uint32_t pass = 0; pass < wave->passes; pass++) {
            counters[COUNTER_PASSES]++;
            counters[COUNTER_OUTPUT_CLOCKS] +=
                second_operation_clocks(second, wave, pass);
        }
    }
    for (uint32_t m = 0; m < machine->macros; m++) {
        const struct column_shape *column = second_column(second, wave, m);

        if (!column)
            continue;
        count_load(second, counters, column, &column->tile[wave->tile]);
        for (uint32_t token = 0; token < tokens; token++) {
            for (uint32_t pass = 0; pass < column->passes; pass++)
                count_pass(second, counters, wave, column, pass);
        }
    }
}

void second_count(const struct second_machine *second,
                  uint64_t counters[COUNTERS], uint32_t tokens)
{
    for (uint32_t w = 0; w < second->waves; w++)
        count_wave(second, counters, &second->wave[w], tokens);
}
