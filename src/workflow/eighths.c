/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workflow/eighths.h"

#include "base/arithmetic.h"
#include "base/text.h"
#include "llm/calibration.h"
#include "sweep/crew_mpi.h"

_Static_assert((int)EIGHTHS == (int)CALIBRATION_EIGHTHS, "eighths are eight");

/* The answer is empty, or says what went wrong, after the error's kind in one
 * byte. */
static void eighths_measure(void *context, const void *job, struct text *answer)
{
    const struct eighths *eighths = context;
    struct error err;

    if (eighths->measure(eighths->context, *(const struct eighth_job *)job,
                         &err) < 0)
        text_addf(answer, "%c%s", (char)err.kind, err.text);
}

static struct crew_plan eighths_plan(struct eighths *eighths)
{
    return (struct crew_plan){ .workers = eighths->processes,
                               .job_bytes = sizeof(struct eighth_job),
                               .work = eighths_measure,
                               .context = eighths };
}

static int eighths_give_up(void *context, size_t job, const char *lost,
                           struct error *err)
{
    const struct eighths *eighths = context;

    return error_set(err, ERROR_INTERNAL,
                     "%s: the rows of eighth %zu were not measured: %s; what "
                     "is finished is kept, and the same command goes on there",
                     eighths->name, job, lost);
}

static int eighths_take(void *context, size_t job, const struct text *answer,
                        const char *lost, struct error *err)
{
    const struct eighths *eighths = context;

    if (lost)
        return eighths_give_up(context, job, lost, err);
    if (answer->length > 0)
        return error_set(err, (enum error_kind)(unsigned char)answer->at[0],
                         "%s", answer->at + 1);
    progress_add(eighths->work->progress, 1);
    return 0;
}

static int eighths_rest(void *context, struct error *err)
{
    (void)context, (void)err;
    return 0;
}

bool eighths_are_shared(const struct eighths *eighths)
{
    return crew_mpi_ranks() > 1 || eighths->processes > 1;
}

/* Forked workers have what the leader has now, but for its progress, and their
 * share of its threads. */
int eighths_begin(struct eighths *eighths, struct error *err)
{
    struct work *work = eighths->work;
    const struct work own = *work;
    struct crew_plan plan = eighths_plan(eighths);
    int status;

    if (eighths->crew || !eighths_are_shared(eighths))
        return 0;
    work->progress = NULL;
    if (crew_mpi_ranks() == 1)
        work->workers =
            (unsigned)max(1, work_workers(work) / eighths->processes);
    status = crew_open(&eighths->crew, &plan, err);
    *work = own;
    return status;
}

int eighths_lead(struct eighths *eighths, uint32_t what, struct error *err)
{
    struct eighth_job jobs[EIGHTHS];
    const struct crew_leader leader = { eighths_take, eighths_give_up,
                                        eighths_rest, eighths };
    int status;

    for (unsigned e = 0; e < EIGHTHS; e++)
        jobs[e] = (struct eighth_job){ what, e };
    if (eighths_begin(eighths, err) < 0)
        return -1;
    progress_begin(eighths->work->progress, eighths->name, EIGHTHS, "eighths");
    status = crew_do(eighths->crew, jobs, EIGHTHS, &leader, err);
    progress_end(eighths->work->progress);
    return status;
}

int eighths_part(struct eighths *eighths, uint64_t part, uint64_t parts,
                 struct error *err)
{
    for (uint32_t what = 0; what < eighths->whats; what++)
        for (uint64_t e = part - 1; e < EIGHTHS; e += min(parts, EIGHTHS))
            if (eighths->measure(eighths->context,
                                 (struct eighth_job){ what, (uint32_t)e },
                                 err) < 0)
                return -1;
    return 0;
}

void eighths_serve(struct eighths *eighths)
{
    struct crew_plan plan = eighths_plan(eighths);

    eighths->work->progress = NULL;
    crew_mpi_serve(&plan);
}

void eighths_end(struct eighths *eighths)
{
    struct error ignored;

    if (crew_mpi_ranks() > 1)
        eighths_begin(eighths, &ignored);
    crew_close(eighths->crew);
    eighths->crew = NULL;
}
