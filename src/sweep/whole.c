/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/whole.h"

#include "base/stop.h"
#include "sweep/point.h"

/* A point that is no machine, or cannot run, leaves the others alone. */
static int run_point(struct whole_points *points,
                     const struct infer_asked *asked, const struct point *point,
                     struct error *err)
{
    const struct infer_run run = { .store = points->store,
                                   .input = point->input,
                                   .machines = &point->machine,
                                   .count = 1,
                                   .asked = asked,
                                   .work = points->work };
    int status = infer_run(&run, err);

    if (status == 0) {
        points->run++;
        return 0;
    }
    if (err->kind != ERROR_DATA)
        return -1;
    if (points->failed++ == 0)
        points->reason = *err;
    return 0;
}

int whole_points_run(struct whole_points *points, const uint64_t *number,
                     size_t count, struct error *err)
{
    struct progress *progress = points->work.progress;
    struct infer_asked asked;
    int status = 0;

    if (!experiment_infers(&asked, points->experiment))
        return 0;
    points->work.progress = NULL;
    progress_begin(progress, "inferences", count, "points");
    for (size_t i = 0; i < count && status == 0; i++) {
        struct point point;

        status = stop_check(err);
        if (status == 0 && point_make(&point, points->experiment, number[i])) {
            if (point.trouble.kind == ERROR_NONE)
                status = run_point(points, &asked, &point, err);
            point_release(&point);
        }
        progress_add(progress, 1);
    }
    progress_end(progress);
    points->work.progress = progress;
    return status;
}
