/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/fifo.h"

#include <assert.h>
#include <string.h>

#include "kernel/internal.h"

static void fifo_update(struct sim_channel *channel)
{
    struct sim_fifo *fifo = CONTAINER(channel, struct sim_fifo, channel);

    if (fifo->reads > 0)
        event_notify_update(&fifo->data_read);
    if (fifo->writes > 0)
        event_notify_update(&fifo->data_written);
    fifo->readable += fifo->writes - fifo->reads;
    fifo->reads = 0;
    fifo->writes = 0;
}

void sim_fifo_init(struct sim_fifo *fifo, struct sim *sim, const char *name,
                   size_t item_size, unsigned depth)
{
    size_t bytes;

    assert(item_size > 0 && depth > 0);
    if (__builtin_mul_overflow(item_size, depth, &bytes))
        bytes = SIZE_MAX; /* refused below as too large */
    memset(fifo, 0, sizeof *fifo);
    sim_channel_init(&fifo->channel, sim, fifo_update);
    fifo->items = sim_alloc(sim, bytes);
    fifo->item_size = item_size;
    fifo->depth = depth;
    fifo->id = object_new(sim, SIM_KIND_FIFO, name, fifo);
    event_init(&fifo->data_written, sim, EVENT_PLAIN);
    event_init(&fifo->data_read, sim, EVENT_PLAIN);
    fifo->data_written.id = fifo->id;
    fifo->data_read.id = fifo->id;
}

static inline void *put_slot(struct sim_fifo *fifo)
{
    assert(sim_fifo_can_put(fifo));
    return fifo->items + fifo->write_at * fifo->item_size;
}

static inline void put_done(struct sim_fifo *fifo)
{
    fifo->write_at = fifo->write_at + 1 == fifo->depth ? 0 : fifo->write_at + 1;
    fifo->writes++;
    sim_channel_request_update(&fifo->channel);
}

static inline void *get_slot(const struct sim_fifo *fifo)
{
    assert(sim_fifo_can_get(fifo));
    return fifo->items + fifo->read_at * fifo->item_size;
}

static inline void get_done(struct sim_fifo *fifo)
{
    fifo->read_at = fifo->read_at + 1 == fifo->depth ? 0 : fifo->read_at + 1;
    fifo->reads++;
    sim_channel_request_update(&fifo->channel);
}

/* Small items, the commonest, without a call. */
static inline void copy_item(void *to, const void *from, size_t size)
{
    if (size == sizeof(uint32_t))
        memcpy(to, from, sizeof(uint32_t));
    else if (size == sizeof(uint64_t))
        memcpy(to, from, sizeof(uint64_t));
    else
        memcpy(to, from, size);
}

void *sim_fifo_put_slot(struct sim_fifo *fifo)
{
    return put_slot(fifo);
}

void sim_fifo_put_done(struct sim_fifo *fifo)
{
    assert(sim_fifo_can_put(fifo));
    put_done(fifo);
}

const void *sim_fifo_get_slot(const struct sim_fifo *fifo)
{
    return get_slot(fifo);
}

void sim_fifo_get_done(struct sim_fifo *fifo)
{
    assert(sim_fifo_can_get(fifo));
    get_done(fifo);
}

void sim_fifo_put(struct sim_fifo *fifo, const void *item)
{
    copy_item(put_slot(fifo), item, fifo->item_size);
    put_done(fifo);
}

void sim_fifo_get(struct sim_fifo *fifo, void *item)
{
    copy_item(item, get_slot(fifo), fifo->item_size);
    get_done(fifo);
}
