/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/dram.h"

#include "base/arithmetic.h"
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
    .help = "tile images asked for ahead of the load",
};
void dram_init(struct dram *dram, struct run *run)
{
    *dram = (struct dram){ .run = run };
    pipe_init(&dram->images, run, "images",
              (struct pipe_shape){
                  .item_size = 1,
                  .depth = (uint32_t)run->machine->dram.prefetch + 1 });
    pipe_init(&dram->inputs, run, "inputs",
              (struct pipe_shape){ .item_size = 1, .depth = 1 });
}

bool dram_is_there(const struct dram *dram)
{
    return dram->run->machine->dram.rate > 0;
}

void dram_count_read(uint64_t counters[COUNTERS], const struct machine *machine,
                     uint64_t bytes)
{
    counters[COUNTER_DRAM_BYTES_READ] += bytes;
    counters[COUNTER_DRAM_CLOCKS] += divide_up(bytes, machine->dram.rate);
}

void dram_count_write(uint64_t counters[COUNTERS],
                      const struct machine *machine, uint64_t bytes)
{
    counters[COUNTER_DRAM_BYTES_WRITTEN] += bytes;
    counters[COUNTER_DRAM_CLOCKS] += divide_up(bytes, machine->dram.rate);
}

/* Takes the channel for a transfer; clocks from now until it is over. */
static uint64_t transfer(struct dram *dram, uint64_t bytes)
{
    uint64_t now = run_now(dram->run),
             clocks = divide_up(bytes, dram->run->machine->dram.rate);

    if (dram->free_at < now)
        dram->free_at = now;
    run_span(dram->run, &(struct watch_span){ .unit = WATCH_DRAM,
                                              .start = dram->free_at,
                                              .end = dram->free_at + clocks,
                                              .count = bytes });
    dram->free_at += clocks;
    return dram->free_at - now;
}

static void request(struct dram *dram, struct pipe *pipe, uint64_t bytes)
{
    uint64_t clocks = transfer(dram, bytes);

    dram_count_read(dram->run->counters, dram->run->machine, bytes);
    pipe_put_slot(pipe);
    pipe_put_done_after(pipe, clocks + dram->run->machine->dram.latency);
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
