/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "llm/record.h"
#include "sweep/crew.h"
#include "workflow/session.h"

/*
 * Recording by several processes: each measures eighths of the rows (record.h)
 * and leaves them beside the trace, from where the leader takes them.  Whoever
 * works, the bits are the same.  Under mpirun all ranks must see the folder.
 */
struct record_crew {
    struct record *record;
    const char *path;
    unsigned processes; /* forked ones; does not count under mpirun */
};

/* What workers do; `plan` borrows `what`. */
void record_crew_plan(struct crew_plan *plan, struct record_crew *what);

/* Has every eighth measured.  -1 and `err`, also if a worker was killed. */
int record_crew_lead(struct record_crew *what, struct error *err);
