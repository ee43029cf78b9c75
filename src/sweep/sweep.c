/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All points of an experiment, the largest first, so that at the end no worker
 * is left alone with a long one.  Points whose machines and inputs turn out to
 * be the same are replayed once.  The leader looks each point up, writes what
 * workers answer, and counts what failed.
 */
#include "sweep/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/stop.h"
#include "sweep/job.h"
#include "sweep/pace.h"
#include "sweep/point.h"
#include "sweep/room.h"
#include "sweep/tell.h"
#include "sweep/whole.h"
#include "sweep/writer.h"

const char *const sweep_states[] = { "to do", "elsewhere", "twin", "done",
                                     "failed" };

/* ---- the list ------------------------------------------------------------ */

static int by_length(const void *a, const void *b)
{
    const struct sweep_point *one = a, *other = b;

    if (one->estimate != other->estimate)
        return one->estimate < other->estimate ? 1 : -1;
    return one->number < other->number ? -1 : one->number > other->number;
}

static int make_points(struct sweep *sweep, struct error *err)
{
    size_t capacity = 0;

    for (uint64_t n = 0; n < sweep->experiment->points; n++) {
        struct sweep_point *row;
        struct point point;

        if (stop_check(err) < 0)
            return -1;
        if (!point_make(&point, sweep->experiment, n))
            continue;
        sweep->point = memory_grow(sweep->point, &capacity, sweep->points + 1,
                                   sizeof *sweep->point);
        row = &sweep->point[sweep->points++];
        row->number = n;
        row->estimate = point_estimate(&point);
        memcpy(row->machine, point.machine.hash, HASH_TEXT);
        point_release(&point);
    }
    if (sweep->points == 0)
        return error_set(err, ERROR_DATA,
                         "%s: the conditions leave none of %llu points",
                         sweep->experiment->name,
                         (unsigned long long)sweep->experiment->points);
    return 0;
}

/* Points in the order of what they replay, then by number. */
struct twin {
    uint64_t input, number;
    struct sweep_point *point;
};

static int by_replay(const void *a, const void *b)
{
    const struct twin *one = a, *other = b;
    int order = strcmp(one->point->machine, other->point->machine);

    if (order == 0)
        order = one->input < other->input ? -1 : one->input > other->input;
    if (order == 0)
        order = one->number < other->number ? -1 : one->number > other->number;
    return order;
}

static void mark_twins(struct sweep *sweep)
{
    uint64_t per_input = sweep->experiment->points / sweep->experiment->inputs;
    struct twin *twin = memory_new(sweep->points, sizeof *twin);

    for (size_t i = 0; i < sweep->points; i++)
        twin[i] = (struct twin){ sweep->point[i].number / per_input,
                                 sweep->point[i].number, &sweep->point[i] };
    qsort(twin, sweep->points, sizeof *twin, by_replay);
    for (size_t i = 1; i < sweep->points; i++) {
        if (twin[i].input == twin[i - 1].input &&
            strcmp(twin[i].point->machine, twin[i - 1].point->machine) == 0)
            twin[i].point->state = SWEEP_TWIN;
    }
    free(twin);
}

int sweep_plan(struct sweep *sweep, const struct experiment *experiment,
               uint64_t shard, uint64_t shards, struct error *err)
{
    *sweep = (struct sweep){ .experiment = experiment,
                             .shard = shard,
                             .shards = shards };
    text_init(&sweep->lost);
    if (make_points(sweep, err) < 0) {
        sweep_release(sweep);
        return -1;
    }
    qsort(sweep->point, sweep->points, sizeof *sweep->point, by_length);
    mark_twins(sweep);
    for (size_t i = 0; i < sweep->points; i++) {
        if (i % shards != shard - 1 && sweep->point[i].state == SWEEP_TO_DO)
            sweep->point[i].state = SWEEP_ELSEWHERE;
    }
    return 0;
}

void sweep_release(struct sweep *sweep)
{
    free(sweep->point);
    text_release(&sweep->lost);
    *sweep = (struct sweep){ 0 };
}

size_t sweep_to_do(const struct sweep *sweep, double *work)
{
    size_t count = 0;

    *work = 0;
    for (size_t i = 0; i < sweep->points; i++) {
        if (sweep->point[i].state != SWEEP_TO_DO)
            continue;
        *work += (double)sweep->point[i].estimate;
        count++;
    }
    return count;
}

double sweep_bytes(const struct sweep *sweep)
{
    const struct experiment *experiment = sweep->experiment;
    uint64_t per_input = experiment->points / experiment->inputs;
    double layers = 0;

    for (size_t i = 0; i < sweep->points; i++) {
        const struct sweep_point *row = &sweep->point[i];

        if (row->state == SWEEP_TO_DO)
            layers += (double)experiment->input[row->number / per_input].layers;
    }
    return room_results(layers);
}

/* ---- what is there ------------------------------------------------------- */

/* Looks the point's run up, and says what is to do. */
static int sweep_look_up(struct sweep *sweep, struct sweep_point *row,
                         const struct point *point, struct store *store,
                         struct error *err)
{
    char run[STORE_RUN_KEY];
    enum store_state state;

    if (point_find_run(point, store, run, &state, err) < 0)
        return -1;
    if (state == STORE_DONE) {
        row->state = SWEEP_DONE;
        sweep->done_before++;
    } else if (point->trouble.kind != ERROR_NONE) {
        row->state = SWEEP_FAILED;
        if (state == STORE_FAILED) {
            sweep->failed_before++;
            return 0;
        }
        sweep->failed++;
        return point_put_trouble(point, store, err);
    } else if (state == STORE_FAILED && !sweep->retry) {
        row->state = SWEEP_FAILED;
        sweep->failed_before++;
    }
    return 0;
}

