/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/inference/band.h"

#include "base/arithmetic.h"

const char *const band_paths[BAND_ROWS] = { "dram.efficiency", "vector.lanes",
                                            "vector.softmax" };

enum {
    EFFICIENCY_LOW = 9500, /* 1/10000 */
    EFFICIENCY_HIGH = 7000,
    LANES_LOW = 256,
    LANES_HIGH = 16,
    SOFTMAX_LOW = 0, /* passes: fused */
    SOFTMAX_HIGH = 3
};

void band_apply(struct machine *machine, enum band_row row, enum band_end end)
{
    bool low = end == BAND_LOW, all = row == BAND_ROWS;

    if (end == BAND_MIDDLE)
        return;
    if ((all || row == BAND_EFFICIENCY) && machine->dram.kind &&
        machine->dram.efficiency == 0)
        machine->dram.efficiency = low ? EFFICIENCY_LOW : EFFICIENCY_HIGH;
    if (all || row == BAND_LANES)
        machine->vector.lanes = low ? max(machine->vector.lanes, LANES_LOW)
                                    : min(machine->vector.lanes, LANES_HIGH);
    if (all || row == BAND_SOFTMAX)
        machine->vector.softmax =
            low ? SOFTMAX_LOW : max(machine->vector.softmax, SOFTMAX_HIGH);
}
