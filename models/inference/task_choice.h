/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/task_layout.h"
#include "models/inference/task_wave.h"

/* What a linear task is to do beside its waves. */
struct task_choice {
    uint32_t tokens;
    bool inputs_come; /* they are not on chip */
    bool outputs_go;
    bool images_are_here; /* they do not come over the channel */
};

/*
 * Sets tokens, block, streamed, waves and wait_sums of a task, and returns the
 * layout that it takes, by machine.md's rules: a merge mode, and one of two
 * ways to cut tokens: blocks of tokens whose inputs fit, images again for each;
 * or streamed inputs, again for each wave.  Of the two BLOCKING_BEST takes that
 * with fewer clocks of the layer alone, then fewer bytes, then tokens; of the
 * modes that with fewer clocks, then the one that adds most is taken.  What was
 * chosen is kept in `layouts`.  The waves of a streamed task get their slices.
 * NULL and `err` (ERROR_DATA) if a buffer does not hold one token in any mode.
 */
const struct task_layout *task_choose(struct task *task,
                                      struct task_layouts *layouts,
                                      const struct machine *machine,
                                      const struct task_choice *choice,
                                      struct error *err);
