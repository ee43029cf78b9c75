/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store.h"
#include "sweep/experiment.h"

/*
 * What points of an experiment are compared by, all the less the better: time
 * (in 1e-6 s) and energy (nJ) of the first `layers` layers in `order`, or of a
 * whole inference of `generate` tokens, which the store must have of the point;
 * area (mm2); perplexity of the trace's plan.
 */
enum {
    JUDGE_TIME,
    JUDGE_ENERGY,
    JUDGE_AREA,
    JUDGE_PERPLEXITY,
    JUDGE_OBJECTIVES
};

struct judge {
    const struct experiment *experiment;
    struct store *store;
    const uint32_t *order; /* layers of an input */
    uint32_t layers;       /* how many of them */
    uint32_t generate;     /* 0: the layers are compared */
    const size_t *group;   /* of each input: the first that it is compared
                              with, itself if there is none before it */
};

/* -1 and `err` if the store cannot be read, or as judge_check(). */
int judge_point(const struct judge *judge, uint64_t number,
                double value[JUDGE_OBJECTIVES], struct error *err);

/* Whether inputs that are compared can be: each has a plan whose perplexity the
 * store has, all on the same rows in the same arithmetic.  -1 and `err`
 * (ERROR_DATA) if not. */
int judge_check(const struct judge *judge, struct error *err);
