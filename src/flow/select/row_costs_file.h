/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/select/row_costs.h"

/*
 * An eighth of the rows of costs as a safetensors file beside the trace,
 * TRACE.NAME.eighth-E:
 *
 *     cost    F64 [cells][rows]   NaN: not measured
 *
 * and, while it is not finished, where it stands (struct row_place):
 *
 *     in, last  F32 [rows][tokens * width]
 *     trial     I64 [trials]
 *     hidden    F32 [trials * rows][tokens * width]
 *
 * `__metadata__`: format=flexcim-costs, identity (of what is measured), eighth,
 * block, next, and the seal `content`.  One that is of something else, damaged,
 * or of another eighth counts as none.
 */
enum { ROW_EIGHTHS = 8 };

struct row_kept {
    const struct selection *selection;
    const char *measure, *name;
    unsigned eighth;
    size_t cells, rows; /* of all */
    size_t first, end;  /* rows of the eighth */
    double *of;         /* [cells][rows] of all */
};

/* `place` NULL: it is finished.  -1 and `err`. */
int row_kept_save(const struct row_kept *kept, const struct row_place *place,
                  struct error *err);

/* Fills in the numbers of its rows; and the place, if `place` is not NULL and
 * the file has one. */
void row_kept_load(const struct row_kept *kept, struct row_place *place);

/* Takes the file away, unless it is of something else. */
void row_kept_remove(const struct row_kept *kept);
