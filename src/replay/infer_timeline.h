/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "replay/infer_run.h"

/*
 * One step of a whole inference as a timeline (Chrome trace JSON): a track a
 * unit, and a bar for every operator and block of tokens that ended later than
 * all before it, over the clocks that it counts (models/inference/inference.h).
 * So bars are disjoint and fill the step, which begins at 0; `args` has the
 * clock in the inference.
 */
struct infer_timeline {
    const struct input *input;
    const struct machine *machine; /* complete */
    const struct infer_asked *asked;
    uint32_t step; /* 0: the prompt */
    const char *path;
};

/* -1 and `err`: the inference cannot run, has no such step (ERROR_USAGE), or
 * the file cannot be written. */
int infer_timeline_write(const struct infer_timeline *timeline,
                         struct error *err);
