/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workflow/record_crew.h"

#include "base/memory.h"
#include "llm/calibration.h"

/* A job is the number of an eighth; the answer is empty, or says what went
 * wrong, after the error's kind in one byte. */
static void record_crew_measure(void *context, const void *job,
                                struct text *answer)
{
    const struct record_crew *what = context;
    struct error err;

    if (record_eighth(what->record, what->path, *(const unsigned *)job, &err) <
        0)
        text_addf(answer, "%c%s", (char)err.kind, err.text);
}

void record_crew_plan(struct crew_plan *plan, struct record_crew *what)
{
    *plan = (struct crew_plan){ .workers = what->processes,
                                .job_bytes = sizeof(unsigned),
                                .work = record_crew_measure,
                                .context = what };
}

static int record_crew_give_up(void *context, size_t job, const char *lost,
                               struct error *err)
{
    (void)context;
    return error_set(err, ERROR_INTERNAL,
                     "the rows of eighth %zu were not measured: %s; what is "
                     "finished is kept, and the same command goes on there",
                     job, lost);
}

static int record_crew_take(void *context, size_t job,
                            const struct text *answer, const char *lost,
                            struct error *err)
{
    const struct record_crew *what = context;

    if (lost)
        return record_crew_give_up(context, job, lost, err);
    if (answer->length > 0)
        return error_set(err, (enum error_kind)(unsigned char)answer->at[0],
                         "%s", answer->at + 1);
    progress_add(what->record->work.progress, 1);
    return 0;
}

static int record_crew_rest(void *context, struct error *err)
{
    (void)context, (void)err;
    return 0;
}

int record_crew_lead(struct record_crew *what, struct error *err)
{
    unsigned jobs[CALIBRATION_EIGHTHS];
    const struct crew_leader leader = { record_crew_take, record_crew_give_up,
                                        record_crew_rest, what };
    struct progress *progress = what->record->work.progress;
    struct crew_plan plan;
    struct crew *crew;
    int status;

    for (unsigned e = 0; e < CALIBRATION_EIGHTHS; e++)
        jobs[e] = e;
    what->record->work.progress = NULL; /* workers tell nobody */
    record_crew_plan(&plan, what);
    status = crew_open(&crew, &plan, err);
    what->record->work.progress = progress;
    if (status < 0)
        return -1;
    progress_begin(progress, "calibration", CALIBRATION_EIGHTHS, "eighths");
    status = crew_do(crew, jobs, CALIBRATION_EIGHTHS, &leader, err);
    progress_end(progress);
    crew_close(crew);
    return status;
}
