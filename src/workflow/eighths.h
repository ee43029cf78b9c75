/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/work.h"
#include "sweep/crew.h"

/*
 * Work on rows, cut into eighths (calibration.h), that several processes share:
 * forked ones, or the ranks of mpirun.  Whoever measures an eighth leaves it as
 * a file, from where the leader, who needs them all, takes it up.  Whoever
 * works, the bits are the same.  Under mpirun all ranks must see the files.
 */
enum { EIGHTHS = 8 };

/* One eighth of what is measured: `what` is the user's own number. */
struct eighth_job {
    uint32_t what, eighth;
};

struct eighths {
    int (*measure)(void *context, struct eighth_job job, struct error *err);
    void *context;
    uint32_t whats;     /* numbers of what is measured: 0 .. whats - 1 */
    const char *name;   /* for progress: "calibration" */
    struct work *work;  /* by which measure() works; threads are divided among
                           the processes, and these tell nobody */
    unsigned processes; /* forked ones; 0, 1: none.  Not under mpirun */
    struct crew *crew;  /* NULL until they are needed */
};

/* Whether somebody else measures. */
bool eighths_are_shared(const struct eighths *eighths);

/* Forks, if others shall measure: before something is open that they need not
 * have.  eighths_lead() does it at the latest. */
int eighths_begin(struct eighths *eighths, struct error *err);

/* Has every eighth of one of them measured.  -1 and `err`, also if a worker was
 * killed each time it tried. */
int eighths_lead(struct eighths *eighths, uint32_t what, struct error *err);

/* Every `parts`-th eighth from the `part`-th (of 1 ..) on, of all of them, in
 * this process. */
int eighths_part(struct eighths *eighths, uint64_t part, uint64_t parts,
                 struct error *err);

/* What ranks but 0 do until the leader ends the work. */
void eighths_serve(struct eighths *eighths);

/* Ends the others; the leader must call it under mpirun. */
void eighths_end(struct eighths *eighths);
