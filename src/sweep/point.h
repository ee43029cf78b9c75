/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store.h"
#include "sweep/experiment.h"

/* One point of an experiment: layers, and a machine to replay them on. */
struct point {
    uint64_t number;
    const struct input *input;   /* borrowed from the experiment */
    bool verified;               /* outputs are compared in its run */
    struct machine_file machine; /* also if it is no machine */
    char *settings;              /* JSON object, path: value */
    struct error trouble; /* kind ERROR_NONE, or why there is no such machine */
};

/*
 * Makes the point of that number.  False, and nothing to release, if a
 * condition of the experiment excludes it.  The same number gives the same
 * point in every process.
 */
bool point_make(struct point *point, const struct experiment *experiment,
                uint64_t number);
void point_release(struct point *point);

/* Writes the machine, with its parts if it is one. */
int point_put_machine(const struct point *point, struct store *store,
                      struct error *err);

/* The point's run in the store: looked for, or begun (store_find_run(),
 * store_begin_run()); where outputs are to be compared, one of which nobody
 * compared them is not done. */
int point_find_run(const struct point *point, struct store *store,
                   char run[STORE_RUN_KEY], enum store_state *state,
                   struct error *err);
int point_begin_run(const struct point *point, struct store *store,
                    char run[STORE_RUN_KEY], enum store_state *state,
                    struct error *err);

/* A point that is no machine is a failed run with that reason. */
int point_put_trouble(const struct point *point, struct store *store,
                      struct error *err);

/* Adds a line to `text`: which point that is, and that it was lost. */
void point_lost(struct text *text, const struct experiment *experiment,
                uint64_t number, const char *lost);

/*
 * About how long a replay takes, in clocks of a macro's entry port: for the
 * order of the work and the time left, nothing else.  Never 0.
 */
uint64_t point_estimate(const struct point *point);

/*
 * What tells the points of an experiment apart, as small numbers: the model of
 * the input, its tokens, the input, the machine, and the value of each
 * parameter.  `digit` is [point_digits_count()].
 */
size_t point_digits_count(const struct experiment *experiment);
void point_digits(uint32_t *digit, const struct experiment *experiment,
                  uint64_t number);
