/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "flow/prune/prune.h"
#include "llm/accuracy.h"
#include "llm/model.h"
#include "llm/tokens.h"
#include "llm/walk.h"
#include "replay/input.h"
#include "store/store.h"
#include "trace/plan.h"
#include "trace/recorded_trace.h"
#include "workflow/eighths.h"
#include "workflow/session.h"

/*
 * The steps from a checkpoint to the results file, as the commands and `run`
 * share them.  Each step that makes something writes it to the session's store,
 * joined to the rest by hashes.
 */

/* A remark if layers of the trace had inputs that were all 0. */
void steps_warn(const struct session *session,
                const struct recorded_trace *trace);

/* A remark, once, if Hessians had to be dampened to carry the plan out. */
void steps_tell_dampened(const struct session *session,
                         const struct prune *prune);

/* The recorded trace of a plan: at `path`, or where the plan says that it was.
 * -1 and `err`, also (ERROR_USAGE) if neither is known. */
int steps_open_trace(struct recorded_trace *trace, const struct plan *plan,
                     const char *plan_path, const char *path,
                     struct error *err);

/* What was written a moment ago, opened by name: -1 and `err` (ERROR_DATA) if
 * it is no longer what `hash` identifies, since somebody put another there. */
int steps_open_written(struct recorded_trace *trace, const char *path,
                       const char *hash, struct error *err);
int steps_open_pruned(struct input *input, const char *path, const char *hash,
                      struct error *err);

int steps_put_model(const struct session *session, const struct model *model,
                    struct error *err);

/* One perplexity: of the model as it is, or as pruned. */
struct steps_perplexity {
    const struct model *model;
    const struct model_tokens *tokens;
    const struct prune *prune; /* NULL: dense */
    enum model_arithmetic arithmetic;
    bool seen;               /* some of these rows chose the plan's masks */
    struct eighths *eighths; /* who measures rows besides; NULL: nobody */
    bool found;              /* it was in the store already */
    uint64_t predictions;
    double value;
};

/* Looks into the store, measures what is not there, and writes it. */
int steps_perplexity(const struct session *session,
                     struct steps_perplexity *perplexity, struct error *err);

/* One accuracy: that of a model, dense or pruned, on questions. */
struct steps_accuracy {
    const struct model *model;
    const struct tasks *tasks;
    const char *name;          /* of the questions: their file, or tensor */
    const struct prune *prune; /* NULL: dense */
    uint32_t longest;          /* tokens of an input; 0: what the model takes */
    enum model_arithmetic arithmetic;
    struct eighths *eighths; /* who answers requests besides; NULL: nobody */
    bool again;              /* whatever the store has: who needs each answer */
    bool found; /* it was in the store already: there are no answers then */
    struct accuracy accuracy; /* accuracy_release() it */
};

/* Looks into the store, measures what is not there, and writes it. */
int steps_accuracy(const struct session *session,
                   struct steps_accuracy *accuracy, struct error *err);
