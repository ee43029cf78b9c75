/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/event_queue.h"

#include <string.h>

#include "kernel/internal.h"

static void schedule(struct sim_event_queue *queue)
{
    if (queue->count > 0)
        sim_notify_after(&queue->event, queue->times[queue->count - 1] -
                                            queue->event.sim->now);
}

static void fired(void *module)
{
    struct sim_event_queue *queue = module;

    if (queue->count > 0)
        queue->count--;
    schedule(queue);
}

void sim_event_queue_init(struct sim_event_queue *queue, struct sim *sim,
                          const char *name)
{
    memset(queue, 0, sizeof *queue);
    sim_event_init(&queue->event, sim, name);
    sim_method_init(&queue->process, sim, NULL, fired, queue);
    sim_sensitive(&queue->process, &queue->event);
    sim_dont_initialize(&queue->process);
}

void sim_event_queue_notify(struct sim_event_queue *queue, sim_time delay)
{
    struct sim *sim = queue->event.sim;
    sim_time time = sim->now + delay;
    uint32_t at = queue->count;

    ROOM(sim, queue->times, at, queue->size);
    for (; at > 0 && queue->times[at - 1] < time; at--)
        queue->times[at] = queue->times[at - 1];
    queue->times[at] = time;
    queue->count++;
    schedule(queue);
}

void sim_event_queue_cancel_all(struct sim_event_queue *queue)
{
    queue->count = 0;
    sim_cancel(&queue->event);
}
