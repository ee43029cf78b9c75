/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/counter.h"
#include "models/layout/image.h"
#include "models/blocks/pass.h"

/* Where a pass is handed over inside a macro; values are int32. */
enum macro_stage {
    STAGE_TREE,     /* [P][C] of one beat, from the adder trees */
    STAGE_PASS,     /* [P][C] of a bit-serial pass, from the accumulators */
    STAGE_BUFFERED, /* [P][C], from the partial-sum buffer */
    STAGE_MERGED,   /* [C], from the merge */
    STAGES
};

/* A wave's tile that was loaded into one macro, in clocks start .. end - 1. */
struct watch_load {
    uint32_t wave;
    uint32_t macro;
    uint32_t bank;
    uint64_t start, end;
    const struct tile *tile;
    struct image *image; /* what is changed here is computed with */
};

/* Who is busy with what, and for how long. */
enum watch_unit {
    WATCH_DRAM,   /* the channel carries data; `count` bytes */
    WATCH_LOAD,   /* weight loader: a wave */
    WATCH_READ,   /* activation buffer: a vector */
    WATCH_WAIT,   /* nothing enters; `category` says why */
    WATCH_ENTRY,  /* a pass holds the entry port */
    WATCH_OUTPUT, /* output buffer: a pass's operation */
    WATCH_UNITS
};

struct watch_span {
    enum watch_unit unit;
    uint64_t start, end; /* clocks start .. end - 1 */
    uint32_t wave, token, pass;
    uint64_t count;
    enum clock_category category;
};

/*
 * Who looks at a run while it goes on.  Any function may be NULL; what they are
 * given is good for the call.  A pass's values lie at pass_values_of() if the
 * run has values, and only the columns that it serves mean anything.
 */
struct accelerator_watch {
    void *context;

    void (*load)(void *context, const struct watch_load *load);

    /* A pass's first entry clock in a macro; `vector` are the layer's inputs
     * at their own places, those of the wave good. */
    void (*enter)(void *context, uint32_t macro, uint64_t clock,
                  const struct pass *pass, const int8_t *vector);

    /* Told when it is known, which may be before it starts. */
    void (*span)(void *context, const struct watch_span *span);

    void (*hand_over)(void *context, uint32_t macro, enum macro_stage stage,
                      uint64_t clock, const struct pass *pass);
};
