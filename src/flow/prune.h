/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef FLOW_PRUNE_H
#define FLOW_PRUNE_H

#include "base/error.h"
#include "base/progress.h"
#include "llm/model.h"
#include "trace/plan.h"
#include "trace/recorded_trace.h"

/*
 * A plan carried out: masks from the checkpoint's weights and the statistics of
 * the recorded trace that the plan names.  All parts are borrowed.
 */
struct prune {
    const struct plan *plan;
    const struct recorded_trace *trace;
    const struct model *model;
    unsigned workers;          /* as for parallel_for() */
    struct progress *progress; /* NULL: tell nobody */
};

/* The three must belong together: hashes, names and shapes.  -1 and `err`
 * (ERROR_DATA) with one sentence. */
int prune_check(const struct prune *prune, struct error *err);

/* Sets what the plan prunes of a loaded decoder block to 0; `prune` is a
 * `const struct prune *` that was checked.  Fits model_walk.edit. */
int prune_block(void *prune, struct model_block *block, uint32_t number,
                struct error *err);

/*
 * Writes the sparse trace: the recorded trace's 8-bit weights under the plan's
 * masks, and its sample of inputs.  Checks first.
 */
int prune_write(const struct prune *prune, const char *path, struct error *err);

#endif
