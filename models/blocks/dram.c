/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The channel between a layer and its memory.  Whoever asks is told at once in
 * which clock the transfer will be over, because nothing overtakes: all that
 * was asked for before has its place already.  So the block has no process of
 * its own, only two pipes whose items come due.
 *
 * The times are those of the channel of a whole inference, which the fast way
 * asks through the same functions.
 */
#include "models/blocks/dram.h"

#include "base/arithmetic.h"
#include "models/inference/memory.h"
#include "models/parameter_list.h"

const struct parameter parameter_dram_rate = {
    .path = "dram.rate",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, dram.rate),
    .unit = "bytes a clock",
    .minimum = 1,
    .maximum = 1 << 20,
    .standard = "none",
    .none = true,
    .help = "of the channel; none: weights are resident on chip",
};

const struct parameter parameter_dram_latency = {
    .path = "dram.latency",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, dram.latency),
    .unit = "clocks",
    .minimum = 0,
    .maximum = 1 << 20,
    .standard = "50",
    .help = "from taking up a request to its first byte",
};

const struct parameter parameter_dram_prefetch = {
    .path = "dram.prefetch",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, dram.prefetch),
    .unit = "images",
    .minimum = 1,
    .maximum = 1024,
    .standard = "2",
    .none = true,
    .help = "tile images asked for ahead of the load of a layer alone; none: "
            "those that fit dram.staging, as with dram.kind",
};

void dram_channel_init(struct channel *channel, const struct machine *machine)
{
    struct programme_machine of = { .arrival = memory_latency(machine),
                                    .staging = memory_counts_images(machine)
                                                   ? machine->dram.prefetch
                                                   : machine->dram.staging };

    memory_rate(of.rate, machine);
    channel_init(channel, &of);
}

uint64_t dram_staged(const struct machine *machine, uint64_t bytes)
{
    return memory_counts_images(machine) ? 1 : bytes;
}

uint64_t dram_carry(struct channel *channel, const struct machine *machine,
                    uint64_t asked, uint64_t bytes)
{
    instant over;

    channel_wait(channel, instant_at(asked));
    over = channel_move(channel, bytes);
    if (memory_counts_images(machine))
        channel->free = instant_at(instant_clock(over));
    return instant_clock(over);
}

void dram_init(struct dram *dram, struct run *run)
{
    *dram = (struct dram){ .run = run };
    if (dram_is_there(dram))
        dram_channel_init(&dram->channel, run->machine);
    pipe_init(&dram->images, run, "images",
              (struct pipe_shape){
                  .item_size = 1,
                  .depth = memory_counts_images(run->machine)
                               ? (uint32_t)run->machine->dram.prefetch + 1
                               : run->schedule->waves + 1 });
    pipe_init(&dram->inputs, run, "inputs",
              (struct pipe_shape){ .item_size = 1, .depth = 1 });
}

bool dram_is_there(const struct dram *dram)
{
    return memory_is_there(dram->run->machine);
}

/* Of a transfer by itself. */
static uint64_t transfer_clocks(const struct machine *machine, uint64_t bytes)
{
    uint64_t rate[2];

    memory_rate(rate, machine);
    return (uint64_t)(((unsigned __int128)bytes * rate[1] + rate[0] - 1) /
                      rate[0]);
}

void dram_count_read(uint64_t counters[COUNTERS], const struct machine *machine,
                     uint64_t bytes)
{
    counters[COUNTER_DRAM_BYTES_READ] += bytes;
    counters[COUNTER_DRAM_CLOCKS] += transfer_clocks(machine, bytes);
}

void dram_count_write(uint64_t counters[COUNTERS],
                      const struct machine *machine, uint64_t bytes)
{
    counters[COUNTER_DRAM_BYTES_WRITTEN] += bytes;
    counters[COUNTER_DRAM_CLOCKS] += transfer_clocks(machine, bytes);
}

/* Takes the channel for a transfer; clocks from now until it is over. */
static uint64_t transfer(struct dram *dram, uint64_t bytes)
{
    uint64_t now = run_now(dram->run),
             start = max(now, instant_clock(dram->channel.free)),
             end = dram_carry(&dram->channel, dram->run->machine, now, bytes);

    run_span(dram->run, &(struct watch_span){ .unit = WATCH_DRAM,
                                              .start = start,
                                              .end = end,
                                              .count = bytes });
    return end - now;
}

static void request(struct dram *dram, struct pipe *pipe, uint64_t bytes)
{
    uint64_t clocks = transfer(dram, bytes);

    dram_count_read(dram->run->counters, dram->run->machine, bytes);
    pipe_put_slot(pipe);
    pipe_put_done_after(pipe, clocks + dram->channel.arrival);
}

void dram_request_image(struct dram *dram, uint64_t bytes)
{
    request(dram, &dram->images, bytes);
}

void dram_request_inputs(struct dram *dram, uint64_t bytes)
{
    request(dram, &dram->inputs, bytes);
}

uint64_t dram_write(struct dram *dram, uint64_t bytes)
{
    dram_count_write(dram->run->counters, dram->run->machine, bytes);
    return transfer(dram, bytes);
}
