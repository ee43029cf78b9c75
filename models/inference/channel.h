/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "models/inference/instant.h"
#include "models/inference/programme.h"

/*
 * The channel to memory: one transfer after the other, each as soon as the one
 * before is over and it has been asked for.  Images wait for room in staging,
 * inputs for room in the activation buffer; what is there is freed in order.
 */

/* Bytes asked for that are not free yet, in order.  What is free before the
 * channel itself is holds nobody up and is left out. */
struct outstanding {
    struct outstanding_entry {
        uint64_t bytes;
        instant freed; /* INSTANT_NEVER: not known yet */
    } * at;
    size_t first, count, capacity;
    uint64_t bytes;
    uint64_t limit; /* 0: any, nothing is kept */
};

struct channel {
    instant free; /* when the last transfer is over */
    uint64_t rate[2];
    uint64_t arrival;
    struct outstanding staging, inputs;
    uint64_t moves; /* transfers so far */
    uint64_t waits; /* of them those for which the channel had to wait, or
                       would, were all times moved by a part of a clock */
};

void channel_init(struct channel *channel,
                  const struct programme_machine *machine);
void channel_release(struct channel *channel);

/* Nothing is outstanding, and nothing moves before that clock. */
void channel_restart(struct channel *channel, instant now);

/* Whether the channel is busy until then, and still is if both are moved by
 * the same part of a clock and `asked` is rounded up. */
static inline bool channel_is_past(const struct channel *channel, instant asked)
{
    uint64_t part = instant_part(asked);
    instant latest =
        part ? asked + instant_at(1) - 1 : asked + (channel->rate[0] - 1);

    return latest <= channel->free;
}

/* What moves next is asked for at that time, rounded up. */
static inline void channel_wait(struct channel *channel, instant asked)
{
    if (channel_is_past(channel, asked))
        return;
    channel->waits++;
    channel->free =
        instant_later(channel->free, instant_at(instant_clock(asked)));
}

/* Waits until so many bytes fit, or nothing is outstanding, and adds them. */
void channel_reserve(struct channel *channel, struct outstanding *queue,
                     uint64_t bytes);

/* Leaves out what is free before the channel is. */
void channel_forget(struct channel *channel);

/* One transfer; when it is over. */
instant channel_move(struct channel *channel, uint64_t bytes);

/* The last that was reserved is free from then on. */
static inline void outstanding_free_last(struct outstanding *queue, instant at)
{
    if (queue->count > 0)
        queue->at[queue->first + queue->count - 1].freed = at;
}

/*
 * Goes over `times` periods more of as many entries as the last `period`, each
 * freed `span` later for each period: as if they had been reserved without
 * waiting, while the channel was moved to where it is.
 */
void outstanding_repeat(struct channel *channel, struct outstanding *queue,
                        size_t period, uint64_t times, instant span);
