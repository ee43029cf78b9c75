/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/work.h"
#include "cli/frame/command.h"
#include "flow/prune/prune.h"
#include "llm/model.h"
#include "store/store.h"
#include "trace/plan.h"
#include "trace/recorded_trace.h"

/*
 * The steps from a checkpoint to the results file, as the commands and `run`
 * share them.  Each step that makes something writes it to the store, joined to
 * the rest by hashes.
 */
struct road {
    const struct call *call;
    struct progress progress;
    struct store *store; /* NULL until road_open() */
};

void road_begin(struct road *road, const struct call *call);

/* The call's workers, and the road's progress. */
struct work road_work(struct road *road);

/* Opens the call's results file for writing. */
int road_open(struct road *road, struct error *err);

/* Closes it, and says when the work ended if `status` is 0; returns `status`,
 * or -1. */
int road_end(struct road *road, int status, struct error *err);

/* A remark if layers of the trace had inputs that were all 0. */
void road_warn(const struct call *call, const struct recorded_trace *trace);

/* The recorded trace of a plan: at `path`, or where the plan says that it was.
 * -1 and `err`, also (ERROR_USAGE) if neither is known. */
int road_open_trace(struct recorded_trace *trace, const struct plan *plan,
                    const char *plan_path, const char *path, struct error *err);

int road_put_model(struct road *road, const struct model *model,
                   struct error *err);

/* One perplexity: of the model as it is, or as pruned. */
struct road_perplexity {
    const struct model *model;
    const struct model_tokens *tokens;
    const struct prune *prune; /* NULL: dense */
    bool int8;                 /* 8-bit weights and inputs, else f32 */
    bool seen;                 /* some of these rows chose the plan's masks */
    bool found;                /* it was in the store already */
    uint64_t predictions;
    double value;
};

/* Looks into the store, measures what is not there, and writes it. */
int road_perplexity(struct road *road, struct road_perplexity *perplexity,
                    struct error *err);
