/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/progress.h"
#include "store/store.h"
#include "sweep/crew.h"
#include "sweep/experiment.h"
#include "sweep/whole.h"

/*
 * A search for the points of an experiment that no other beats in time, area
 * and perplexity, for a budget of so many replays of a whole trace.  Points are
 * drawn at random; all of them replay a ninth of the layers, the best third of
 * them a third of the layers, the best ninth all layers (successive halving,
 * halving.h).  Best is by front.h.  A budget for
 * all points replays them all.
 *
 * Cycles of a layer are exact and do not depend on other layers, so nothing is
 * replayed twice.  Every point that was tried is in the store; the run of one
 * that was dropped has the layers that it did, and stays `running`.  The same
 * seed draws the same points, so that a search that was cut off goes on.
 */
struct explore {
    struct experiment *experiment; /* borrowed */
    uint64_t budget;
    uint64_t seed;

    /* What came of it. */
    size_t tried, finished, failed;
    uint64_t *finalist; /* [finished] their numbers; free() it */
    struct text lost;   /* points whose workers were killed each time, in words;
                           the caller makes it and releases it */
};

/*
 * Asks the experiment in this way: its identity gets budget and seed.  -1 and
 * `err` (ERROR_DATA) if its traces cannot be compared: other layers or, with
 * several traces, a perplexity that the store does not have.
 */
int explore_begin(struct explore *explore, struct store *store,
                  struct error *err);

/* The whole inferences of those that came to the end, if the experiment has
 * such; after explore_run(). */
int explore_infer(struct explore *explore, struct whole_points *points,
                  struct error *err);

/* `crew` works for job_work() in halving_order(). */
int explore_run(struct explore *explore, struct store *store, struct crew *crew,
                struct progress *progress, struct error *err);
