/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/crew_call.h"

#include <stdlib.h>

#include "base/memory.h"
#include "cli/print/output.h"
#include "sweep/crew_mpi.h"
#include "sweep/halving.h"
#include "sweep/job.h"

static int crew_call_lead(const struct crew_call *what,
                          const struct crew_plan *plan,
                          struct experiment *experiment, struct error *err)
{
    struct crew *crew;
    int status;

    /* Before the results are open: a worker shall inherit nothing of them. */
    if (crew_open(&crew, plan, err) < 0)
        return -1;
    status = what->lead(what->call, experiment, crew, err);
    crew_close(crew);
    return status;
}

static int lead_or_work(const struct crew_call *what,
                        struct experiment *experiment, struct error *err)
{
    size_t layers = experiment->input[0].layers;
    uint32_t *order = memory_new(layers, sizeof *order);
    struct job_context context = { experiment, what->sampled ? order : NULL };
    const struct crew_plan plan = {
        .workers = (unsigned)what->call->workers,
        .job_bytes = sizeof(struct job),
        .work = job_work,
        .context = &context,
    };
    int status = 0;

    halving_order(order, layers);
    if (crew_mpi_rank() > 0)
        crew_mpi_serve(&plan);
    else
        status = crew_call_lead(what, &plan, experiment, err);
    free(order);
    return status;
}

int crew_call_run(const struct crew_call *what, struct error *err)
{
    struct experiment experiment = { 0 };
    bool leads;
    int status;

    if (crew_mpi_begin(err) < 0)
        return -1;
    leads = crew_mpi_rank() == 0;
    status = experiment_read(&experiment, what->call->arguments[0], err);
    status = crew_mpi_agree(status, experiment.hash, err);
    if (status == 0)
        status = lead_or_work(what, &experiment, err);
    crew_mpi_end();
    experiment_release(&experiment);
    return leads ? status : 0; /* rank 0 tells what went wrong */
}

void crew_call_note_whole(const struct call *call,
                          const struct whole_points *points)
{
    if (points->failed > 0)
        output_note(call, "%zu points have no whole inference: %s",
                    points->failed, points->reason.text);
}
