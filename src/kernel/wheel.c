/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The wheel (wheel.h tells its order) costs a constant time a notification,
 * however many are pending.  An entry is written once into its bucket and,
 * unless it falls into the front at once, moved once or twice on its way there.
 *
 *      level 2   . . . [ ] . . .     times that differ from base in bits 14..20
 *      level 1   . [ ] . . . . .     ... in bits 7..13
 *      level 0   . . . . . [ ] .     ... in bits 0..6
 *                         |
 *                       front        the earliest, sorted, up to 64 of them
 *
 * Why it is right: below the lowest level in use every bucket is empty, so all
 * times of a bucket lie in one range, and the ranges of a level's buckets
 * follow one another.  Moving the base into a bucket's range changes no digit
 * above it.
 *
 * What makes it quick is memory, not arithmetic: chunks of 256 bytes, entries
 * that can be moved without touching their event, events fetched before they
 * fire, and an insertion into the front without a branch that could be
 * predicted wrongly.
 */
#include "kernel/wheel.h"

#include <string.h>

#include "kernel/internal.h"

#define SWEEP_SLACK 256  /* dead entries more than live ones, at most */
#define MANY        1024 /* events: of fewer, the memory is near anyway */

_Static_assert(sizeof(struct wheel_chunk) == 256,
               "chunks are found by the low bits of an entry's address");

static const struct wheel_entry *chunk_end(const struct wheel_chunk *chunk,
                                           const struct wheel_entry *end)
{
    return chunk->next == NULL ? end : chunk->entries + WHEEL_CHUNK;
}

void wheel_reserve(struct wheel *wheel, struct sim *sim, uint64_t events)
{
    uint64_t entries = 2 * events + SWEEP_SLACK + 2;
    uint64_t buckets = WHEEL_LEVELS * WHEEL_SLOTS;
    uint64_t chunks = entries / WHEEL_CHUNK + 2, more;
    struct wheel_chunk *fresh;

    /* Each bucket in use may have a chunk that is not full. */
    chunks += entries < buckets ? entries : buckets;
    if (chunks <= wheel->chunks)
        return;
    more = chunks - wheel->chunks + wheel->chunks / 2;
    fresh = sim_alloc(sim, (more + 1) * sizeof *fresh);
    fresh = (void *)(((uintptr_t)fresh | 255) + 1);
    wheel->chunks += more;
    while (more-- > 0)
        wheel_give_back(wheel, &fresh[more]);
}

static inline void append(struct wheel *wheel, struct sim_event *event,
                          uint32_t generation, sim_time time)
{
    uint64_t differs = (time ^ wheel->base) | 1;
    unsigned level = (63 - (unsigned)__builtin_clzll(differs)) / WHEEL_DIGIT;
    unsigned slot = time >> WHEEL_DIGIT * level & (WHEEL_SLOTS - 1);
    struct wheel_bucket *bucket = &wheel->buckets[level][slot];
    struct wheel_entry *place = bucket->end;

    if ((uintptr_t)place % sizeof(struct wheel_chunk) == 0) {
        struct wheel_chunk *chunk = wheel->spare;

        wheel->spare = chunk->next;
        chunk->next = NULL;
        if (place == NULL) {
            bucket->first = chunk;
            chunk->count = 0;
            wheel->slots[level][slot / 64] |= (uint64_t)1 << slot % 64;
            wheel->levels |= 1u << level;
        } else {
            ((struct wheel_chunk *)place)[-1].next = chunk;
        }
        bucket->first->count++;
        place = chunk->entries;
    }
    *place = (struct wheel_entry){ event, generation, (uint32_t)time };
    bucket->end = place + 1;
}

static struct wheel_bucket detach(struct wheel *wheel, unsigned level,
                                  unsigned slot)
{
    struct wheel_bucket taken = wheel->buckets[level][slot];
    uint64_t *used = wheel->slots[level];

    wheel->buckets[level][slot].end = NULL;
    used[slot / 64] &= ~((uint64_t)1 << slot % 64);
    if ((used[0] | used[1]) == 0)
        wheel->levels &= ~(1u << level);
    return taken;
}

