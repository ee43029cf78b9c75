/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef KERNEL_THREAD_H
#define KERNEL_THREAD_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/fifo.h"
#include "kernel/process.h"

/*
 * A thread: a process that waits in the middle of its function, on a stack of
 * its own.  When the function returns the thread has ended.
 *
 * A stack is address space, and memory only as far as it was ever used.  While
 * a sim has no more than 8192 threads, running over the end of a stack is a
 * segmentation fault.  Sims share no stacks.
 */
void sim_thread_init(struct sim_process *process, struct sim *sim,
                     const char *name, sim_function function, void *module);

/* For threads made from now on; default 64 KiB, at least 16 KiB. */
void sim_set_stack_size(struct sim *sim, size_t bytes);

/*
 * Wait until ...; called in a thread, else error 519 and false at once.  Lists
 * are as with sim_next_trigger_any() and _all(), and with a delay the result is
 * false if it was over first.
 */
bool sim_wait(struct sim *sim);                     /* the static sensitivity */
bool sim_wait_count(struct sim *sim, unsigned n);   /* the same, n times */
bool sim_wait_for(struct sim *sim, sim_time delay); /* 0: one delta */
bool sim_wait_event(struct sim *sim, struct sim_event *event);
bool sim_wait_any(struct sim *sim, struct sim_event *const *events,
                  unsigned count, sim_time delay);
bool sim_wait_all(struct sim *sim, struct sim_event *const *events,
                  unsigned count, sim_time delay);

/* Put or get one item, waiting for room or for an item as long as it takes. */
bool sim_fifo_wait_put(struct sim_fifo *fifo, const void *item);
bool sim_fifo_wait_get(struct sim_fifo *fifo, void *item);

#endif
