/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a whole plan does to the model's predictions: sensitivity.h. */
#include <stdlib.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "flow/prune/prune.h"
#include "flow/select/divergence.h"
#include "flow/select/sensitivity.h"
#include "llm/walk.h"

struct plan_rows {
    struct model_tokens tokens; /* the samples; borrowed ids */
    size_t row_size;            /* tokens * width */
    struct divergence *divergence;
    float *dense, *pruned; /* [rows][tokens][width]: last outputs */
    double *apart;         /* [rows] */
};

static void plan_rows_compare(void *context, size_t row, unsigned worker)
{
    const struct plan_rows *rows = context;

    if (!stop_requested())
        rows->apart[row] = divergence_row(
            rows->divergence, row, rows->pruned + row * rows->row_size, worker);
}

/* The plan carried out, to the last outputs. */
static int plan_rows_prune(struct plan_rows *rows, const struct plan *plan,
                           const struct selection *selection,
                           const struct model_tokens *calibration,
                           struct error *err)
{
    const struct prune prune = { .plan = plan,
                                 .trace = selection->trace,
                                 .model = selection->model,
                                 .tokens = calibration,
                                 .trial = true,
                                 .work.workers = selection->work.workers };
    struct model_walk walk = { .edit = pruning_block,
                               .work.workers = selection->work.workers };
    struct pruning *pruning;
    int status;

    if (pruning_begin(&pruning, &prune, err) < 0)
        return -1;
    walk.context = pruning;
    status = model_walk_blocks(selection->model, &rows->tokens, &walk,
                               rows->pruned, err);
    pruning_end(pruning);
    return status;
}

static int plan_rows_run(struct plan_rows *rows, const struct plan *plan,
                         const struct selection *selection,
                         const struct model_tokens *calibration,
                         struct error *err)
{
    const struct model_walk walk = { .work.workers = selection->work.workers };
    unsigned workers = work_workers(&selection->work);

    if (model_walk_blocks(selection->model, &rows->tokens, &walk, rows->dense,
                          err) < 0 ||
        divergence_begin(&rows->divergence, selection->model, &rows->tokens,
                         rows->dense, workers, err) < 0 ||
        plan_rows_prune(rows, plan, selection, calibration, err) < 0)
        return -1;
    parallel_for(workers, rows->tokens.rows, plan_rows_compare, rows);
    return stop_check(err);
}

int sensitivity_of_plan(double *divergence, const struct plan *plan,
                        const struct selection *selection,
                        const struct model_tokens *calibration,
                        struct error *err)
{
    struct plan_rows rows = { .tokens = *selection->tokens };
    size_t all;
    double sum = 0;
    int status;

    rows.tokens.rows = selection->samples;
    rows.row_size = (size_t)rows.tokens.length * model_width(selection->model);
    all = rows.tokens.rows * rows.row_size;
    rows.dense = memory_new_aligned(all, sizeof *rows.dense);
    rows.pruned = memory_new_aligned(all, sizeof *rows.pruned);
    rows.apart = memory_new(rows.tokens.rows, sizeof *rows.apart);
    status = plan_rows_run(&rows, plan, selection, calibration, err);
    for (size_t row = 0; row < rows.tokens.rows; row++)
        sum += rows.apart[row];
    *divergence = sum / (double)(rows.tokens.rows * rows.tokens.length);
    divergence_end(rows.divergence);
    free(rows.apart);
    free(rows.pruned);
    free(rows.dense);
    return status;
}
