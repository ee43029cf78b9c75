/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "store/store.h"
#include "sweep/point.h"

/*
 * Writes what workers answer.  To commit takes tens of milliseconds on some
 * disks, so answers that come within a fifth of a second are one transaction;
 * a killed leader costs these, and the points under way.
 */
struct writer {
    struct store *store; /* borrowed */
    double begun;        /* of the open transaction; 0: none is open */
};

/* One answer: the layers of a point's run, or some of them. */
struct writer_row {
    const struct point *point;
    const struct text *answer;
    const char *lost; /* why there is no answer, or NULL */
    bool last;        /* the run is then done */
    bool failed;      /* filled in: it ended otherwise */
};

/*
 * Writes what the answer has, or why there is none: `lost`, else what the
 * worker met.  -1 and `err`; an interrupted worker is ERROR_INTERRUPTED.
 */
int writer_put(struct writer *writer, struct writer_row *row,
               struct error *err);

/* Commits, also without an open transaction. */
int writer_flush(struct writer *writer, struct error *err);

/* Ends the writing: commits if the work went well or was interrupted, else
 * takes the open transaction back.  Returns `status`, or -1. */
int writer_end(struct writer *writer, int status, struct error *err);
