/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/work.h"
#include "store/store.h"
#include "sweep/experiment.h"

/*
 * Points of an experiment with a part `inference`, run as whole inferences by
 * this process.  What the store has is not run again.
 */
struct whole_points {
    const struct experiment *experiment;
    struct store *store;
    struct work work;

    /* What came of it. */
    size_t run;          /* or were there */
    size_t failed;       /* points whose machine cannot run it */
    struct error reason; /* of the first of them */
};

/* The points of these numbers, whose machines are in the store, each at both
 * ends of its machine's band as well.  -1 and `err`, also on a stop. */
int whole_points_run(struct whole_points *points, const uint64_t *number,
                     size_t count, struct error *err);

/* The same in the middle of the band only, and with so many generated tokens;
 * failed[i]: point number[i] cannot run it. */
struct whole_rung {
    const uint64_t *number; /* [count] */
    bool *failed;           /* [count] */
    size_t count;
    uint32_t generate;
};

int whole_points_climb(struct whole_points *points,
                       const struct whole_rung *rung, struct error *err);
