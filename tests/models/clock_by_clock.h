/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/programme.h"
#include "models/inference/programme_time.h"

/*
 * The clocks of a small programme by another way than programme_time.c: the
 * channel's list is written down first, then time goes from clock to clock, and
 * at each clock every unit does what it can.  Segments are an array here.
 * sum[] gets clocks and bytes; `spent` stays 0.  Returns the last end.
 */
uint64_t clock_by_clock(struct task_sum *sum, const struct segment *segments,
                        size_t count, const struct programme_machine *machine);
