/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/wheel.h"

#include "kernel/fire.h"
#include "kernel/internal.h"

#define SWEEP_SLACK 256  /* dead entries more than live ones, at most */
#define FETCHES     1024 /* events fetched ahead: their lines fit in the cache */

_Static_assert(sizeof(struct wheel_chunk) == 256,
               "chunks are found by the low bits of an entry's address");

static struct wheel_chunk *chunk_of(const struct wheel_entry *end)
{
    return (struct wheel_chunk *)((uintptr_t)(end - 1) &
                                  ~(uintptr_t)(sizeof(struct wheel_chunk) - 1));
}

static const struct wheel_entry *chunk_end(const struct wheel_chunk *chunk,
                                           const struct wheel_entry *end)
{
    return chunk->next == NULL ? end : chunk->entries + WHEEL_CHUNK;
}

static RARE void grow(struct wheel *wheel, struct sim *sim, uint64_t chunks)
{
    char *fresh = wheel->fresh;

    for (; fresh < wheel->fresh_end; fresh += sizeof(struct wheel_chunk))
        wheel_give_back(wheel, (struct wheel_chunk *)fresh);
    wheel->fresh = kernel_alloc(sim, chunks * sizeof(struct wheel_chunk), 256);
    wheel->fresh_end = wheel->fresh + chunks * sizeof(struct wheel_chunk);
    wheel->chunks += chunks;
}

void wheel_reserve(struct wheel *wheel, struct sim *sim, uint64_t events)
{
    uint64_t entries = 2 * events + SWEEP_SLACK + 2;
    uint64_t buckets = WHEEL_LEVELS * WHEEL_SLOTS;
    uint64_t chunks = entries / WHEEL_CHUNK + 2;

    /* Each bucket in use may have a chunk that is not full. */
    chunks += entries < buckets ? entries : buckets;
    if (chunks > wheel->chunks)
        grow(wheel, sim, chunks - wheel->chunks);
}

/* Sees to it that there is a spare chunk. */
static RARE void make_spare(struct wheel *wheel, struct sim *sim)
{
    if (wheel->fresh == wheel->fresh_end)
        grow(wheel, sim, 64 + wheel->chunks / 2);
    wheel_give_back(wheel, (struct wheel_chunk *)wheel->fresh);
    wheel->fresh += sizeof(struct wheel_chunk);
}

static inline void mark(struct wheel *wheel, unsigned level, unsigned slot)
{
    wheel->used[level] |= (uint64_t)1 << slot;
    wheel->levels |= 1u << level;
}

static inline void unmark(struct wheel *wheel, unsigned level, unsigned slot)
{
    wheel->used[level] &= ~((uint64_t)1 << slot);
    if (wheel->used[level] == 0)
        wheel->levels &= ~(1u << level);
}

/* There must be a spare chunk. */
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
            mark(wheel, level, slot);
        } else {
            chunk_of(place)->next = chunk;
        }
        place = chunk->entries;
    }
    place->event = event;
    place->generation = generation;
    place->time_low = (uint32_t)time;
    bucket->end = place + 1;
}

/* Of an entry on a low level the high half is that of the base. */
static sim_time time_of(const struct wheel *wheel, unsigned level,
                        const struct wheel_entry *entry)
{
    if (level < 32 / WHEEL_DIGIT)
        return (wheel->base & ~(sim_time)UINT32_MAX) | entry->time_low;
    return entry->event->time;
}

static struct wheel_bucket detach(struct wheel *wheel, unsigned level,
                                  unsigned slot)
{
    struct wheel_bucket *bucket = &wheel->buckets[level][slot];
    struct wheel_bucket taken = *bucket;

    bucket->end = NULL;
    unmark(wheel, level, slot);
    return taken;
}

/*
 * Puts a bucket's live entries where they belong: on lower levels if base is
 * its least time now, else back in the same bucket.
 */
static void put_back(struct wheel *wheel, unsigned level,
                     struct wheel_bucket bucket)
{
    struct wheel_chunk *chunk = bucket.first, *next;
    int fetches = FETCHES;

    for (; chunk != NULL; chunk = next) {
        const struct wheel_entry *last = chunk_end(chunk, bucket.end);

        for (const struct wheel_entry *e = chunk->entries; e < last; e++) {
            if (wheel->dead > 0 && !wheel_is_live(e)) {
                wheel->dead--;
                continue;
            }
            if (fetches-- > 0)
                __builtin_prefetch(e->event, 1);
            if (wheel->spare == NULL)
                make_spare(wheel, e->event->sim);
            append(wheel, e->event, e->generation, time_of(wheel, level, e));
        }
        next = chunk->next;
        wheel_give_back(wheel, chunk);
    }
}

/* Drops the dead entries of a bucket; false if nothing is left. */
static bool purge(struct wheel *wheel, unsigned level, unsigned slot)
{
    put_back(wheel, level, detach(wheel, level, slot));
    return wheel->buckets[level][slot].end != NULL;
}