/* After those of the same time, without a branch that cannot be predicted. */
static inline void insert_front(struct wheel *wheel, struct sim_event *event,
                                sim_time time)
{
    const sim_time *times = wheel->times;
    unsigned place = (unsigned)__builtin_ctzll(~wheel->used), before = 0;
    unsigned count = wheel->count++;
    uint8_t *to;

    for (uint64_t used = wheel->used; used != 0; used >>= 16) {
        for (int i = 0; i < 16; i++)
            before += *times++ <= time;
    }
    to = wheel->order + wheel->head + (before < count ? before : count);
    for (unsigned n = count / 16 * 16 + 16; n > 0; n -= 16)
        memmove(to + n - 15, to + n - 16, 16);
    *to = (uint8_t)place;
    wheel->used |= (uint64_t)1 << place;
    wheel->times[place] = time;
    wheel->events[place] = event;
}

/* What does not fit in the front goes to buckets, as all that is pending. */
static RARE void spill(struct wheel *wheel, sim_time now)
{
    if (wheel->levels == 0)
        wheel->base = now;
    wheel->last = now;
    wheel->live += wheel->count;
    while (wheel->count > 0) {
        struct sim_event *event = wheel_pop(wheel);

        append(wheel, event, event->generation, event->time);
    }
}

/*
 * Puts a bucket's live entries where they belong: into the front, or on lower
 * levels if base is its least time now, or back where they were.
 */
static void put_back(struct wheel *wheel, unsigned level,
                     struct wheel_bucket bucket, bool to_front)
{
    struct wheel_chunk *chunk = bucket.first, *next;
    /* Of an entry on a low level the high half is that of the base. */
    sim_time high = wheel->base & ~(sim_time)UINT32_MAX;
    bool low = level < 32 / WHEEL_DIGIT;

    for (; chunk != NULL; chunk = next) {
        const struct wheel_entry *end = chunk_end(chunk, bucket.end);

        next = chunk->next;
        for (const struct wheel_entry *e = chunk->entries; e < end; e++) {
            sim_time time;

            if (wheel->dead > 0 && e->event->generation != e->generation) {
                wheel->dead--;
                continue;
            }
            time = low ? high | e->time_low : e->event->time;
            if (to_front) {
                insert_front(wheel, e->event, time);
                wheel->live--;
            } else {
                append(wheel, e->event, e->generation, time);
            }
        }
        wheel_give_back(wheel, chunk);
    }
}

/* Drops the dead entries of a bucket; false if nothing is left. */
static bool purge(struct wheel *wheel, unsigned level, unsigned slot)
{
    put_back(wheel, level, detach(wheel, level, slot), false);
    return wheel->buckets[level][slot].end != NULL;
}

RARE void wheel_sweep(struct wheel *wheel)
{
    if (wheel->dead == 0)
        return;
    for (unsigned i = 0; i < WHEEL_LEVELS * WHEEL_SLOTS; i++) {
        if (wheel->buckets[i / WHEEL_SLOTS][i % WHEEL_SLOTS].end != NULL)
            purge(wheel, i / WHEEL_SLOTS, i % WHEEL_SLOTS);
    }
}

/* All but the commonest: the front has come to its end, is full, or is over. */
static NOINLINE void insert_late(struct wheel *wheel, struct sim_event *event)
{
    if (event->time <= wheel->last && wheel->count < WHEEL_FRONT) {
        memmove(wheel->order, wheel->order + wheel->head, wheel->count);
        wheel->head = 0;
        insert_front(wheel, event, event->time);
        return;
    }
    if (unlikely(event->time <= wheel->last))
        spill(wheel, event->sim->now);
    if (unlikely(wheel->dead > wheel->live + SWEEP_SLACK))
        wheel_sweep(wheel);
    wheel->live++;
    append(wheel, event, event->generation, event->time);
}

void wheel_insert(struct wheel *wheel, struct sim_event *event)
{
    /* Both are below a power of two. */
    if (event->time <= wheel->last &&
        (wheel->count | wheel->head) < WHEEL_FRONT)
        insert_front(wheel, event, event->time);
    else
        insert_late(wheel, event);
}