static int put_point(struct sweep *sweep, struct sweep_point *row,
                     struct store *store, struct error *err)
{
    struct point point;
    struct store_point stored = { .experiment = sweep->experiment->hash,
                                  .number = row->number,
                                  .machine = row->machine };
    int status;

    if (stop_check(err) < 0)
        return -1;
    point_make(&point, sweep->experiment, row->number);
    stored.trace = point.input->hash;
    stored.settings = point.settings;
    status = point_put_machine(&point, store, err);
    if (status == 0)
        status = store_put_point(store, &stored, err);
    if (status == 0 && row->state == SWEEP_TO_DO)
        status = sweep_look_up(sweep, row, &point, store, err);
    point_release(&point);
    return status;
}

static int put_all(struct sweep *sweep, struct store *store, struct error *err)
{
    const struct experiment *experiment = sweep->experiment;
    const struct store_experiment row = { .hash = experiment->hash,
                                          .name = experiment->name,
                                          .text = experiment->text,
                                          .points = experiment->points };

    if (store_put_experiment(store, &row, err) < 0)
        return -1;
    for (size_t i = 0; i < experiment->inputs; i++) {
        if (input_put(&experiment->input[i], store, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < sweep->points; i++) {
        if (put_point(sweep, &sweep->point[i], store, err) < 0)
            return -1;
    }
    return 0;
}

int sweep_begin(struct sweep *sweep, struct store *store, struct error *err)
{
    if (store_begin(store, err) < 0)
        return -1;
    if (put_all(sweep, store, err) < 0) {
        store_rollback(store);
        return -1;
    }
    return store_commit(store, err);
}

/* ---- the work ------------------------------------------------------------ */

/* What the leader knows while the crew works. */
struct under_way {
    struct sweep *sweep;
    struct writer writer;
    struct sweep_point **row; /* of each job */
    struct tell tell;
};

static int sweep_take(void *context, size_t job, const struct text *answer,
                      const char *lost, struct error *err)
{
    struct under_way *under_way = context;
    struct sweep *sweep = under_way->sweep;
    const struct sweep_point *row = under_way->row[job];
    struct point point;
    struct writer_row written = { &point, answer, lost, true, false };
    int status;

    point_make(&point, sweep->experiment, row->number);
    status = writer_put(&under_way->writer, &written, err);
    point_release(&point);
    if (status < 0)
        return -1;
    if (written.failed)
        sweep->failed++;
    else
        sweep->done++;
    tell_done(&under_way->tell, job, lost ? 0 : job_seconds(answer));
    return 0;
}

static int sweep_give_up(void *context, size_t job, const char *lost,
                         struct error *err)
{
    struct under_way *under_way = context;
    const struct sweep_point *row = under_way->row[job];

    (void)err;
    point_lost(&under_way->sweep->lost, under_way->sweep->experiment,
               row->number, lost);
    tell_done(&under_way->tell, job, 0);
    return 0;
}

static int sweep_rest(void *context, struct error *err)
{
    struct under_way *under_way = context;

    return writer_flush(&under_way->writer, err);
}

int sweep_run(struct sweep *sweep, struct store *store, struct crew *crew,
              struct progress *progress, struct error *err)
{
    double work;
    size_t count = sweep_to_do(sweep, &work), next = 0;
    struct job *jobs = memory_new(count, sizeof *jobs);
    size_t *order = memory_new(count, sizeof *order);
    struct sweep_point **to_do = memory_new(count, sizeof *to_do);
    struct under_way under_way = {
        .sweep = sweep,
        .writer = { .store = store },
        .row = memory_new(count, sizeof *under_way.row),
        .tell = { .progress = progress, .first = pace_order(order, count) },
    };
    struct pace_points of;
    uint64_t per_input = sweep->experiment->points / sweep->experiment->inputs;
    int status;

    for (size_t i = 0; i < sweep->points; i++) {
        if (sweep->point[i].state == SWEEP_TO_DO)
            to_do[next++] = &sweep->point[i];
    }
    pace_points_init(&of, count, point_digits_count(sweep->experiment));
    for (size_t i = 0; i < count; i++) {
        struct sweep_point *row = to_do[order[i]];

        under_way.row[i] = row;
        of.estimate[i] = (double)row->estimate;
        point_digits(of.digit + i * of.digits, sweep->experiment, row->number);
        jobs[i].point = row->number;
        jobs[i].to =
            (uint32_t)sweep->experiment->input[row->number / per_input].layers;
    }
    tell_begin(&under_way.tell, "sweep", "points", &of);
    status = crew_do(crew, jobs, count,
                     &(struct crew_leader){ sweep_take, sweep_give_up,
                                            sweep_rest, &under_way },
                     err);
    status = writer_end(&under_way.writer, status, err);
    tell_end(&under_way.tell);
    pace_points_release(&of);
    free(under_way.row);
    free(to_do);
    free(order);
    free(jobs);
    return status;
}

int sweep_infer(struct sweep *sweep, struct whole_points *points,
                struct error *err)
{
    uint64_t *number = memory_new(sweep->points, sizeof *number);
    size_t count = 0;
    int status;

    for (size_t i = 0; i < sweep->points; i++)
        if (sweep->point[i].state == SWEEP_TO_DO ||
            sweep->point[i].state == SWEEP_DONE)
            number[count++] = sweep->point[i].number;
    status = whole_points_run(points, number, count, err);
    free(number);
    return status;
}
