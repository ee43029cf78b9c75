/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/whole/room.h"

#include "base/arithmetic.h"
#include "models/whole/station.h"

struct held {
    uint64_t bytes, freed; /* clock */
};

void room_init(struct room *room, uint64_t limit)
{
    *room = (struct room){ .limit = limit };
    deque_init(&room->held, sizeof(struct held));
}

void room_release(struct room *room)
{
    deque_release(&room->held);
}

static const struct held *room_oldest(const struct room *room, size_t number)
{
    return deque_at(&room->held, number);
}

uint64_t room_from(const struct room *room, uint64_t bytes)
{
    uint64_t left = room->bytes, clock = 0;

    if (room->limit == 0)
        return 0;
    for (size_t n = room->held.first;
         n < room->held.end && left + bytes > room->limit; n++) {
        const struct held *held = room_oldest(room, n);

        if (held->freed == NEVER)
            return NEVER;
        clock = max(clock, held->freed);
        left -= held->bytes;
    }
    return clock;
}

/* What is free by now and was asked for before all that is not. */
static void room_forget(struct room *room, uint64_t now)
{
    while (room->held.first < room->held.end) {
        const struct held *held = room_oldest(room, room->held.first);

        if (held->freed > now)
            return;
        room->bytes -= held->bytes;
        deque_drop(&room->held, room->held.first + 1);
    }
}

size_t room_take(struct room *room, uint64_t bytes, uint64_t now)
{
    if (room->limit == 0)
        return 0;
    room_forget(room, now);
    *(struct held *)deque_add(&room->held) = (struct held){ bytes, NEVER };
    room->bytes += bytes;
    return room->held.end - 1;
}

void room_free(struct room *room, size_t number, uint64_t clock)
{
    if (room->limit > 0)
        ((struct held *)deque_at(&room->held, number))->freed = clock;
}
