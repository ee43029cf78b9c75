/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The channel between a layer and its memory.  Its list is never written down:
 * a cursor goes through turns and their stages, and leaves out what does not
 * move.
 *
 *     block 0                              block 1
 *     inputs, image 0, image 1, write, ... inputs, image 0, write, image 1, ...
 *                 ^ asked for when there is room
 *
 * Who is asked for is told at once in which clock the transfer will be over,
 * because nothing overtakes: all before it has its place already.  So time
 * matters only for what waits for room or for sums, and the process wakes when
 * either is there.
 *
 * The times are those of the channel of a whole inference, which the fast way
 * asks through the same functions.
 */
#include "models/blocks/dram.h"

#include "base/arithmetic.h"
#include "models/inference/memory.h"
#include "models/inference/task_wave.h"
#include "models/layout/code.h"
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

/* The least bytes of a wave's image, or of its inputs of a vector. */
static uint64_t least_bytes(const struct schedule *schedule, bool image)
{
    uint64_t least = UINT64_MAX;

    for (uint32_t w = 0; w < schedule->waves; w++) {
        const struct wave *wave = &schedule->wave[w];

        least = min(least, image ? wave->coded_bytes
                                 : (uint64_t)(wave->k1 - wave->k0));
    }
    return max(least, 1);
}

/* Room for all that can be outstanding at once. */
static struct pipe_shape shape_of(const struct dram *dram, uint64_t limit,
                                  bool image)
{
    const struct schedule *schedule = dram->run->schedule;
    uint64_t turns = (uint64_t)schedule->blocks * schedule->waves, depth = 0;

    if (dram_is_there(dram))
        depth = min(limit / least_bytes(schedule, image),
                    image ? turns : turns * schedule->block_tokens);
    return (struct pipe_shape){ .item_size = sizeof(uint64_t),
                                .depth = (uint32_t)depth + 1 };
}

/* Goes to the next stage of the list, or the next turn. */
static void dram_advance(struct dram *dram)
{
    const struct schedule *schedule = dram->run->schedule;

    if (dram->stage < DRAM_SLICES) {
        dram->stage++;
    } else {
        schedule_place_next_turn(&dram->at, schedule);
        dram->stage = DRAM_INPUTS;
    }
}

/* The wave of the turn before the cursor's. */
static const struct wave *wave_before(const struct dram *dram)
{
    const struct schedule *schedule = dram->run->schedule;

    return &schedule->wave[dram->at.wave > 0 ? dram->at.wave - 1
                                             : schedule->waves - 1];
}

/* Tokens of the turn before. */
static uint32_t tokens_before(const struct dram *dram)
{
    return dram->at.wave > 0
               ? dram->at.tokens
               : schedule_block(dram->run->schedule, dram->at.block - 1);
}

/* Bytes of the entry at the cursor; 0: there is none. */
static uint64_t entry_bytes(const struct dram *dram)
{
    const struct schedule *schedule = dram->run->schedule;
    const struct schedule_place *at = &dram->at;
    bool over = at->block == dram->end_block;
    const struct wave *wave = over ? NULL : &schedule->wave[at->wave];
    bool streams = schedule->way == SCHEDULE_STREAM;

    switch (dram->stage) {
    case DRAM_INPUTS:
        if (over || at->wave > 0 || streams || !schedule->inputs_come)
            return 0;
        return (uint64_t)dram->run->layer->shape.inputs * at->tokens;
    case DRAM_IMAGE:
        return over ? 0 : wave->coded_bytes;
    case DRAM_WRITE:
        if (at->turn == 0 || !schedule->outputs_go)
            return 0;
        return (uint64_t)wave_before(dram)->outputs * tokens_before(dram);
    case DRAM_SLICES:
        if (over || !streams || !schedule->inputs_come)
            return 0;
        return wave->k1 - wave->k0;
    }
    return 0;
}

/* Leaves out what does not move; false at the end of the list. */
static bool dram_find(struct dram *dram)
{
    while (entry_bytes(dram) == 0) {
        if (dram->at.block == dram->end_block && dram->stage > DRAM_WRITE)
            return false;
        dram_advance(dram);
    }
    return true;
}

static bool dram_has_room(const struct dram *dram, uint64_t bytes)
{
    switch (dram->stage) {
    case DRAM_IMAGE:
        return dram->staged == 0 ||
               dram->staged + bytes <= dram->run->machine->dram.staging;
    case DRAM_WRITE:
        return dram->ended >= dram->at.turn;
    default:
        return dram->held == 0 ||
               dram->held + bytes <= dram->run->machine->activations.capacity;
    }
}

/* Takes the channel for a transfer; clocks from now until it is over. */
static uint64_t transfer(struct dram *dram, uint64_t bytes)
{
    uint64_t now = run_now(dram->run),
             start = max(now, instant_clock(dram->channel.free)), end;

    channel_wait(&dram->channel, instant_at(now));
    end = instant_clock(channel_move(&dram->channel, bytes));
    run_span(dram->run, &(struct watch_span){ .unit = WATCH_DRAM,
                                              .start = start,
                                              .end = end,
                                              .count = bytes });
    return end - now;
}

