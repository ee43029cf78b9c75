/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/job.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu_clock.h"
#include "base/memory.h"
#include "replay/replay_run.h"

/* An answer is this and then a record a layer. */
struct head {
    struct error trouble;
    double seconds; /* of the worker's processor */
};

struct record {
    uint64_t layer; /* its place in the trace */
    uint64_t verified;
    struct layer_result result; /* without outputs */
};

/* While a worker replays: its layers stand in an array of their own. */
struct at_work {
    const struct layer *chosen;
    const uint32_t *place; /* of each in the trace */
    struct text *answer;
};

static int take_result(void *context, const struct replay_result *replayed,
                       struct error *err)
{
    struct at_work *work = context;
    struct record record;

    (void)err;
    memset(&record, 0, sizeof record);
    record.layer = work->place[replayed->layer - work->chosen];
    record.verified = replayed->verified;
    record.result = *replayed->result;
    record.result.outputs = NULL;
    text_add_bytes(work->answer, &record, sizeof record);
    return 0;
}

static int replay_point(const struct job_context *context,
                        const struct job *job, const struct point *point,
                        struct text *answer, struct error *err)
{
    size_t count = job->to - job->from;
    struct layer *chosen = memory_new(count, sizeof *chosen);
    uint32_t *place = memory_new(count, sizeof *place);
    struct at_work work = { chosen, place, answer };
    const struct replay_options options = {
        .work.workers = 1,
        .verify = point->verified,
        .done = take_result,
        .context = &work,
    };
    int status;

    assert(job->from < job->to && job->to <= point->input->layers);
    for (uint32_t i = 0; i < count; i++) {
        place[i] =
            context->order ? context->order[job->from + i] : job->from + i;
        chosen[i] = point->input->layer[place[i]];
    }
    status =
        replay_layers(&point->machine.machine, chosen, count, &options, err);
    free(chosen);
    free(place);
    return status;
}

void job_work(void *context, const void *job, struct text *answer)
{
    const struct job_context *known = context;
    struct job what;
    struct point point;
    struct head head;
    struct error err;
    bool wanted;

    memcpy(&what, job, sizeof what);
    memset(&head, 0, sizeof head);
    head.seconds = -cpu_clock_process();
    wanted = point_make(&point, known->experiment, what.point);
    assert(wanted && point.trouble.kind == ERROR_NONE);
    (void)wanted;
    text_add_bytes(answer, &head, sizeof head);
    if (replay_point(known, &what, &point, answer, &err) < 0)
        head.trouble = err;
    point_release(&point);
    head.seconds += cpu_clock_process();
    memcpy(answer->at, &head, sizeof head);
}

int job_trouble(struct error *trouble, const struct text *answer,
                struct error *err)
{
    struct head head;

    if (answer->length < sizeof head ||
        (answer->length - sizeof head) % sizeof(struct record) != 0)
        return error_set(err, ERROR_INTERNAL,
                         "a worker's answer of %zu bytes is not whole",
                         answer->length);
    memcpy(&head, answer->at, sizeof head);
    *trouble = head.trouble;
    return 0;
}

double job_seconds(const struct text *answer)
{
    struct head head;

    if (answer->length < sizeof head)
        return 0;
    memcpy(&head, answer->at, sizeof head);
    return head.seconds;
}

int job_put(struct store *store, const char *run, const struct point *point,
            const struct text *answer, struct error *err)
{
    for (size_t at = sizeof(struct head); at < answer->length;
         at += sizeof(struct record)) {
        struct record record;
        struct replay_result replayed = { .result = &record.result };

        memcpy(&record, answer->at + at, sizeof record);
        if (record.layer >= point->input->layers)
            return error_set(err, ERROR_INTERNAL,
                             "a worker's answer names layer %llu of %zu",
                             (unsigned long long)record.layer,
                             point->input->layers);
        replayed.layer = &point->input->layer[record.layer];
        replayed.verified = record.verified != 0;
        if (replay_put_layer(store, run, &replayed, err) < 0)
            return -1;
    }
    return 0;
}
