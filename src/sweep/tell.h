/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/progress.h"
#include "sweep/pace.h"

/*
 * How far jobs of a crew are, that differ in size, and how long the rest of
 * them takes.  It is told in seconds of a processor, of workers and of this
 * process, which has as much to do with each job; the pace so far makes
 * seconds of it.
 */
struct tell {
    struct progress *progress; /* borrowed */
    struct pace pace;
    size_t done;
    size_t first;  /* after so many jobs it is told how long all take */
    double after;  /* what follows all of them, in units of all of them */
    double begun;  /* cpu_clock_process() of this process */
    double worked; /* seconds that workers' processors took */
    double told;   /* of both, to `progress` */
    bool was_told;
};

/* Begins a line of progress; `of` is borrowed until tell_end(), and the caller
 * has set `progress`, `first` and `after`, the rest of `tell` being zero. */
void tell_begin(struct tell *tell, const char *what, const char *unit,
                const struct pace_points *of);

/* A job has taken `seconds` of a worker's processor; 0: it was lost. */
void tell_done(struct tell *tell, size_t job, double seconds);

void tell_end(struct tell *tell);
