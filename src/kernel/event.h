/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/sim.h"

struct sim_process;
struct sim_waiter;

/*
 * An event: processes wait for it, someone notifies it, it fires.  It lies in
 * the caller's struct; the fields are the kernel's.  When it last fired may be
 * read: `fired_delta` is sim_delta_count() while processes run for which it has
 * just fired, whether it woke them or not, and never else.
 *
 * At most one notification is pending.  Of two the earlier holds: a later one
 * is dropped, an earlier one replaces what was pending; delta is earlier than
 * any time.  Each call is O(1) and allocates nothing.
 */
struct sim_event {
    struct sim *sim;
    sim_time time;       /* of the pending timed notification */
    uint32_t generation; /* tells live entries of the timing wheel from dead */
    uint32_t slot;       /* in the list of delta notifications */
    uint32_t id;
    uint16_t pending, flags;
    void *listeners;
    struct sim_waiter *waiters;
    sim_time fired_time;  /* the last time */
    uint64_t fired_delta; /* of that; UINT64_MAX: it never fired, one less: no
                             process ran then */
};

void sim_event_init(struct sim_event *event, struct sim *sim, const char *name);

/*
 * Fires at once: who waits now runs in this evaluate phase, except the caller
 * itself (warning 536, once a sim).  Cancels what is pending.  Between two runs
 * it makes runnable; before the first run and in updates it is error 521.
 */
void sim_notify(struct sim_event *event);

/* Fires before the next evaluate phase, at the same time. */
void sim_notify_delta(struct sim_event *event);

/* Fires at now + delay; a delay of 0 is sim_notify_delta(). */
void sim_notify_after(struct sim_event *event, sim_time delay);

/* Drops what is pending; what fired has fired. */
void sim_cancel(struct sim_event *event);

/*
 * While the simulation runs, or between runs: the kernel forgets the event, and
 * its memory is the caller's again.  What was pending is dropped; who waits for
 * it, or is sensitive to it, is so no more.  Takes time in proportion to those,
 * and if it was ever cancelled perhaps to all that is pending.
 */
void sim_event_release(struct sim_event *event);

/* Keeps every notification; those of one time fire in deltas of their own. */
struct sim_event_queue {
    struct sim_event event; /* for who waits */
    sim_time *times;        /* the latest first */
    uint32_t count, size;
};

void sim_event_queue_init(struct sim_event_queue *queue, struct sim *sim,
                          const char *name);

/* Takes time in proportion to what is pending; more than ever allocates. */
void sim_event_queue_notify(struct sim_event_queue *queue, sim_time delay);
void sim_event_queue_cancel_all(struct sim_event_queue *queue);

/*
 * What every channel with evaluate/update semantics is built on, and what a
 * model's own channel embeds: processes leave new values aside and ask for an
 * update; after the evaluate phase update(channel) is called once and shows
 * them, and may notify events (for the next delta, or timed).  It may be called
 * on the stack of a thread.
 */
struct sim_channel {
    struct sim *sim;
    void (*update)(struct sim_channel *channel);
    bool requested;
    const struct sim_process *writer; /* where that is checked, or NULL */
};

void sim_channel_init(struct sim_channel *channel, struct sim *sim,
                      void (*update)(struct sim_channel *channel));

/* Any number of times in one evaluate phase; also before the first run. */
void sim_channel_request_update(struct sim_channel *channel);

/* The kernel forgets the channel; an update that it asked for does not come. */
void sim_channel_release(struct sim_channel *channel);
