/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/clock.h"
#include "kernel/signal.h"

/*
 * A waveform file (value change dump, IEEE 1364 section 18) for GTKWave and its
 * kin.  What is traced is named before the first run.  Each time step shows the
 * last values only, and only what changed.
 */
struct sim_vcd;

/*
 * Opens the file; NULL and errno if that fails.  Times are in units of the
 * resolution.  SIM_VCD_DELTAS also shows the values after each delta, with a
 * comment that gives its number.  It is closed by sim_vcd_close() or by
 * sim_free().
 */
enum sim_vcd_detail { SIM_VCD_TIMES, SIM_VCD_DELTAS };

struct sim_vcd *sim_vcd_open(struct sim *sim, const char *path,
                             enum sim_vcd_detail detail);

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
/* As a vector of any width: word 0 holds the lowest bits. */
void sim_vcd_words(struct sim_vcd *vcd, const uint64_t *words, const char *name,
                   unsigned width);

/* Wires of a resolved signal, or of an array of them: 0, 1, x, z. */
void sim_vcd_wires(struct sim_vcd *vcd, const struct sim_wires *wires,
                   const char *name, unsigned width);
void sim_vcd_real(struct sim_vcd *vcd, const double *real, const char *name);

/* A value that numbers a text, as of an enum; `texts` is borrowed.  One that
 * has no text is shown as a number. */
void sim_vcd_text(struct sim_vcd *vcd, const uint64_t *value, const char *name,
                  const char *const *texts, unsigned count);

/* The unit of the file's times, 1, 10 or 100 of a unit of sim.h, before the
 * first run; of a coarser one than the resolution times are rounded down. */
void sim_vcd_set_unit(struct sim_vcd *vcd, unsigned value, uint64_t unit);

/* A comment at the present time, which does not hold "$end". */
void sim_vcd_comment(struct sim_vcd *vcd, const char *text);

void sim_vcd_clock(struct sim_vcd *vcd, const struct sim_clock *clock,
                   const char *name);
