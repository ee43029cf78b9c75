/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <pthread.h>

#include "base/progress.h"
#include "replay/infer_pace.h"

/*
 * Inferences that run at once and one after another, and how long all of them
 * take: foretold from those that are done, from how far the others are, and of
 * those not begun from their like.  It is told as soon as that is known, and
 * nothing is run for it that would not run anyway.
 */
struct infer_tell {
    struct progress *progress; /* borrowed */
    struct infer_tell_job *job;
    size_t count;
    unsigned workers;
    double begun, looked; /* progress_clock() */
    double told;          /* of infer_tell_sum(), `all` less `left` */
    bool was_told;
    pthread_mutex_t mutex; /* of all of it */
};

struct infer_tell_job {
    struct infer_tell *tell;
    struct infer_pace pace; /* `now` is all of it once it is done */
    size_t kind;            /* jobs of one take alike */
    bool is_wanted, is_done;
    double begun; /* of this thread's processor */
};

/* Of `count` jobs, whose `pace`, `kind` and `is_wanted` the caller sets before
 * infer_tell_begin(). */
void infer_tell_init(struct infer_tell *tell, size_t count);
void infer_tell_begin(struct infer_tell *tell, struct progress *progress,
                      unsigned workers);
void infer_tell_end(struct infer_tell *tell); /* after _begin() */
void infer_tell_release(struct infer_tell *tell);

/* By the thread that runs it. */
void infer_tell_job_begin(struct infer_tell_job *job);
void infer_tell_job_passed(struct infer_tell_job *job, size_t segments);
void infer_tell_job_done(struct infer_tell_job *job);

/* Seconds until workers of whose processors nobody else takes a part are
 * through with all jobs, from the first and from now on; false: of no job it is
 * known yet.  `is_sure`: infer_pace_is_sure() of what it is from. */
struct infer_tell_sum {
    double all, left;
    bool is_known, is_sure;
};
struct infer_tell_sum infer_tell_sum(const struct infer_tell *tell);

/* Seconds that people are told all of it takes, `took` seconds after it began;
 * 0: nothing is told yet.  It is once it is known, not over soon and, where
 * there are many jobs, after some of them.  Processors that others take a part
 * of are as slow as they were so far. */
double infer_tell_expected(const struct infer_tell_sum *sum, double took);
