/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An event whose notifications are all kept. */
#include "kernel/internal.h"

static void queue_schedule(struct sim_event_queue *queue)
{
    if (queue->count > 0)
        sim_notify_after(&queue->event, queue->times[queue->count - 1] -
                                            queue->event.sim->now);
}

static void queue_fired(struct sim_event *event)
{
    struct sim_event_queue *queue = (struct sim_event_queue *)event;

    if (queue->count > 0)
        queue->count--;
    queue_schedule(queue);
}

void sim_event_queue_init(struct sim_event_queue *queue, struct sim *sim,
                          const char *name)
{
    *queue = (struct sim_event_queue){ .count = 0 };
    sim_event_init(&queue->event, sim, name);
    queue->event.flags = EVENT_QUEUE;
    sim->queue_fired = queue_fired;
}

void sim_event_queue_notify(struct sim_event_queue *queue, sim_time delay)
{
    struct sim *sim = queue->event.sim;
    sim_time time = sim->now + delay;
    uint32_t at = queue->count++;

    ROOM(sim, queue->times, at, queue->size);
    for (; at > 0 && queue->times[at - 1] < time; at--)
        queue->times[at] = queue->times[at - 1];
    queue->times[at] = time;
    queue_schedule(queue);
}

void sim_event_queue_cancel_all(struct sim_event_queue *queue)
{
    queue->count = 0;
    sim_cancel(&queue->event);
}
