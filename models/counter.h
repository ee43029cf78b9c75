/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

/*
 * What is counted in a layer's run, summed over all macros.  The list is the
 * one place that names the counters; blocks add to counters[] of their run, and
 * whoever stores or prices them walks counter_table.
 */
enum counter_id {
    COUNTER_KEPT_MACS,
    COUNTER_WAVES,
    COUNTER_VECTORS,
    COUNTER_PASSES,
    COUNTER_CELL_OPERATIONS,
    COUNTER_EMPTY_CELL_OPERATIONS,
    COUNTER_GATED_CELL_OPERATIONS,
    COUNTER_WIRE_BYTES,
    COUNTER_ROW_LINE_BYTES,
    COUNTER_SELECT_BITS_READ,
    COUNTER_TREE_ADDITIONS,
    COUNTER_SHIFT_ADDITIONS,
    COUNTER_PARTIAL_SUMS,
    COUNTER_MERGE_ADDITIONS,
    COUNTER_MERGE_HANDED_ON,
    COUNTER_SYSTOLIC_INPUT_SHIFTS,
    COUNTER_SYSTOLIC_SUM_SHIFTS,
    COUNTER_TILES,
    COUNTER_WORD_BITS,
    COUNTER_METADATA_BITS,
    COUNTER_SELECT_BITS,
    COUNTER_LOAD_CLOCKS,
    COUNTER_HIDDEN_LOAD_CLOCKS,
    COUNTER_VECTORS_READ,
    COUNTER_ACTIVATION_BYTES,
    COUNTER_INPUT_BYTES,
    COUNTER_READ_CLOCKS,
    COUNTER_HIDDEN_READ_CLOCKS,
    COUNTER_SUMS_WRITTEN,
    COUNTER_SUMS_READ,
    COUNTER_SUMS_SENT,
    COUNTER_OUTPUT_CLOCKS,
    COUNTER_DRAM_BYTES_READ,
    COUNTER_DRAM_BYTES_WRITTEN,
    COUNTER_DRAM_CLOCKS,
    COUNTER_STAGED_BYTES,
    COUNTER_DECODED_BYTES,
    COUNTERS, /* of a layer's run; whole inferences have those that follow too
               */
    COUNTER_SOFTMAX_ELEMENTS = COUNTERS,
    COUNTER_NORM_ELEMENTS,
    COUNTER_GATE_ELEMENTS,
    COUNTER_OTHER_ELEMENTS,
    COUNTER_REQUANTISED,
    COUNTER_VECTOR_CLOCKS,
    COUNTER_SCAN_ELEMENTS,
    COUNTER_SCAN_CLOCKS,
    COUNTER_OPERAND_BYTES,
    COUNTER_RESULT_BYTES,
    COUNTER_ENGINE_MACS,
    COUNTER_ENGINE_CLOCKS,
    COUNTER_ENGINE_BITS,
    COUNTER_STATE_READ,
    COUNTER_STATE_WRITTEN,
    COUNTER_MOVED_BYTES,
    ALL_COUNTERS
};

struct counter {
    const char *block; /* of hardware, as parts name it */
    const char *name;
    const char *unit;
    const char *description;
};

extern const struct counter counter_table[ALL_COUNTERS];

/* Every clock of a layer has one category, decided at the entry port. */
enum clock_category {
    CLOCK_COMPUTE,          /* a pass holds the entry port */
    CLOCK_WEIGHT_LOAD,      /* the next pass's wave is being loaded */
    CLOCK_MEMORY_STALL,     /* its wave is neither loaded nor loading, or the
                               block's inputs or outputs are on the channel */
    CLOCK_ACTIVATION_STALL, /* its vector is not read */
    CLOCK_OUTPUT_STALL,     /* no credit of the output fifo is left */
    CLOCK_DRAIN,            /* the pipeline empties after the last entry */
    CLOCK_CATEGORIES
};

extern const char *const clock_category_names[CLOCK_CATEGORIES];
