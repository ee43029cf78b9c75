/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

struct task;
struct task_wave;
struct whole;

/*
 * State store: keys, values and states on chip, as far as state.capacity goes;
 * the others lie in memory and pass through staging, where a state stands from
 * token to token; its users find that out from the programme.  It has no clocks
 * of its own: keys and values are loaded as the tile loader can, states are
 * gone over as the scan unit can.
 */

/* What is loaded as a wave: the part of it that was kept on chip. */
void state_store_load(struct whole *whole, uint32_t name,
                      const struct task_wave *wave);

/* What an operator reads and writes besides its inputs and result. */
void state_store_move(struct whole *whole, const struct task *task);
