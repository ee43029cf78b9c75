/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef KERNEL_WHEEL_H
#define KERNEL_WHEEL_H

/*
 * Internal: the pending timed notifications, in the order (time, sequence).
 *
 * A hierarchical timing wheel: an entry lies on the level of the highest digit
 * (of six bits) in which its time differs from `base`, the time last taken, in
 * the bucket that this digit numbers.  So the earliest entry is in the first
 * bucket in use of the lowest level in use; once its time is taken, the rest of
 * the bucket belongs on lower levels, all of them empty.  Entries therefore
 * move down at most ten times, seldom more than three, and those of one time
 * keep their sequence.
 *
 * A bucket is a list of chunks of entries, which are read and written in
 * sequence: an event itself is touched only when it fires.  Cancelling gives
 * the event a new generation and leaves a dead entry; there are never many more
 * dead entries than live ones, so that memory stays in proportion.
 */
#include <stdbool.h>
#include <stdint.h>

#include "kernel/event.h"

#define WHEEL_DIGIT  6 /* bits */
#define WHEEL_LEVELS 11
#define WHEEL_SLOTS  64
#define WHEEL_CHUNK  15 /* entries: with the link, 256 bytes */

struct wheel_entry {
    struct sim_event *event;
    uint32_t generation;
    uint32_t time_low; /* low half of the time */
};

struct wheel_chunk {
    struct wheel_chunk *next;
    uint64_t unused;
    struct wheel_entry entries[WHEEL_CHUNK];
};

struct wheel_bucket {
    struct wheel_chunk *first;
    struct wheel_entry *end; /* NULL, or after the last entry */
};

struct wheel {
    sim_time base;
    sim_time next;   /* the earliest live time; 0: not known */
    unsigned levels; /* bit l: level l is in use */
    uint64_t live;
    uint64_t dead;
    struct wheel_chunk *spare; /* chunks used before */
    char *fresh;               /* chunks never used: [fresh, fresh_end) */
    char *fresh_end;
    uint64_t chunks;
    uint64_t used[WHEEL_LEVELS]; /* bit s: slot s is in use */
    struct wheel_bucket buckets[WHEEL_LEVELS][WHEEL_SLOTS];
};

/* Room for `events` pending at once, however often they are cancelled. */
void wheel_reserve(struct wheel *wheel, struct sim *sim, uint64_t events);

/* For an event whose `time` is set, not before base, and of no live entry. */
void wheel_insert(struct wheel *wheel, struct sim_event *event);

/* Makes the event's entry a dead one. */
void wheel_cancel(struct wheel *wheel, struct sim_event *event);

/* The earliest live time; false if there is none. */
bool wheel_next(struct wheel *wheel, sim_time *time);

/*
 * Takes out the entries of the earliest live time, in sequence, if that is not
 * after `limit`: a list of full chunks but the last, which ends at *end.  Some
 * may die before they are used; the caller counts each off `live` or `dead`,
 * and gives back each chunk.  NULL: there are none.
 */
struct wheel_chunk *wheel_take(struct wheel *wheel, sim_time limit,
                               sim_time *time, const struct wheel_entry **end);

static inline bool wheel_is_live(const struct wheel_entry *entry)
{
    return entry->event->generation == entry->generation;
}

static inline void wheel_give_back(struct wheel *wheel,
                                   struct wheel_chunk *chunk)
{
    chunk->next = wheel->spare;
    wheel->spare = chunk;
}

#endif
