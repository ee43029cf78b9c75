/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "trace/model_sizes.h"

/*
 * How long an inference takes, from when its segments were over: the start of
 * the model, each of its blocks, and its end, in every step (inference.h,
 * `passed`).  Blocks that are alike are gone over at once, so that few of them
 * take all of the time.
 */
struct infer_pace {
    const struct model_sizes *sizes; /* borrowed */
    uint32_t tokens;                 /* of the prompt, of a sequence */
    uint32_t steps;                  /* the prompt, and tokens after it */
    enum {
        INFER_ALIKE,  /* blocks of the same parts are gone over at once */
        INFER_UNLIKE, /* each has masks of its own */
        INFER_SLOW    /* nothing is gone over, in blocks neither */
    } blocks;
    /* Seconds since it began. */
    double first;    /* the first segment was over */
    double prompt;   /* the prompt was over; 0: not yet */
    double now;      /* what was heard last */
    size_t run;      /* segments of the prompt that were run after the first */
    size_t segments; /* that are over */
};

/* So many segments are over after so many seconds. */
void infer_pace_hear(struct infer_pace *pace, size_t segments, double seconds);

/* Seconds of all of it; 0: nothing is known yet.  Whether that is by what was
 * seen of the prompt and of a step, or a step is guessed. */
double infer_pace_all(const struct infer_pace *pace);
bool infer_pace_is_sure(const struct infer_pace *pace);

/* What so many tokens after the prompt take, in what one without any tokens
 * before it would. */
double infer_pace_steps(const struct model_sizes *sizes, uint32_t prompt,
                        double steps);

/* How many segments of a step are still to be run when `over` are over. */
size_t infer_pace_left(const struct infer_pace *pace, size_t over);
