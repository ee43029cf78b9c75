/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/print/draw.h"
#include "cli/road.h"
#include "cli/print/machine_list.h"
#include "cli/variant.h"

/*
 * The whole road of `flexcim run`: one recorded trace, then for every limit
 * (a sparsity, bytes, cycles or energy) and method a plan, its perplexity, and,
 * if there are machines, its sparse trace and a run on every one.  What is
 * there already, in the store or as a file of the same hashes, is used again.
 */
enum journey_asks {
    JOURNEY_SPARSITY,
    JOURNEY_BYTES,
    JOURNEY_CYCLES,
    JOURNEY_ENERGY
};

struct journey_request {
    const char *checkpoint;
    const char *tokens; /* FILE, with tensors `calibration` and `test` */
    struct words limits, methods, machines;
    enum journey_asks asks;       /* what the limits are; of cycles and energy,
                                     those of the first machine */
    struct pattern_list patterns; /* offered; none: each method's own */
    uint64_t rows;                /* of `test`; 0: all */
    struct draw draw;             /* of `calibration` */
    uint64_t sample;              /* tokens that are replayed */
};

struct journey {
    const struct journey_request *request;
    struct road road;
    char *folder; /* where traces and plans go: beside the results file */
    struct model *model;
    struct model_tokens calibration, test;
    struct recorded_trace trace;
    double dense;     /* perplexity of the model as it is */
    double *sparsity; /* [limits]; NaN unless they are sparsities */
    struct variant *variant;
    struct machine_list machines;
    struct plan *plan;  /* [limits][variants] */
    double *perplexity; /* likewise */
    size_t limits, variants, plans;
};

/* Opens and checks everything that was asked for, before any long work. */
int journey_begin(struct journey *journey, const struct call *call,
                  const struct journey_request *request, struct error *err);

/* Does what is still to be done. */
int journey_go(struct journey *journey, struct error *err);

/* Returns `status`, or -1. */
int journey_end(struct journey *journey, int status, struct error *err);
