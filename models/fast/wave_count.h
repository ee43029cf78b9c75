/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/counter.h"
#include "models/layout/schedule.h"

/*
 * What the blocks count, from shapes alone, asked of the same functions that
 * count in the way of events.  Everything but the hidden clocks
 * and what accelerator.c derives; none of it depends on when things happen.
 */

/* Adds one wave's work on `tokens` vectors, but for the channel's. */
void wave_count(uint64_t counters[COUNTERS], const struct wave *wave,
                uint32_t tokens);

/* Adds what it moves over the channel in a block of so many tokens: its image,
 * its slices, its outputs; and what the block moves before all waves, its
 * inputs. */
void wave_count_channel(uint64_t counters[COUNTERS],
                        const struct schedule *schedule, uint32_t wave,
                        uint32_t tokens);
void wave_count_inputs(uint64_t counters[COUNTERS],
                       const struct schedule *schedule, uint32_t tokens);
