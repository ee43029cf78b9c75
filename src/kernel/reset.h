/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/process.h"
#include "kernel/signal.h"

/*
 * Reset signals.  While a signal is at `level` the process is in reset: a
 * thread starts again whenever its wait would end (it leaves as after
 * sim_reset()), a method runs as ever.  When an asynchronous one comes to that
 * level the process is reset at once, before any other that is runnable in the
 * phase after the update, whatever it waits for.  A process may have several.
 *
 * To be called before the process first runs; it allocates.
 * A process that has one cannot be suspended (error 559).
 */
enum sim_reset_kind { SIM_SYNCHRONOUS, SIM_ASYNCHRONOUS };
void sim_reset_by(struct sim_process *process, struct sim_signal *signal,
                  bool level, enum sim_reset_kind kind);

/*
 * Holds the process in synchronous reset until it is let off.  The first call
 * for a process allocates.  To hold or let off who is suspended is error 559.
 */
bool sim_sync_reset_on(struct sim_process *process);
bool sim_sync_reset_off(struct sim_process *process);

/* Fires at once when the process is reset; made when first asked for. */
struct sim_event *sim_reset_event(struct sim_process *process);
