/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/machine.h"

/*
 * Rows of the machine that nobody knows well, and between what they may lie, as
 * their own help says.  A row that is beyond an end stays as it is.
 *
 *   dram.efficiency  7000 to 9500, where the machine names a kind of memory and
 *                    leaves it to the kind.  Source: real controllers reach 70
 *                    to 98 %
 *   vector.lanes     16 to 256.  Source: ITA has 16 beside 1024 multipliers,
 *                    others 1 lane a 16 multipliers
 *   vector.softmax   fused to 3 passes.  Source: ITA fuses; three passes are
 *                    the greatest element, the sum, the quotients
 */
enum band_row {
    BAND_EFFICIENCY,
    BAND_LANES,
    BAND_SOFTMAX,
    BAND_ROWS /* all of them together */
};

enum band_end { BAND_MIDDLE, BAND_LOW /* less time */, BAND_HIGH };

extern const char *const band_paths[BAND_ROWS];

/* Takes a row, or all, to that end. */
void band_apply(struct machine *machine, enum band_row row, enum band_end end);
