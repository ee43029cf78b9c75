/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/process.h"

/*
 * A bounded first-in-first-out channel of items of one size.  What is put in
 * one delta can be got from the next one on, and so can the room that a get
 * leaves.
 */
struct sim_fifo {
    struct sim_channel channel;
    unsigned char *items; /* [depth][item_size] */
    size_t item_size;     /* bytes */
    unsigned depth;
    unsigned read_at, write_at;
    unsigned readable;      /* items, as shown by the last update */
    unsigned reads, writes; /* since then */
    uint32_t id;
    struct sim_event data_written; /* fires in the delta after a put */
    struct sim_event data_read;    /* and after a get */
};

/* Allocates depth * item_size bytes; a depth of 0 is error 106. */
void sim_fifo_init(struct sim_fifo *fifo, struct sim *sim, const char *name,
                   size_t item_size, unsigned depth);

/* As sim_event_release(), of the fifo, its items and its events. */
void sim_fifo_release(struct sim_fifo *fifo);

/* Items that can be got now, and room for items that can be put. */
static inline unsigned sim_fifo_available(const struct sim_fifo *fifo)
{
    return fifo->readable - fifo->reads;
}

static inline unsigned sim_fifo_free(const struct sim_fifo *fifo)
{
    return fifo->depth - fifo->readable - fifo->writes;
}

/* Copy one item in or out; they never wait: there must be room, or one. */
void sim_fifo_put(struct sim_fifo *fifo, const void *item);
void sim_fifo_get(struct sim_fifo *fifo, void *item);

/* In a thread: wait until there is room, or an item; false as sim_wait(). */
static inline bool sim_fifo_wait_put(struct sim_fifo *fifo, const void *item)
{
    while (!sim_fifo_free(fifo))
        if (!sim_wait_event(fifo->channel.sim, &fifo->data_read))
            return false;
    sim_fifo_put(fifo, item);
    return true;
}

static inline bool sim_fifo_wait_get(struct sim_fifo *fifo, void *item)
{
    while (!sim_fifo_available(fifo))
        if (!sim_wait_event(fifo->channel.sim, &fifo->data_written))
            return false;
    sim_fifo_get(fifo, item);
    return true;
}
