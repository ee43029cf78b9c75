/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/counter.h"
#include "models/layout/schedule.h"

/*
 * What the blocks count, from shapes alone, asked of the same functions that
 * count in the way of events.  Everything but the hidden clocks
 * and what accelerator.c derives; none of it depends on when things happen.
 */

/* Adds one wave's work on `tokens` vectors. */
void wave_count(uint64_t counters[COUNTERS], const struct wave *wave,
                uint32_t tokens);

/* Adds the transfers of a token block's inputs and outputs. */
void wave_count_block(uint64_t counters[COUNTERS],
                      const struct schedule *schedule, uint32_t tokens);
