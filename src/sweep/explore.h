/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/progress.h"
#include "store/store.h"
#include "sweep/crew.h"
#include "sweep/experiment.h"
#include "sweep/whole.h"

/*
 * A search for the points of an experiment that no other beats in time, energy,
 * area and perplexity, for a budget of so many replays of a whole trace.  Two
 * thirds of it go to points that are drawn at random: all of them replay a
 * ninth of the layers, the best third of them a third of the layers, the best
 * ninth all layers (successive halving, halving.h).  Best is by front.h, among
 * points of traces of the same layers and tokens; a list of shapes with tokens
 * and a pattern is compared with itself alone.  With what is left the
 * neighbours of the best are tried, which differ in one parameter, in the
 * machine or in the plan: those that might beat one of them, being no larger.
 * A budget for all points replays them all.
 *
 * Points of an experiment with a part `inference` are compared by whole
 * inferences, which run beside the replays: with as large a share of the tokens
 * as of the layers.
 *
 * Cycles of a layer are exact and do not depend on other layers, so nothing is
 * replayed twice.  Every point that was tried is in the store; the run of one
 * that was dropped has the layers that it did, and stays `running`.  The same
 * seed draws the same points, so that a search that was cut off goes on.
 */
struct search;

struct explore {
    struct experiment *experiment; /* borrowed */
    uint64_t budget;
    uint64_t seed;
    struct whole_points *points; /* how inferences are run; borrowed */
    struct search *search; /* its state, explore_begin() to explore_end() */

    /* What it takes at most, once it has begun. */
    uint64_t replays; /* of a whole trace */
    double clocks;    /* point_estimate() of them */
    double bytes;     /* of results */

    /* What came of it. */
    size_t tried, finished, failed;
    size_t untried;     /* neighbours that there was no budget for */
    uint64_t *finalist; /* [finished] their numbers */
    bool *is_sure;      /* [finished] no neighbour beats it: all that could were
                           tried; of all points where the budget was for all */
    size_t sure, unsure; /* of those that no other finalist beats */
    struct text lost; /* points whose workers were killed each time, in words;
                         length 0: none */
};

/*
 * Asks the experiment in this way (its identity gets budget and seed), and
 * draws the points.  -1 and `err` (ERROR_DATA) if its traces cannot be
 * compared, their layers being others or, of several with the same tokens, a
 * perplexity not in the store or of other rows, or if no point is left by the
 * conditions.
 */
int explore_begin(struct explore *explore, struct store *store,
                  struct error *err);

/* `crew` works for job_work() in halving_order(). */
int explore_run(struct explore *explore, struct crew *crew,
                struct progress *progress, struct error *err);

/* The whole inferences of those that came to the end, if the experiment has
 * such, at both ends of their bands; after explore_run(). */
int explore_infer(struct explore *explore, struct error *err);

/* Also after a begin that failed. */
void explore_end(struct explore *explore);
