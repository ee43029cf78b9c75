/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/text.h"
#include "sweep/point.h"

/*
 * What is sent to a worker, and what comes back.  A job is layers of one point;
 * its answer is their results or a reason, as bytes that another process of the
 * same program on the same kind of computer can read.
 */
struct job {
    uint64_t point;
    uint32_t from, to; /* places in the experiment's order of layers */
};

/* What a worker knows before its first job. */
struct job_context {
    const struct experiment *experiment;
    const uint32_t *order; /* of layers; NULL: as in the trace */
};

/* The worker's part: `context` is a struct job_context, `job` a struct job. */
void job_work(void *context, const void *job, struct text *answer);

/* The writer's part.  What the worker met, kind ERROR_NONE if nothing; -1 and
 * `err` if the answer is not whole. */
int job_trouble(struct error *trouble, const struct text *answer,
                struct error *err);

/* Seconds of a processor that the work took, 0 if the answer is not whole. */
double job_seconds(const struct text *answer);

/* Puts the layers of an answer, looked at by job_trouble(), into the store,
 * under `run`, which must have been begun. */
int job_put(struct store *store, const char *run, const struct point *point,
            const struct text *answer, struct error *err);
