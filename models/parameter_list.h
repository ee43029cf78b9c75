/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/parameter.h"

/*
 * Every row of a machine's table of parameters, in the order of its text.  A
 * row is a constant `parameter_NAME` in the file where it acts, with unit,
 * range, default and source; its value lies in struct machine (machine.h).
 */
#define PARAMETER_LIST(ROW)                                                    \
    ROW(title)                                                                 \
    ROW(patterns)                                                              \
    ROW(fallback)                                                              \
    ROW(loop)                                                                  \
    ROW(clock)                                                                 \
    ROW(macros)                                                                \
    ROW(macro_sub_macros)                                                      \
    ROW(macro_rows)                                                            \
    ROW(macro_columns)                                                         \
    ROW(macro_input_bits_per_cycle)                                            \
    ROW(array_kind)                                                            \
    ROW(array_broadcast)                                                       \
    ROW(array_level_registers)                                                 \
    ROW(array_input_registers)                                                 \
    ROW(array_product_registers)                                               \
    ROW(array_published)                                                       \
    ROW(merge_modes)                                                           \
    ROW(select_share)                                                          \
    ROW(select_selects)                                                        \
    ROW(select_reach)                                                          \
    ROW(select_straddle)                                                       \
    ROW(select_strict_serial)                                                  \
    ROW(select_skip)                                                           \
    ROW(select_row_wise)                                                       \
    ROW(weights_banks)                                                         \
    ROW(weights_port_bytes)                                                    \
    ROW(weights_storage)                                                       \
    ROW(activations_capacity)                                                  \
    ROW(activations_banks)                                                     \
    ROW(activations_width)                                                     \
    ROW(outputs_capacity)                                                      \
    ROW(outputs_banks)                                                         \
    ROW(outputs_ports)                                                         \
    ROW(outputs_fifo)                                                          \
    ROW(dram_rate)                                                             \
    ROW(dram_latency)                                                          \
    ROW(dram_kind)                                                             \
    ROW(dram_efficiency)                                                       \
    ROW(dram_name)                                                             \
    ROW(dram_peak)                                                             \
    ROW(dram_ceiling)                                                          \
    ROW(dram_busy)                                                             \
    ROW(dram_interval)                                                         \
    ROW(dram_wait)                                                             \
    ROW(dram_moving)                                                           \
    ROW(dram_standing)                                                         \
    ROW(dram_staging)                                                          \
    ROW(dram_code)                                                             \
    ROW(weights_bits)                                                          \
    ROW(blocking)                                                              \
    ROW(vector_lanes)                                                          \
    ROW(vector_latency)                                                        \
    ROW(vector_softmax)                                                        \
    ROW(vector_clock)                                                          \
    ROW(scan_lanes)                                                            \
    ROW(scan_fused)                                                            \
    ROW(scan_passes)                                                           \
    ROW(scan_clock)                                                            \
    ROW(scan_bits)                                                             \
    ROW(state_capacity)                                                        \
    ROW(state_bits)                                                            \
    ROW(attention_engine)                                                      \
    ROW(attention_macs)                                                        \
    ROW(attention_latency)                                                     \
    ROW(attention_bits)                                                        \
    ROW(inference_overlap)

#define DECLARE_ROW(name) extern const struct parameter parameter_##name;
PARAMETER_LIST(DECLARE_ROW)
#undef DECLARE_ROW
