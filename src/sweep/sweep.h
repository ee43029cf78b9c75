/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/progress.h"
#include "store/store.h"
#include "sweep/crew.h"
#include "sweep/experiment.h"

/*
 * Every point of an experiment, replayed once.  A point is known by its trace
 * and machine: what the store has is not replayed again, and two points of the
 * same machine are one replay.  A point that cannot be replayed is a failed run
 * with its reason.  Points are begun longest first, and each appears in the
 * store whole, when it is done.
 *
 * sweep_plan() makes the list and needs no store.  Shard I of N has every N-th
 * point of it, so that shards are equally long, whatever some of them have
 * done already.
 */
enum sweep_state {
    SWEEP_TO_DO,
    SWEEP_ELSEWHERE, /* another shard's */
    SWEEP_TWIN,      /* the same trace and machine as a point before it */
    SWEEP_DONE,      /* was done before */
    SWEEP_FAILED     /* failed before, or is no machine */
};

extern const char *const sweep_states[]; /* their names */

struct sweep_point {
    uint64_t number;
    uint64_t estimate; /* point_estimate() */
    enum sweep_state state;
    char machine[HASH_TEXT];
};

struct sweep {
    const struct experiment *experiment; /* borrowed */
    struct sweep_point *point;           /* longest first, then by number */
    size_t points;
    uint64_t shard, shards; /* 1..shards; 1 of 1: all */
    bool retry;             /* also points that failed before */

    /* What came of it, in points of this shard. */
    size_t done_before, failed_before, done, failed;
    struct text lost; /* points whose workers were killed each time, in words;
                         length 0: none */
};

/* -1 and `err` if no point is left by the conditions, or a stop is asked
 * for. */
int sweep_plan(struct sweep *sweep, const struct experiment *experiment,
               uint64_t shard, uint64_t shards, struct error *err);
void sweep_release(struct sweep *sweep);

/* Writes experiment, traces, machines and points, and looks up which of them
 * are there. */
int sweep_begin(struct sweep *sweep, struct store *store, struct error *err);

/* Points that are to do, and their estimates. */
size_t sweep_to_do(const struct sweep *sweep, double *work);

/* By how many bytes they will let the results file grow, about. */
double sweep_bytes(const struct sweep *sweep);

/* The whole inferences of all points of this shard, if the experiment has such;
 * after sweep_run(). */
struct whole_points;
int sweep_infer(struct sweep *sweep, struct whole_points *points,
                struct error *err);

/* Replays what is to do.  `crew` works for job_work().  A point whose workers
 * were killed from outside has no run afterwards, so that the next sweep tries
 * it again. */
int sweep_run(struct sweep *sweep, struct store *store, struct crew *crew,
              struct progress *progress, struct error *err);
