/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/programme.h"
#include "models/machine.h"

/*
 * Where products run whose two operands are made at run time: scores, values,
 * and the chunks of a state space.
 *
 *   array     as dense layers whose weights are what is made
 *   separate  on an engine of their own beside the array, which does
 *             attention.macs products a clock: n products take
 *             ceil(n / macs) + latency clocks.  What the mask empties it leaves
 *             out.  Keys and values stream into it.
 *
 * Either holds its stationary operand (keys, values, a chunk) in
 * attention.bits; queries and shares have a byte.  Source of the standard: ITA
 * (Islamoglu et al., ISLPED 2023) has 1,024 multipliers of 8 bits, in dot
 * products of 64, and a pipeline of 7.
 */
enum attention_place { ATTENTION_ON_ARRAY, ATTENTION_SEPARATE };

enum { ENGINE_DOT_PRODUCT = 64 }; /* multipliers that are added up */

/* The pace at one product a token; times the products of each. */
struct task_pace engine_pace(const struct machine *machine);
uint64_t engine_clocks(const struct machine *machine, uint64_t macs);
