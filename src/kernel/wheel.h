/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef KERNEL_WHEEL_H
#define KERNEL_WHEEL_H

/*
 * Internal: the pending timed notifications, in the order (time, sequence).
 *
 * What is due soon, up to the time `last`, lies sorted in a small array, the
 * front.  What is due later lies in a hierarchical timing wheel: on the level
 * of the highest digit (of seven bits) in which its time differs from `base`,
 * in the bucket that this digit numbers.  So the earliest entry is in the first
 * bucket in use of the lowest level in use.  If that bucket is small it becomes
 * the front, else its entries move down to lower levels, all of them empty, and
 * those of one time keep their sequence.  Entries seldom move more than twice,
 * and where only a few are pending they never leave the front.
 *
 * A bucket is a list of chunks of entries, which are read and written in
 * sequence: an event itself is touched only when it fires.  Cancelling takes an
 * entry out of the front, but in a bucket it gives the event a new generation
 * and leaves a dead entry; there are never many more of those than live ones.
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
    uint32_t head; /* the front is [head, tail) of its array */
    uint32_t tail;
    struct wheel_due {
        sim_time time;
        struct sim_event *event;
    } front[2 * WHEEL_FRONT];
    sim_time base;
    unsigned levels; /* bit l: level l is in use */
    uint64_t live;   /* in buckets */
    uint64_t dead;
    struct wheel_chunk *spare;
    uint64_t chunks;
    uint64_t used[WHEEL_LEVELS][2]; /* bit s: slot s is in use */
    struct wheel_bucket buckets[WHEEL_LEVELS][WHEEL_SLOTS];
};

/* Room for `events` pending at once, however often they are cancelled. */
void wheel_reserve(struct wheel *wheel, struct sim *sim, uint64_t events);

/* For an event whose `time` is set, after now, and of no live entry. */
void wheel_insert(struct wheel *wheel, struct sim_event *event);

/* Takes the event's entry out. */
void wheel_cancel(struct wheel *wheel, struct sim_event *event);

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

#endif
