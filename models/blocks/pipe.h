/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/event.h"
#include "models/blocks/run.h"

/*
 * A chain of registers: what is put in clock c can be got from clock
 * c + latency on, in order.  The event `due` fires when the first item can be
 * got.  A pipe does not stall; its depth is as many items as can be on the way
 * or waiting, and putting more is our mistake.
 */
struct pipe {
    struct run *run; /* borrowed */
    struct sim_event due;
    unsigned char *items; /* [depth][item_size] */
    uint64_t *ready;      /* clock from which the item can be got */
    size_t item_size;
    uint32_t depth;
    uint32_t latency; /* clocks */
    uint32_t head;
    uint32_t count;
    bool watched; /* items are passes, and told about as they are taken */
    enum macro_stage stage;
    uint32_t macro;
};

struct pipe_shape {
    size_t item_size; /* bytes */
    uint32_t depth, latency;
};

void pipe_init(struct pipe *pipe, struct run *run, const char *name,
               struct pipe_shape shape);

/* Tells the run's watcher of each pass that is taken out. */
void pipe_watch(struct pipe *pipe, enum macro_stage stage, uint32_t macro);

/* Where the next item is to be written, until pipe_put_done(). */
void *pipe_put_slot(struct pipe *pipe);
void pipe_put_done(struct pipe *pipe);

/* The same, due after `clocks` instead of the latency, never before an item
 * that was put earlier. */
void pipe_put_done_after(struct pipe *pipe, uint64_t clocks);

bool pipe_can_get(const struct pipe *pipe);
const void *pipe_get_slot(const struct pipe *pipe);
void pipe_get_done(struct pipe *pipe);