/* What comes can be used from a clock on, which its pipe carries. */
static void dram_read(struct dram *dram, struct pipe *pipe, uint64_t bytes,
                      uint64_t decode)
{
    uint64_t clocks = transfer(dram, bytes) + dram->channel.arrival + decode;

    dram_count_read(dram->run->counters, dram->run->machine, bytes, 1);
    *(uint64_t *)pipe_put_slot(pipe) = run_now(dram->run) + clocks;
    pipe_put_done_after(pipe, clocks);
}

static void dram_write(struct dram *dram, uint64_t bytes)
{
    dram_count_write(dram->run->counters, dram->run->machine, bytes);
    dram->write_over = run_now(dram->run) + transfer(dram, bytes);
    dram->writes++;
    sim_notify_delta(&dram->wrote);
}

static void dram_take(struct dram *dram, uint64_t bytes)
{
    switch (dram->stage) {
    case DRAM_IMAGE:
        dram->staged += bytes;
        dram_count_staged(dram->run->counters,
                          &dram->run->schedule->wave[dram->at.wave]);
        dram_read(dram, &dram->images, bytes, code_clocks(dram->run->machine));
        break;
    case DRAM_WRITE:
        dram_write(dram, bytes);
        break;
    case DRAM_INPUTS:
    case DRAM_SLICES:
        dram->held += bytes;
        dram_read(dram, &dram->inputs, bytes, 0);
        break;
    }
    if (dram->stage == DRAM_SLICES && ++dram->at.token < dram->at.tokens)
        return;
    dram_advance(dram);
}

/* Asks for what there is room for. */
static void dram_run(void *module)
{
    struct dram *dram = module;

    while (dram_is_there(dram) && dram_find(dram)) {
        uint64_t bytes = entry_bytes(dram);

        if (!dram_has_room(dram, bytes))
            return;
        dram_take(dram, bytes);
    }
}

void dram_init(struct dram *dram, struct run *run)
{
    const struct machine *machine = run->machine;
    struct programme_machine of;

    *dram = (struct dram){ .run = run };
    programme_machine_of(&of, machine);
    channel_init(&dram->channel, &of);
    pipe_init(&dram->images, run, "images",
              shape_of(dram, machine->dram.staging, true));
    pipe_init(&dram->inputs, run, "inputs",
              shape_of(dram, machine->activations.capacity, false));
    sim_event_init(&dram->wrote, run->sim, "wrote");
    sim_event_init(&dram->room, run->sim, "room");
    sim_method_init(&dram->process, run->sim, "run", dram_run, dram);
    sim_sensitive(&dram->process, &dram->room);
}

void dram_release(struct dram *dram)
{
    channel_release(&dram->channel);
}

bool dram_is_there(const struct dram *dram)
{
    return memory_is_there(dram->run->machine);
}

void dram_begin(struct dram *dram, uint32_t first, uint32_t end)
{
    schedule_place_begin(&dram->at, dram->run->schedule, first);
    dram->end_block = end;
    dram->stage = DRAM_INPUTS;
    dram->staged = dram->held = 0;
    dram->ended = 0;
    dram->writes = dram->write_over = 0;
    if (dram_is_there(dram))
        sim_notify_delta(&dram->room);
}

void dram_free_image(struct dram *dram, uint64_t bytes)
{
    dram->staged -= bytes;
    sim_notify_delta(&dram->room);
}

void dram_free_inputs(struct dram *dram, uint64_t bytes)
{
    dram->held -= bytes;
    sim_notify_delta(&dram->room);
}

void dram_end_turn(struct dram *dram)
{
    dram->ended++;
    sim_notify_delta(&dram->room);
}

bool dram_is_asked(const struct dram *dram)
{
    return !dram_is_there(dram) ||
           (dram->at.block == dram->end_block && dram->stage > DRAM_WRITE);
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
                     uint64_t bytes, uint64_t times)
{
    counters[COUNTER_DRAM_BYTES_READ] += times * bytes;
    counters[COUNTER_DRAM_CLOCKS] += times * transfer_clocks(machine, bytes);
}

void dram_count_staged(uint64_t counters[COUNTERS], const struct wave *wave)
{
    counters[COUNTER_STAGED_BYTES] += wave->coded_bytes;
    if (wave->placement->machine->dram.code != CODE_CELL)
        counters[COUNTER_DECODED_BYTES] += wave->image_bytes;
}

void dram_count_write(uint64_t counters[COUNTERS],
                      const struct machine *machine, uint64_t bytes)
{
    counters[COUNTER_DRAM_BYTES_WRITTEN] += bytes;
    counters[COUNTER_DRAM_CLOCKS] += transfer_clocks(machine, bytes);
}
