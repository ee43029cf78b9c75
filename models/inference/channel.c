/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nothing overtakes, so the channel is one time, when it is free again, and
 * what is outstanding are two queues of bytes with the times at which they are
 * freed.  Times have parts of a clock, since a rate need not divide a clock: a
 * part is counted in numerators of the rate, so that sums are exact.
 */
#include "models/inference/channel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
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

static void outstanding_drop(struct outstanding *queue)
{
    queue->bytes -= queue->at[queue->first].bytes;
    queue->first++;
    queue->count--;
}

static void forget(const struct channel *channel, struct outstanding *queue)
{
    while (queue->count > 0 && queue->at[queue->first].freed != INSTANT_NEVER &&
           channel_is_past(channel, queue->at[queue->first].freed))
        outstanding_drop(queue);
}

void channel_forget(struct channel *channel)
{
    forget(channel, &channel->staging);
    forget(channel, &channel->inputs);
}

static void outstanding_add(struct outstanding *queue, uint64_t bytes,
                            instant freed)
{
    if (queue->first + queue->count == queue->capacity &&
        queue->first > queue->count) {
        memmove(queue->at, queue->at + queue->first,
                queue->count * sizeof *queue->at);
        queue->first = 0;
    }
    if (queue->first + queue->count == queue->capacity)
        queue->at =
            memory_grow(queue->at, &queue->capacity,
                        queue->first + queue->count + 1, sizeof *queue->at);
    queue->at[queue->first + queue->count++] =
        (struct outstanding_entry){ bytes, freed };
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
    outstanding_add(queue, bytes, INSTANT_NEVER);
}

/* The division does not wait for the part of a clock that is left over from the
 * transfer before. */
instant channel_move(struct channel *channel, uint64_t bytes)
{
    const uint64_t *rate = channel->rate;
    uint64_t parts, clocks;

    channel->moves++;
    if (!__builtin_mul_overflow(bytes, rate[1], &parts)) {
        clocks = parts / rate[0];
        parts = parts % rate[0];
    } else {
        unsigned __int128 all = (unsigned __int128)bytes * rate[1];

        clocks = (uint64_t)(all / rate[0]);
        parts = (uint64_t)(all % rate[0]);
    }
    channel->free =
        instant_plus(channel->free, instant_make(clocks, parts), rate[0]);
    return channel->free;
}

/* Of how many periods after the last entry all are free a clock and more before
 * the channel is. */
static uint64_t past_periods(const struct channel *channel,
                             const struct outstanding *queue, instant span)
{
    uint64_t parts = channel->rate[0];
    instant last = queue->at[queue->first + queue->count - 1].freed;
    instant from = instant_after(last, 1);

    if (span == 0 || channel->free < from)
        return 0;
    return (uint64_t)(instant_parts(instant_since(channel->free, from, parts),
                                    parts) /
                      instant_parts(span, parts));
}

void outstanding_repeat(struct channel *channel, struct outstanding *queue,
                        size_t period, uint64_t times, instant span)
{
    uint64_t parts = channel->rate[0], past;

    if (queue->limit == 0)
        return;
    /* What was before them may be free later, and then holds up all. */
    while (queue->count > period &&
           queue->at[queue->first].freed != INSTANT_NEVER &&
           channel_is_past(channel, queue->at[queue->first].freed))
        outstanding_drop(queue);
    past = queue->count > period ? 0 : past_periods(channel, queue, span);
    past = min(past, times);
    for (size_t i = 0; i < period && past > 0; i++) {
        struct outstanding_entry *entry = &queue->at[queue->first + i];

        entry->freed =
            instant_plus(entry->freed, instant_times(span, past, parts), parts);
    }
    for (uint64_t i = 0; i < (times - past) * period; i++) {
        const struct outstanding_entry *before =
            &queue->at[queue->first + queue->count - period];

        outstanding_add(queue, before->bytes,
                        instant_plus(before->freed, span, parts));
    }
}
