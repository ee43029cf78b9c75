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
    fifo->reads = fifo->writes = 0;
}

void sim_fifo_init(struct sim_fifo *fifo, struct sim *sim, const char *name,
                   size_t item_size, unsigned depth)
{
    if (depth == 0) {
        sim_report(sim, SIM_ERROR, SIM_E_FIFO_DEPTH,
                   "a fifo of depth 0 holds nothing");
        depth = 1;
    }
    assert(item_size > 0 && depth <= SIZE_MAX / item_size);
    *fifo = (struct sim_fifo){
        .items = sim_alloc(sim, depth * item_size),
        .item_size = item_size,
        .depth = depth,
        .id = object_new(sim, SIM_KIND_FIFO, name, fifo),
    };
    sim_channel_init(&fifo->channel, sim, fifo_update);
    event_init(&fifo->data_written, sim, EVENT_PLAIN, fifo->id);
    event_init(&fifo->data_read, sim, EVENT_PLAIN, fifo->id);
}

void sim_fifo_release(struct sim_fifo *fifo)
{
    struct sim *sim = fifo->channel.sim;

    sim_channel_release(&fifo->channel);
    event_release(&fifo->data_written);
    event_release(&fifo->data_read);
    kernel_give_back(sim, fifo->items, fifo->depth * fifo->item_size);
    object_release(sim, fifo->id);
}

/* Copies an item, the commonest sizes without a call, and goes on from *at. */
static inline void fifo_pass(struct sim_fifo *fifo, void *to, const void *from,
                             unsigned *at)
{
    if (fifo->item_size == sizeof(uint32_t))
        memcpy(to, from, sizeof(uint32_t));
    else if (fifo->item_size == sizeof(uint64_t))
        memcpy(to, from, sizeof(uint64_t));
    else
        memcpy(to, from, fifo->item_size);
    *at = *at + 1 == fifo->depth ? 0 : *at + 1;
    sim_channel_request_update(&fifo->channel);
}

void sim_fifo_put(struct sim_fifo *fifo, const void *item)
{
    assert(sim_fifo_free(fifo));
    fifo->writes++;
    fifo_pass(fifo, fifo->items + fifo->write_at * fifo->item_size, item,
              &fifo->write_at);
}

void sim_fifo_get(struct sim_fifo *fifo, void *item)
{
    assert(sim_fifo_available(fifo));
    fifo->reads++;
    fifo_pass(fifo, item, fifo->items + fifo->read_at * fifo->item_size,
              &fifo->read_at);
}
