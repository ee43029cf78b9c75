/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/clock.h"

/*
 * A waveform file (value change dump, IEEE 1364 section 18) for GTKWave and its
 * kin.  What is traced is named before the first run.  Each time step shows the
 * last values only, and only what changed.
 */
struct sim_vcd;

/*
 * Opens the file; NULL and errno if that fails.  Times are in units of the
 * resolution.  With `deltas` it also shows the values after each delta, with a
 * comment that gives its number.  It is closed by sim_vcd_close() or by
 * sim_free().
 */
struct sim_vcd *sim_vcd_open(struct sim *sim, const char *path, bool deltas);

/* Ends the file at the present time; -1 and errno if any write failed. */
int sim_vcd_close(struct sim_vcd *vcd);

/*
 * Dots in `name`, which is copied, are scopes.  `width` is 1..64 bits.  What is
 * traced is borrowed.  `value`: a signal's, a plain variable, or a time (64
 * bits), looked at once a time step; an event: a mark at each time at which it
 * fires.
 */
void sim_vcd_value(struct sim_vcd *vcd, const uint64_t *value, const char *name,
                   unsigned width);
void sim_vcd_event(struct sim_vcd *vcd, const struct sim_event *event,
                   const char *name);
void sim_vcd_clock(struct sim_vcd *vcd, const struct sim_clock *clock,
                   const char *name);
