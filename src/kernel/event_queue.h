/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef KERNEL_EVENT_QUEUE_H
#define KERNEL_EVENT_QUEUE_H

#include "kernel/process.h"

/*
 * An event that keeps every notification: each fires it once, those of one time
 * in deltas of their own.
 */
struct sim_event_queue {
    struct sim_event event; /* what processes are sensitive to */
    struct sim_process process;
    sim_time *times; /* the latest first */
    uint32_t count;
    uint32_t size;
};

void sim_event_queue_init(struct sim_event_queue *queue, struct sim *sim,
                          const char *name);

/* Takes time in proportion to what is pending; more than ever allocates. */
void sim_event_queue_notify(struct sim_event_queue *queue, sim_time delay);
void sim_event_queue_cancel_all(struct sim_event_queue *queue);

#endif
