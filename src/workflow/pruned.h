/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/prune/prune.h"
#include "llm/model.h"
#include "llm/tokens.h"
#include "trace/plan.h"
#include "trace/recorded_trace.h"

/* The options of a command that runs a model as a plan prunes it. */
struct pruned_asked {
    const char *plan;        /* a file; NULL: the model is dense */
    const char *trace;       /* the recorded trace; NULL: where the plan says */
    const char *calibration; /* FILE[:TENSOR]; NULL: where the trace says */
    unsigned workers;
};

/* -1 and `err` (ERROR_USAGE) if one of them says nothing without a plan. */
int pruned_check(const struct pruned_asked *asked, struct error *err);

/* A model as a plan prunes it, with all that this rests on. */
struct pruned {
    struct plan plan;
    struct recorded_trace trace;
    struct model_tokens calibration; /* rows, if the plan needs any */
    struct model *folded;            /* NULL: channels stay where they are */
    struct prune prune; /* its model is the one to be run, folded or not */
};

/*
 * Reads the plan, opens its trace, folds the model and reads the tokens that
 * the plan is carried out on.  `model` and `asked` are borrowed.  -1 and `err`;
 * then nothing is held.
 */
int pruned_open(struct pruned *pruned, const struct model *model,
                const struct pruned_asked *asked, struct error *err);
void pruned_close(struct pruned *pruned);
