/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <pthread.h>

/*
 * One honest line on long work: how long it may take, what is done, of how
 * much, how fast, how long still.  On a terminal the line is redrawn at most
 * ten times a second; in a file or pipe it is printed when the work begins to
 * take time (every ten seconds) and when it ends.  Every call accepts NULL for
 * "tell nobody", and progress_add() may be called from several threads.
 */
struct progress {
    FILE *stream;
    bool terminal;
    const char *what; /* borrowed, e.g. "perplexity" */
    const char *unit; /* borrowed, e.g. "rows" */
    uint64_t total;
    uint64_t done;
    double work, worked; /* estimates, if units differ in size; else 0 */
    double expected;     /* seconds; 0: not known */
    double begun;        /* seconds, monotonic */
    double shown;
    pthread_mutex_t mutex;
};

/* A duration in words, seconds up to ten minutes, then minutes, then hours. */
enum { PROGRESS_DURATION = 32 };
void progress_duration(char text[PROGRESS_DURATION], double seconds);

/* To `stream` (stderr); NULL prints nothing. */
void progress_init(struct progress *progress, FILE *stream);
void progress_release(struct progress *progress);

void progress_begin(struct progress *progress, const char *what, uint64_t total,
                    const char *unit);
void progress_add(struct progress *progress, uint64_t done);

/* For units that differ in size: `work` of all of them, then of one or of a
 * part of it; rate and time left are told from it. */
void progress_weigh(struct progress *progress, double work);
void progress_add_work(struct progress *progress, uint64_t done, double work);

/* After progress_begin(): the work is expected to take `seconds`, which is
 * printed if it is PROGRESS_LONG or more, with so many bytes of memory unless
 * they are 0. */
enum { PROGRESS_LONG = 5 };
void progress_expect(struct progress *progress, double seconds, double memory);

/* Once something is done: how long the rest takes, by the pace so far, and how
 * long at most what follows this work, `after` times all of it; printed if both
 * together are PROGRESS_LONG or more. */
void progress_expect_rest(struct progress *progress, double after);

void progress_end(struct progress *progress);

/* Somebody is told, so that an estimate is worth making. */
bool progress_is_told(const struct progress *progress);

double progress_clock(void); /* seconds, monotonic */