void wheel_cancel(struct wheel *wheel, struct sim_event *event)
{
    uint8_t *at = wheel->order + wheel->head;

    if (event->time > wheel->last) {
        event->generation++;
        wheel->live--;
        wheel->dead++;
        return;
    }
    while (wheel->events[*at] != event)
        at++;
    wheel->used ^= (uint64_t)1 << *at;
    wheel->times[*at] = SIM_TIME_MAX;
    wheel->count--;
    memmove(at, at + 1, WHEEL_FRONT);
}

/* The bucket of the earliest live entry; false if there is none. */
static bool wheel_find(struct wheel *wheel, unsigned *level, unsigned *slot)
{
    const uint64_t *used;

    if (wheel->live == 0)
        return false;
    do {
        *level = (unsigned)__builtin_ctz(wheel->levels);
        used = wheel->slots[*level];
        *slot = (unsigned)(used[0] != 0 ? __builtin_ctzll(used[0])
                                        : 64 + __builtin_ctzll(used[1]));
    } while (unlikely(wheel->dead > 0) && !purge(wheel, *level, *slot));
    return true;
}

bool wheel_next(struct wheel *wheel, sim_time *time)
{
    const struct wheel_chunk *chunk;
    unsigned level, slot;

    *time = wheel_first(wheel); /* or SIM_TIME_MAX */
    if (wheel->count > 0 || !wheel_find(wheel, &level, &slot))
        return wheel->count > 0;
    chunk = wheel->buckets[level][slot].first;
    for (; chunk != NULL; chunk = chunk->next) {
        const struct wheel_entry *e = chunk->entries;

        for (; e < chunk_end(chunk, wheel->buckets[level][slot].end); e++) {
            if (e->event->time < *time)
                *time = e->event->time;
        }
    }
    return true;
}

/* Brings near the events of a bucket that comes next, or what they wake. */
static void fetch(const struct wheel_bucket *bucket, bool processes)
{
    const struct wheel_chunk *chunk = bucket->end ? bucket->first : NULL;

    for (; chunk != NULL; chunk = chunk->next) {
        const struct wheel_entry *end = chunk_end(chunk, bucket->end);

        for (const struct wheel_entry *e = chunk->entries; e < end; e++) {
            __builtin_prefetch(
                processes ? (const void *)fire_target(e->event) : e->event, 1);
            if (!processes)
                __builtin_prefetch(e->event + 1, 1);
        }
    }
}

/* The first time of a bucket's range; base has the digits above it. */
static sim_time start_of(const struct wheel *wheel, unsigned level,
                         unsigned slot)
{
    unsigned shift = WHEEL_DIGIT * level;

    return ((wheel->base >> shift & ~(sim_time)(WHEEL_SLOTS - 1)) | slot)
           << shift;
}

/* Its range is the front's from now on. */
static void fill_front(struct wheel *wheel, unsigned level, unsigned slot)
{
    wheel->last = start_of(wheel, level, slot) |
                  (((sim_time)1 << WHEEL_DIGIT * level) - 1);
    put_back(wheel, level, detach(wheel, level, slot), true);
}

bool wheel_refill(struct wheel *wheel, sim_time limit, sim_time *time,
                  struct wheel_bucket *due)
{
    struct wheel_bucket *bucket;
    unsigned level, slot;

    wheel->head = 0;
    for (;;) {
        if (!wheel_find(wheel, &level, &slot) ||
            (*time = start_of(wheel, level, slot)) > limit)
            return false;
        wheel->base = *time;
        if (level == 0) {
            wheel->last = *time - 1;
            *due = detach(wheel, 0, slot);
            return true;
        }
        bucket = &wheel->buckets[level][slot];
        if (level == 1 && wheel->live > MANY) {
            fetch(bucket, true);
            if (slot + 1 < WHEEL_SLOTS)
                fetch(bucket + 1, false);
        }
        if (bucket->first->count <= WHEEL_FRONT / WHEEL_CHUNK)
            break;
        put_back(wheel, level, detach(wheel, level, slot), false);
    }
    fill_front(wheel, level, slot);
    if (wheel->live + wheel->count <= WHEEL_FRONT / 2) {
        while (wheel_find(wheel, &level, &slot))
            fill_front(wheel, level, slot);
        wheel->last = SIM_TIME_MAX;
    }
    *time = wheel_first(wheel);
    return true;
}
