/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/work.h"
#include "replay/input.h"
#include "replay/machine_file.h"
#include "store/store.h"
#include "trace/model_sizes.h"

/*
 * Whole inferences (models/inference/inference.h): a trace or list of shapes on
 * machines, with results in the store, each at both ends of the machine's band
 * as well (models/inference/band.h).  What the store has is not run again.
 */
struct infer_asked {
    uint32_t prompt, generate, batch;
    const char *memory;  /* dram.kind of machines that have no channel,
                            or a file (memory_file.h) */
    const char *buffers; /* capacities of machines that state none of their own,
                            or no limit */
};

/* What it says of prompt, generate and batch (ERROR_USAGE). */
int infer_check(const struct infer_asked *asked, struct error *err);

/* -1 and `err` (ERROR_DATA): the input does not tell what its operators are
 * made of. */
int infer_sizes(struct model_sizes *sizes, const struct input *input,
                struct error *err);

/* Gives a machine what it leaves open: memory, and buffers at their standard or
 * without a limit.  It is then another machine. */
int infer_complete(struct machine_file *machine,
                   const struct infer_asked *asked, struct error *err);

/* Whether the ends of the band are run as well. */
enum infer_edges { INFER_BAND, INFER_MIDDLE };

struct infer_run {
    struct store *store;
    const struct input *input;           /* input_put() came before */
    const struct machine_file *machines; /* complete */
    size_t count;
    const struct infer_asked *asked;
    bool again; /* run also what the store has */
    bool slow;  /* in both ways, which are compared: infer_slow.h */
    enum infer_edges edges;
    /* [count] why a machine cannot run it; kind ERROR_NONE: it can.  NULL: the
     * first that cannot ends all. */
    struct error *trouble;
    struct work work;
};

/* Whatever is written is whole; -1 and `err` for the first machine that cannot
 * run it, or ERROR_INTERRUPTED. */
int infer_run(const struct infer_run *run, struct error *err);
