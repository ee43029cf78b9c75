/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/inference/channel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void channel_init(struct channel *channel,
                  const struct programme_machine *machine)
{
    *channel = (struct channel){ .rate = { machine->rate[0], machine->rate[1] },
                                 .arrival = machine->arrival };
    channel->staging.limit = machine->staging;
    channel->inputs.limit = machine->capacity;
}

void channel_release(struct channel *channel)
{
    free(channel->staging.at);
    free(channel->inputs.at);
}

static void outstanding_empty(struct outstanding *queue)
{
    queue->first = queue->count = 0;
    queue->bytes = 0;
}

void channel_restart(struct channel *channel, instant now)
{
    channel->free = instant_later(channel->free, now);
    outstanding_empty(&channel->staging);
    outstanding_empty(&channel->inputs);
}

/* Whether the channel is busy until then, and still is if both are moved by
 * the same part of a clock and `asked` is rounded up. */
static bool is_past(const struct channel *channel, instant asked)
{
    uint64_t part = instant_part(asked);
    instant latest =
        part ? asked + instant_at(1) - 1 : asked + (channel->rate[0] - 1);

    return latest <= channel->free;
}

void channel_wait(struct channel *channel, instant asked)
{
    instant clock = instant_at(instant_clock(asked));

    if (is_past(channel, asked))
        return;
    channel->waits++;
    channel->free = instant_later(channel->free, clock);
}

static void outstanding_drop(struct outstanding *queue)
{
    queue->bytes -= queue->at[queue->first].bytes;
    queue->first++;
    queue->count--;
}

static void forget(const struct channel *channel, struct outstanding *queue)
{
    while (queue->count > 0 && queue->at[queue->first].freed != INSTANT_NEVER &&
           is_past(channel, queue->at[queue->first].freed))
        outstanding_drop(queue);
}

void channel_forget(struct channel *channel)
{
    forget(channel, &channel->staging);
    forget(channel, &channel->inputs);
}

static void outstanding_add(struct outstanding *queue, uint64_t bytes)
{
    if (queue->first + queue->count == queue->capacity &&
        queue->first > queue->count) {
        memmove(queue->at, queue->at + queue->first,
                queue->count * sizeof *queue->at);
        queue->first = 0;
    }
    queue->at = memory_grow(queue->at, &queue->capacity,
                            queue->first + queue->count + 1, sizeof *queue->at);
    queue->at[queue->first + queue->count++] =
        (struct outstanding_entry){ bytes, INSTANT_NEVER };
    queue->bytes += bytes;
}

void channel_reserve(struct channel *channel, struct outstanding *queue,
                     uint64_t bytes)
{
    if (queue->limit == 0)
        return;
    forget(channel, queue);
    while (queue->count > 0 && queue->bytes + bytes > queue->limit) {
        assert(queue->at[queue->first].freed != INSTANT_NEVER);
        channel_wait(channel, queue->at[queue->first].freed);
        outstanding_drop(queue);
    }
    outstanding_add(queue, bytes);
}

instant channel_move(struct channel *channel, uint64_t bytes)
{
    const uint64_t *rate = channel->rate;
    uint64_t part = instant_part(channel->free), parts, clocks;

    channel->moves++;
    if (!__builtin_mul_overflow(bytes, rate[1], &parts) &&
        !__builtin_add_overflow(parts, part, &parts)) {
        clocks = parts / rate[0];
        part = parts % rate[0];
    } else {
        unsigned __int128 all = (unsigned __int128)bytes * rate[1] + part;

        clocks = (uint64_t)(all / rate[0]);
        part = (uint64_t)(all % rate[0]);
    }
    channel->free = instant_make(instant_whole(channel->free) + clocks, part);
    return channel->free;
}

void outstanding_free_last(struct outstanding *queue, instant at)
{
    if (queue->count > 0)
        queue->at[queue->first + queue->count - 1].freed = at;
}
