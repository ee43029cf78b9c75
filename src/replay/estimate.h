/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "replay/replay.h"

/*
 * How long layers will take to replay, on one processor.  Of every kind of
 * layer (equal tokens, inputs, outputs, pattern, agreement) a piece is replayed
 * and timed in the same way: one column wave, and as many tokens as show what a
 * token costs; that is stretched to the layer's size.
 */

/* Seconds of each layer [count], 0 for those that are skipped and where all
 * together is too little to be worth it; returns their sum. */
double estimate_replay(double *seconds, const struct machine *machine,
                       const struct layer *layers, size_t count,
                       const struct replay_options *options);
