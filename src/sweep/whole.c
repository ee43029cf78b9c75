/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Points of one input are run together, some at a time, so that all workers
 * have something to do and what is not written yet stays small.
 */
#include "sweep/whole.h"

#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/stop.h"
#include "sweep/point.h"

enum { TOGETHER = 32 };

/* Points of the same input. */
struct whole_group {
    const struct input *input;
    size_t count;
    struct machine_file machine[TOGETHER]; /* owned */
    size_t place[TOGETHER];                /* of each in the rung */
};

static int run_group(struct whole_points *points, const struct whole_rung *rung,
                     struct whole_group *group, enum infer_edges edges,
                     struct error *err)
{
    struct error trouble[TOGETHER] = { 0 };
    struct infer_asked asked;
    const struct infer_run run = { .store = points->store,
                                   .input = group->input,
                                   .machines = group->machine,
                                   .count = group->count,
                                   .asked = &asked,
                                   .edges = edges,
                                   .trouble = trouble,
                                   .work = { points->work.workers, NULL } };
    int status = 0;

    experiment_infers(&asked, points->experiment);
    asked.generate = rung->generate;
    if (group->count > 0)
        status = infer_run(&run, err);
    for (size_t i = 0; i < group->count && status == 0; i++) {
        bool failed = trouble[i].kind != ERROR_NONE;

        if (rung->failed)
            rung->failed[group->place[i]] = failed;
        points->run += !failed;
        if (failed && points->failed++ == 0)
            points->reason = trouble[i];
    }
    for (size_t i = 0; i < group->count; i++)
        machine_file_release(&group->machine[i]);
    group->count = 0;
    return status;
}

/* Hands the point's machine on; a point that is no machine has none to run. */
static void take_point(struct whole_group *group, struct point *point,
                       size_t place)
{
    group->place[group->count] = place;
    group->machine[group->count++] = point->machine;
    group->input = point->input;
    point->machine = (struct machine_file){ 0 };
}

static int run_points(struct whole_points *points,
                      const struct whole_rung *rung, enum infer_edges edges,
                      struct error *err)
{
    struct whole_group *group = memory_new(1, sizeof *group);
    int status = 0;

    for (size_t i = 0; i < rung->count && status == 0; i++) {
        struct point point;

        status = stop_check(err);
        if (status < 0 ||
            !point_make(&point, points->experiment, rung->number[i]))
            continue;
        if (group->count == TOGETHER ||
            (group->count > 0 && group->input != point.input))
            status = run_group(points, rung, group, edges, err);
        if (point.trouble.kind == ERROR_NONE && status == 0)
            take_point(group, &point, i);
        point_release(&point);
        progress_add(points->work.progress, 1);
    }
    if (status == 0)
        status = run_group(points, rung, group, edges, err);
    for (size_t i = 0; i < group->count; i++)
        machine_file_release(&group->machine[i]);
    free(group);
    return status;
}

int whole_points_run(struct whole_points *points, const uint64_t *number,
                     size_t count, struct error *err)
{
    struct infer_asked asked;
    struct whole_rung all = { .number = number, .count = count };
    int status;

    if (!experiment_infers(&asked, points->experiment))
        return 0;
    all.generate = asked.generate;
    progress_begin(points->work.progress, "inferences", count, "points");
    status = run_points(points, &all, INFER_BAND, err);
    progress_end(points->work.progress);
    return status;
}

int whole_points_climb(struct whole_points *points,
                       const struct whole_rung *rung, struct error *err)
{
    int status;

    progress_begin(points->work.progress, "explore", rung->count, "inferences");
    status = run_points(points, rung, INFER_MIDDLE, err);
    progress_end(points->work.progress);
    return status;
}
