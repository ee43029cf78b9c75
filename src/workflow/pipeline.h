/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "replay/infer_run.h"
#include "replay/whole_need.h"
#include "workflow/draw.h"
#include "workflow/machine_list.h"
#include "workflow/steps.h"
#include "workflow/variant.h"

/*
 * All that `flexcim run` does: one recorded trace, then for every limit
 * (a sparsity, bytes, cycles or energy) and method a plan, its perplexity, and,
 * if there are machines, its sparse trace and a run on every one.  What is
 * there already, in the store or as a file of the same hashes, is used again.
 *
 * Files lie in a folder beside the results file.  Each has in its name what
 * identifies its content, and is opened as that or not at all: so several runs
 * can share a results file, whatever they were asked.
 */
enum pipeline_asks {
    PIPELINE_SPARSITY,
    PIPELINE_BYTES,
    PIPELINE_CYCLES,
    PIPELINE_ENERGY
};

struct pipeline_request {
    const char *checkpoint;
    const char *tokens; /* FILE, with tensors `calibration` and `test` */
    struct words limits, methods, machines;
    enum pipeline_asks asks;      /* what the limits are; of cycles and energy,
                                    those of the first machine */
    struct pattern_list patterns; /* offered; none: each method's own */
    uint64_t rows;                /* of `test`; 0: all */
    bool accuracy;                /* of questions that are cut from these */
    struct draw draw;             /* of `calibration` */
    uint64_t sample;              /* tokens that are replayed */
    const struct infer_asked *infer; /* a whole inference too; NULL: none */
    enum {
        PIPELINE_OF_LINEAR,
        PIPELINE_OF_PROMPT,
        PIPELINE_OF_TOKEN
    } of; /* cycles and energy: of the pruned layers, or of that inference */
};

struct pipeline {
    const struct pipeline_request *request;
    const struct session *session; /* borrowed */
    char *folder;                  /* where traces and plans go */
    struct model *model;
    struct model_tokens calibration, test;
    struct recorded_trace trace;
    double dense;     /* perplexity of the model as it is */
    double *sparsity; /* [limits]; NaN unless they are sparsities */
    struct variant *variant;
    struct machine_list machines;
    struct machine_list inferring; /* the same, complete for an inference */
    struct plan *plan;             /* [limits][variants] */
    double *perplexity;            /* [limits][variants] */
    struct tasks tasks;            /* if accuracies are asked for */
    double dense_accuracy,
        *accuracy;             /* [limits][variants]; NaN: not asked for */
    char (*sparse)[HASH_TEXT]; /* [limits][variants]: the trace replayed */
    size_t limits, variants, plans;
};

/* Opens and checks everything that was asked for, before any long work; the
 * session has no store yet. */
int pipeline_begin(struct pipeline *pipeline, const struct session *session,
                   const struct pipeline_request *request, struct error *err);

/* Does what is still to be done; now there is a store. */
int pipeline_go(struct pipeline *pipeline, struct error *err);

/* Whether a variant takes the Gram matrices from the trace. */
bool pipeline_needs_gram(const struct pipeline *pipeline);

void pipeline_end(struct pipeline *pipeline); /* also after a failed begin */
