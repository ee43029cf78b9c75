/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

/*
 * Workers in processes of their own, who do one job after the other.  The
 * leader alone hands out jobs and takes the answers, in whatever order they
 * come; so the leader alone writes results.
 *
 * Either forked from the leader, or the other ranks under mpirun: crew_mpi.h.
 * A forked worker that dies is replaced.  Where it was killed from outside, as
 * the kernel does when memory is short, its job is tried again, CREW_TRIES
 * times in all; where it died by itself, it costs the job.  A rank that dies
 * ends the whole job of mpirun.
 */
enum { CREW_TRIES = 3 };

struct crew;

/* Does a job (of `job_bytes`) in a worker; adds the answer, any bytes. */
typedef void (*crew_work)(void *context, const void *job, struct text *answer);

/* What the leader does.  -1 and `err` from either ends the work. */
struct crew_leader {
    /*
     * Once a job; `job` is its place in the list.  `lost` is NULL, or says why
     * there is no answer ("its worker was killed by signal 9 (Killed)").
     */
    int (*take)(void *context, size_t job, const struct text *answer,
                const char *lost, struct error *err);
    /* Instead, where the worker was killed from outside each time. */
    int (*give_up)(void *context, size_t job, const char *lost,
                   struct error *err);
    /* When no answer came for a tenth of a second. */
    int (*rest)(void *context, struct error *err);
    void *context;
};

struct crew_plan {
    unsigned workers; /* forked ones; 0: one a processor */
    size_t job_bytes;
    crew_work work;
    void *context; /* for `work`; as it is when the crew is made */
};

/* Makes the workers.  Under mpirun `workers` does not count.  -1 and `err`. */
int crew_open(struct crew **crew, const struct crew_plan *plan,
              struct error *err);

/* Every job of the array, begun in that order.  -1 and `err` if the leader
 * failed, or a stop was asked for (ERROR_INTERRUPTED, looked for every tenth of
 * a second). */
int crew_do(struct crew *crew, const void *jobs, size_t count,
            const struct crew_leader *leader, struct error *err);

unsigned crew_workers(const struct crew *crew);

/* Ends the workers, at once; NULL is harmless. */
void crew_close(struct crew *crew);