static RARE void sweep(struct wheel *wheel)
{
    for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
        for (unsigned slot = 0; slot < WHEEL_SLOTS; slot++) {
            if (wheel->buckets[level][slot].end != NULL)
                purge(wheel, level, slot);
        }
    }
}

static RARE void make_room_for(struct wheel *wheel, struct sim *sim)
{
    if (wheel->dead > wheel->live + SWEEP_SLACK)
        sweep(wheel);
    if (wheel->spare == NULL)
        make_spare(wheel, sim);
}

void wheel_insert(struct wheel *wheel, struct sim_event *event)
{
    if (unlikely(wheel->dead > wheel->live + SWEEP_SLACK ||
                 wheel->spare == NULL))
        make_room_for(wheel, event->sim);
    wheel->live++;
    if (event->time < wheel->next)
        wheel->next = event->time;
    append(wheel, event, event->generation, event->time);
}

void wheel_cancel(struct wheel *wheel, struct sim_event *event)
{
    event->generation++;
    wheel->live--;
    wheel->dead++;
    if (event->time == wheel->next)
        wheel->next = 0;
}

static sim_time earliest(const struct wheel *wheel, unsigned level,
                         const struct wheel_bucket *bucket)
{
    const struct wheel_chunk *chunk = bucket->first;
    sim_time least = SIM_TIME_MAX;

    for (; chunk != NULL; chunk = chunk->next) {
        const struct wheel_entry *last = chunk_end(chunk, bucket->end);

        for (const struct wheel_entry *e = chunk->entries; e < last; e++) {
            sim_time time = time_of(wheel, level, e);

            if (time < least)
                least = time;
        }
    }
    return least;
}

/* Fetches the processes of the events of the lowest level: they are next. */
static void fetch_targets(const struct wheel *wheel)
{
    int fetches = FETCHES;

    for (uint64_t used = wheel->used[0]; used != 0; used &= used - 1) {
        const struct wheel_bucket *bucket =
            &wheel->buckets[0][__builtin_ctzll(used)];
        const struct wheel_chunk *chunk = bucket->first;
        const struct wheel_entry *last = chunk_end(chunk, bucket->end);

        for (const struct wheel_entry *e = chunk->entries; e < last; e++) {
            if (fetches-- == 0)
                return;
            __builtin_prefetch(fire_target(e->event), 1);
        }
    }
}

/* The bucket of the earliest live entry, of which there is one. */
static inline void find(struct wheel *wheel, unsigned *level, unsigned *slot)
{
    do {
        *level = (unsigned)__builtin_ctz(wheel->levels);
        *slot = (unsigned)__builtin_ctzll(wheel->used[*level]);
    } while (unlikely(wheel->dead > 0) && !purge(wheel, *level, *slot));
}

static inline sim_time time_in(const struct wheel *wheel, unsigned level,
                               unsigned slot)
{
    if (level == 0)
        return (wheel->base & ~(sim_time)(WHEEL_SLOTS - 1)) | slot;
    return earliest(wheel, level, &wheel->buckets[level][slot]);
}

bool wheel_next(struct wheel *wheel, sim_time *time)
{
    unsigned level, slot;

    if (wheel->live == 0)
        return false;
    if (wheel->next == 0) {
        find(wheel, &level, &slot);
        wheel->next = time_in(wheel, level, slot);
    }
    *time = wheel->next;
    return true;
}

/* The rarer part of wheel_take(): a bucket of several times, or dead entries.
 */
static __attribute__((noinline)) struct wheel_chunk *
take_any(struct wheel *wheel, sim_time limit, sim_time *time,
         const struct wheel_entry **end)
{
    struct wheel_bucket taken;
    unsigned level, slot;

    find(wheel, &level, &slot);
    *time = time_in(wheel, level, slot);
    if (*time > limit) {
        wheel->next = *time;
        return NULL;
    }
    wheel->next = 0;
    wheel->base = *time;
    taken = detach(wheel, level, slot);
    if (level > 0 && taken.end != taken.first->entries + 1) {
        put_back(wheel, level, taken);
        if (level == 1)
            fetch_targets(wheel);
        taken = detach(wheel, 0, *time & (WHEEL_SLOTS - 1));
    }
    *end = taken.end;
    return taken.first;
}

struct wheel_chunk *wheel_take(struct wheel *wheel, sim_time limit,
                               sim_time *time, const struct wheel_entry **end)
{
    sim_time first = wheel->base & ~(sim_time)(WHEEL_SLOTS - 1);
    struct wheel_bucket *bucket;
    unsigned slot;

    if (wheel->live == 0 || wheel->next > limit)
        return NULL;
    if (unlikely((wheel->levels & 1) == 0 || wheel->dead > 0))
        return take_any(wheel, limit, time, end);
    slot = (unsigned)__builtin_ctzll(wheel->used[0]);
    if (unlikely(first + slot > limit)) {
        wheel->next = first + slot;
        return NULL;
    }
    wheel->next = 0;
    wheel->base = *time = first + slot;
    unmark(wheel, 0, slot);
    bucket = &wheel->buckets[0][slot];
    *end = bucket->end;
    bucket->end = NULL;
    return bucket->first;
}
