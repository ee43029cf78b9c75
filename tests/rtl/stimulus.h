/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdio.h>

#include "models/watch.h"

/*
 * What the test bench drives the Verilog macro with, clock by clock, recorded
 * from a run of the C blocks: when which tile was loaded and which pass
 * entered. Values and selects come from the tiles' images and the input latch;
 * which first-layer multiplexer serves which sub-macro is drawn at random.
 */
struct stimulus;

/* `mapping`, borrowed: that of the layer, with its merge mode. */
struct stimulus *stimulus_new(const struct machine *machine,
                              const struct mapping *mapping, uint64_t seed);
void stimulus_free(struct stimulus *stimulus);

void stimulus_load(struct stimulus *stimulus, const struct watch_load *load);

void stimulus_enter(struct stimulus *stimulus, uint64_t clock,
                    const struct pass *pass, const struct image *image,
                    const int8_t *vector);

/* Whether a pass serves column `c` of its column tile: in each team it serves
 * the same places. */
bool stimulus_serves(const struct stimulus *stimulus, const struct pass *pass,
                     uint32_t c);

/* One line a clock, for 0 .. clocks - 1. */
void stimulus_write(const struct stimulus *stimulus, FILE *file,
                    uint64_t clocks);
