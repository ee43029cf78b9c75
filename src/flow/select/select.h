/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/select/method.h"
#include "flow/select/row_costs.h"

/*
 * Chooses a plan: fills in the method's standards, checks the request, names
 * the plan's layers after the trace, lets the method choose, and states what
 * was asked and reached.
 *
 * The method must be given the model if it needs one (select_model() opens the
 * one that the trace names) and, if it has samples, calibration tokens
 * (select_tokens()).  -1 and `err` if the request makes no sense (ERROR_USAGE)
 * or cannot be met (ERROR_DATA); `plan` is then empty.
 */
int select_plan(struct plan *plan, const struct method *method,
                const struct selection *selection, struct error *err);

/* What costs the selection measures, for those who help with it: at most
 * SELECT_MOST_MEASURES.  Of judged those of its candidates. */
enum { SELECT_MOST_MEASURES = 3 };
struct select_measure {
    const struct row_way *way;
    bool aware;
};
size_t select_measures(struct select_measure measure[SELECT_MOST_MEASURES],
                       const struct method *method,
                       const struct selection *selection);

/* Measures an eighth of the rows and leaves a file beside the trace, unless it
 * is there (row_costs.h). */
int select_measure_eighth(const struct method *method,
                          const struct selection *selection,
                          const struct select_measure *measure, unsigned eighth,
                          struct error *err);

/* Multiplications that the costs need which are not known yet. */
int select_effort(double *effort, const struct method *method,
                  const struct selection *selection, struct error *err);

/* Memory and disk of one of its ways, as a process that measures eighths has
 * them, or, where the work is short, all rows. */
struct row_need select_need(const struct row_way *way,
                            const struct method *method,
                            const struct selection *selection);

/* How many calibration rows, from the first, a selection is to be given: the
 * method's samples, or all where plans are carried out on the way. */
size_t select_rows(const struct method *method,
                   const struct selection *selection);

/* The update with which plans are judged whole: that of the selection, but for
 * reconstruct what it starts from. */
enum update select_judged_update(const struct selection *selection);

/*
 * The checkpoint that a trace was recorded from, in `folder` or, if that is
 * NULL, where the trace says that it was.  One with another hash is refused;
 * `model` is NULL then.
 */
int select_model(struct model **model, const struct recorded_trace *trace,
                 const char *folder, struct error *err);

/* The first `rows` of the calibration rows that the trace was recorded on, from
 * `spec` or, if that is NULL, where the trace says that they were.  -1 and
 * `err` if the file has another hash. */
int select_tokens(struct model_tokens *tokens,
                  const struct recorded_trace *trace, const char *spec,
                  size_t rows, const struct model *model, struct error *err);
