/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/work.h"
#include "store/store.h"
#include "sweep/experiment.h"

/*
 * Points of an experiment with a part `inference`, run as whole inferences by
 * this process, each at both ends of its machine's band as well.  What the
 * store has is not run again.
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

/* The points of these numbers, whose machines are in the store.  -1 and `err`,
 * also on a stop. */
int whole_points_run(struct whole_points *points, const uint64_t *number,
                     size_t count, struct error *err);
