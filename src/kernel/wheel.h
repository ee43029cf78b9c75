/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * Internal: the pending timed notifications, in the order (time, sequence).
 *
 * What is due up to the time `last` lies in the front: in places that stay, and
 * an order of these.  What is due later lies in a hierarchical timing wheel: on
 * the level of the highest digit (of seven bits) in which its time differs from
 * `base`, in the bucket that this digit numbers.  So the earliest is in the
 * first bucket in use of the lowest level in use.  If that bucket is small it
 * becomes the front, else its entries move down to lower levels, all of them
 * empty, and those of one time keep their sequence.  Entries seldom move more
 * than twice, and where only a few are pending they never leave the front.
 *
 * A bucket is a list of chunks of entries: an event itself is touched only when
 * it fires.  Cancelling leaves a dead entry in a bucket, and gives the event a
 * new generation; there are never many more of those than live ones.
 */

#include "kernel/event.h"

#define WHEEL_DIGIT  7 /* bits */
#define WHEEL_LEVELS 10
#define WHEEL_SLOTS  128
#define WHEEL_CHUNK  15 /* entries: with the link, 256 bytes */
#define WHEEL_FRONT  64 /* entries */

struct wheel_entry {
    struct sim_event *event;
    uint32_t generation;
    uint32_t time_low; /* low half of the time */
};

struct wheel_chunk {
    struct wheel_chunk *next;
    uint64_t count; /* of the bucket's first one: its chunks */
    struct wheel_entry entries[WHEEL_CHUNK];
};

struct wheel_bucket {
    struct wheel_chunk *first;
    struct wheel_entry *end; /* NULL, or after the last entry */
};

struct wheel {
    sim_time last;
    unsigned head, count; /* the front is order[head .. head + count - 1] */
    uint64_t used;        /* bit p: place p of the front is in use */
    sim_time times[WHEEL_FRONT]; /* of each place; SIM_TIME_MAX: not in use */
    struct sim_event *events[WHEEL_FRONT];
    uint8_t order[4 * WHEEL_FRONT]; /* places, by time; behind them anything */
    sim_time base;
    unsigned levels;     /* bit l: level l is in use */
    uint64_t live, dead; /* in buckets */
    struct wheel_chunk *spare;
    uint64_t chunks;
    uint64_t slots[WHEEL_LEVELS][2]; /* bit s: slot s is in use */
    struct wheel_bucket buckets[WHEEL_LEVELS][WHEEL_SLOTS];
};

/* Room for `events` pending at once, however often they are cancelled. */
void wheel_reserve(struct wheel *wheel, struct sim *sim, uint64_t events);

/* The earliest time in the front; SIM_TIME_MAX if it is empty. */
static inline sim_time wheel_first(const struct wheel *wheel)
{
    return wheel->times[wheel->order[wheel->head]];
}

/* Takes the earliest out of the front, which has one. */
static inline struct sim_event *wheel_pop(struct wheel *wheel)
{
    unsigned place = wheel->order[wheel->head++];

    wheel->count--;
    wheel->used ^= (uint64_t)1 << place;
    wheel->times[place] = SIM_TIME_MAX;
    return wheel->events[place];
}

/* For an event whose `time` is set, after now, and of no live entry. */
void wheel_insert(struct wheel *wheel, struct sim_event *event);

/* Takes the event's entry out. */
void wheel_cancel(struct wheel *wheel, struct sim_event *event);

/* Drops all dead entries: none is left of an event that is not pending. */
void wheel_sweep(struct wheel *wheel);

/* The earliest time; false if there is none. */
bool wheel_next(struct wheel *wheel, sim_time *time);

/*
 * Looks for the earliest time when the front is empty; false if there is none
 * up to `limit`.  Fills the front, or sets *due to a bucket of events of this
 * one time: some may die before they are fired, the caller counts each off
 * `live` or `dead`, and gives back each chunk.
 */
bool wheel_refill(struct wheel *wheel, sim_time limit, sim_time *time,
                  struct wheel_bucket *due);

static inline void wheel_give_back(struct wheel *wheel,
                                   struct wheel_chunk *chunk)
{
    chunk->next = wheel->spare;
    wheel->spare = chunk;
}
