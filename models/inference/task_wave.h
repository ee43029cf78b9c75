/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/programme.h"
#include "models/layout/schedule.h"

/* The waves of a schedule as a task's, [schedule->waves], with output clocks of
 * all their passes in *output; free() both.  `again` is not set. */
struct task_wave *task_waves_new(const struct schedule *schedule,
                                 uint32_t **output);

/* As inference.overlap says. */
enum programme_overlap programme_overlap_of(const struct machine *machine);

/* The machine's clocks, with a channel if it has one. */
void programme_machine_of(struct programme_machine *of,
                          const struct machine *machine);
