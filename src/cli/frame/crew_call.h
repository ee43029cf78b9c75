/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/frame/command.h"
#include "sweep/crew.h"
#include "sweep/experiment.h"
#include "sweep/whole.h"

/* A command that has an experiment's points replayed by workers. */
struct crew_call {
    const struct call *call;
    bool sampled; /* layers in halving_order(), not that of the trace */
    /* What the leader does. */
    int (*lead)(const struct call *call, struct experiment *experiment,
                struct crew *crew, struct error *err);
};

/*
 * Reads the experiment that the call names, makes the workers, and leads them;
 * under mpirun every rank but 0 works instead.
 */
int crew_call_run(const struct crew_call *what, struct error *err);

/* A note of the points that have no whole inference, if there are such. */
void crew_call_note_whole(const struct call *call,
                          const struct whole_points *points);
