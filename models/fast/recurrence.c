/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Time as a recurrence.  A pass enters at the latest of what it waits for, and
 * each of those is a function of passes before it:
 *
 *     entry(p)  = max( entry(p-1) + entry clocks,   the port
 *                      load end of its wave,        which waits for a bank,
 *                      read end of its vector,      which waits for a latch,
 *                      end(p - credits) )           a credit
 *     end(p)    = max( entry(p) + entry clocks - 1 + latency, end(p-1) )
 *                 + clocks of its output operation
 *
 * That is the machine of events exactly, for its units serve in order and
 * nothing overtakes.  Where the clocks between two entries went follows from
 * taking the terms in that order.
 *
 * A wave of thousands of vectors need not be walked.  The next vector depends
 * only on when port, latches and the last `credits` operations are free,
 * relative to now; everything else stays the same within a wave.  So once that
 * state comes again, everything since repeats for ever:
 *
 *     vectors   1 2 3 4 5 6 7 8 9 ...
 *     kept      ^ ^   ^       ^          after 1, 2, 4, 8, ...
 *     state     a b c d e c d e c d e    period 3, found at the 9th
 *
 * Whole periods are then added at once and the rest is stepped.  A wave costs
 * at most some times (vectors until it is periodic + period) x credits.
 */
#include "models/fast/recurrence.h"

#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "models/arrays/array.h"
#include "models/blocks/dram.h"
#include "models/blocks/output_buffer.h"
#include "models/fast/wave_count.h"
#include "models/inference/memory.h"

/* All clocks count from the start of the token block. */
struct issue {
    uint64_t port;     /* entry port is free */
    uint64_t read;     /* the next vector's read may start */
    uint64_t released; /* the vector before was released */
    uint64_t *end;     /* [credits], ends of the last operations */
    uint32_t next;     /* place of the oldest in `end` */
    uint32_t credits;
    uint64_t clocks[CLOCK_CATEGORIES];
};

/* What a pass of this wave may wait for, apart from the loop itself. */
struct gate {
    uint64_t load_start, load_end;
    uint64_t inputs;
    uint64_t entry, latency;   /* clocks */
    const uint32_t *operation; /* [passes], clocks */
    uint32_t passes;
    uint32_t read_clocks;
};

static void spend(struct issue *issue, enum clock_category category,
                  uint64_t *from, uint64_t to)
{
    if (to <= *from)
        return;
    issue->clocks[category] += to - *from;
    *from = to;
}

static void enter_pass(struct issue *issue, const struct gate *gate,
                       uint64_t ready, uint32_t pass)
{
    uint64_t *end = &issue->end[issue->next], at = issue->port;
    uint64_t last = issue->next ? end[-1] : issue->end[issue->credits - 1];

    spend(issue, CLOCK_MEMORY_STALL, &at, gate->load_start);
    spend(issue, CLOCK_WEIGHT_LOAD, &at, gate->load_end);
    spend(issue, CLOCK_MEMORY_STALL, &at, gate->inputs);
    spend(issue, CLOCK_ACTIVATION_STALL, &at, ready);
    spend(issue, CLOCK_OUTPUT_STALL, &at, *end);
    issue->clocks[CLOCK_COMPUTE] += gate->entry;
    issue->port = at + gate->entry;
    *end = max(issue->port - 1 + gate->latency, last) + gate->operation[pass];
    if (++issue->next == issue->credits)
        issue->next = 0;
}

static void enter_vector(struct issue *issue, const struct gate *gate)
{
    uint64_t ready = max(issue->read, gate->inputs) + gate->read_clocks;

    for (uint32_t pass = 0; pass < gate->passes; pass++)
        enter_pass(issue, gate, ready, pass);
    issue->read = max(ready, issue->released);
    issue->released = issue->port;
}

/* The loop's state after some vector, to compare later ones with. */
struct checkpoint {
    uint64_t vectors; /* entered by then, in this wave */
    uint64_t port, read;
    uint64_t *end; /* [credits], oldest first */
    uint64_t clocks[CLOCK_CATEGORIES];
};

static uint64_t oldest(const struct issue *issue, uint32_t i)
{
    uint32_t at = issue->next + i;

    return issue->end[at < issue->credits ? at : at - issue->credits];
}

static void checkpoint_keep(struct checkpoint *checkpoint,
                            const struct issue *issue, uint64_t vectors)
{
    checkpoint->vectors = vectors;
    checkpoint->port = issue->port;
    checkpoint->read = issue->read;
    for (uint32_t i = 0; i < issue->credits; i++)
        checkpoint->end[i] = oldest(issue, i);
    memcpy(checkpoint->clocks, issue->clocks, sizeof issue->clocks);
}

/* What is over by the time the port is free no longer matters. */
static uint64_t ahead(uint64_t end, uint64_t port)
{
    return end > port ? end - port : 0;
}

static bool repeats(const struct checkpoint *checkpoint,
                    const struct issue *issue)
{
    if (issue->port - issue->read != checkpoint->port - checkpoint->read)
        return false;
    for (uint32_t i = issue->credits; i-- > 0;) {
        if (ahead(oldest(issue, i), issue->port) !=
            ahead(checkpoint->end[i], checkpoint->port))
            return false;
    }
    return true;
}

/* Goes forward by `times` of what came since the checkpoint. */
static void skip(struct issue *issue, const struct checkpoint *checkpoint,
                 uint64_t times)
{
    uint64_t clocks = times * (issue->port - checkpoint->port);

    for (int i = 0; i < CLOCK_CATEGORIES; i++)
        issue->clocks[i] += times * (issue->clocks[i] - checkpoint->clocks[i]);
    issue->port += clocks;
    issue->read += clocks;
    issue->released += clocks;
    for (uint32_t i = 0; i < issue->credits; i++)
        issue->end[i] += clocks;
}

/* Checkpoints are taken after 1, 2, 4, 8, ... vectors, so that a period is
 * found once the state is periodic, however long either takes (Brent). */
static void enter_wave(struct issue *issue, const struct gate *gate,
                       uint32_t tokens, struct checkpoint *checkpoint)
{
    uint64_t entered = 0, next_checkpoint = 1;

    while (entered < tokens) {
        uint64_t period, times;

        enter_vector(issue, gate);
        entered++;
        if (next_checkpoint == UINT64_MAX)
            continue;
        if (entered > 1 && repeats(checkpoint, issue)) {
            period = entered - checkpoint->vectors;
            times = (tokens - entered) / period;
            skip(issue, checkpoint, times);
            entered += times * period;
            next_checkpoint = UINT64_MAX;
        } else if (entered == next_checkpoint) {
            checkpoint_keep(checkpoint, issue, entered);
            next_checkpoint *= 2;
        }
    }
}

/* When the waves' images and loads come and go. */
struct loading {
    const struct machine *machine;
    bool has_channel;
    struct channel channel;
    uint64_t end;         /* of the load before */
    uint64_t *bank_freed; /* [banks] */
};

static uint64_t arrival(struct loading *loading, uint64_t bytes)
{
    return dram_carry(&loading->channel, loading->machine, 0, bytes) +
           loading->channel.arrival;
}

static void load_wave(struct loading *loading, const struct wave *wave,
                      uint32_t number, struct gate *gate)
{
    const struct machine *machine = loading->machine;
    struct outstanding *staging = &loading->channel.staging;
    uint64_t usable = 0;

    if (loading->has_channel) {
        channel_reserve(&loading->channel, staging,
                        dram_staged(machine, wave->image_bytes));
        usable = arrival(loading, wave->image_bytes);
    }
    gate->load_start =
        max(max(usable, loading->end),
            loading->bank_freed[number % machine->weights.banks]);
    gate->load_end = gate->load_start + wave->load_clocks;
    loading->end = gate->load_end;
    outstanding_free_last(staging, instant_at(gate->load_end));
}

struct block_scratch {
    struct issue issue;
    struct checkpoint checkpoint;
    struct loading loading;
    uint32_t *operation;
    uint32_t passes; /* room in `operation` */
};

static void scratch_init(struct block_scratch *scratch,
                         const struct schedule *schedule)
{
    const struct machine *machine = schedule->machine;
    uint32_t credits = output_buffer_credits(machine);

    *scratch = (struct block_scratch){ .issue.credits = credits };
    scratch->issue.end = memory_new(credits, sizeof(uint64_t));
    scratch->checkpoint.end = memory_new(credits, sizeof(uint64_t));
    scratch->loading.machine = machine;
    scratch->loading.has_channel = memory_is_there(machine);
    if (scratch->loading.has_channel)
        dram_channel_init(&scratch->loading.channel, machine);
    scratch->loading.bank_freed =
        memory_new(machine->weights.banks, sizeof(uint64_t));
    for (uint32_t w = 0; w < schedule->waves; w++) {
        if (schedule->wave[w].passes > scratch->passes)
            scratch->passes = schedule->wave[w].passes;
    }
    scratch->operation = memory_new(scratch->passes, sizeof(uint32_t));
}

static void scratch_release(struct block_scratch *scratch)
{
    free(scratch->issue.end);
    free(scratch->checkpoint.end);
    channel_release(&scratch->loading.channel);
    free(scratch->loading.bank_freed);
    free(scratch->operation);
}

/* After the last entry of a block: drain, operations, outputs that leave. */
static uint64_t end_block(struct issue *issue, struct loading *loading,
                          const struct schedule *schedule, uint32_t tokens)
{
    const struct machine *machine = schedule->machine;
    uint64_t last = oldest(issue, issue->credits - 1), at = issue->port, out;

    spend(issue, CLOCK_DRAIN, &at, issue->port + machine_latency(machine));
    spend(issue, CLOCK_OUTPUT_STALL, &at, last);
    if (loading->has_channel && machine->outputs.capacity) {
        out = (uint64_t)schedule->placement->layer->shape.outputs * tokens;
        spend(issue, CLOCK_MEMORY_STALL, &at,
              dram_carry(&loading->channel, machine, at, out));
    }
    return at;
}

static void run_block(struct recurrence *block, const struct schedule *schedule,
                      uint32_t tokens)
{
    const struct machine *machine = schedule->machine;
    struct gate gate = { .latency = machine_latency(machine) };
    struct block_scratch scratch;

    scratch_init(&scratch, schedule);
    gate.operation = scratch.operation;
    if (scratch.loading.has_channel && machine->activations.capacity)
        gate.inputs = arrival(
            &scratch.loading,
            (uint64_t)schedule->placement->layer->shape.inputs * tokens);
    for (uint32_t w = 0; w < schedule->waves; w++) {
        const struct wave *wave = &schedule->wave[w];

        gate.entry = wave->entry_clocks;
        gate.passes = wave->passes;
        gate.read_clocks = wave->read_clocks;
        for (uint32_t pass = 0; pass < wave->passes; pass++)
            scratch.operation[pass] = wave_output_clocks(wave, pass);
        load_wave(&scratch.loading, wave, w, &gate);
        enter_wave(&scratch.issue, &gate, tokens, &scratch.checkpoint);
        scratch.loading.bank_freed[w % machine->weights.banks] =
            scratch.issue.port + array_bank_wait(machine);
        wave_count(block->counters, wave, tokens);
    }
    block->cycles =
        end_block(&scratch.issue, &scratch.loading, schedule, tokens);
    memcpy(block->clocks, scratch.issue.clocks, sizeof block->clocks);
    wave_count_block(block->counters, schedule, tokens);
    scratch_release(&scratch);
}

static void recurrence_add(struct recurrence *sum,
                           const struct recurrence *block, uint64_t times)
{
    sum->cycles += times * block->cycles;
    for (int i = 0; i < CLOCK_CATEGORIES; i++)
        sum->clocks[i] += times * block->clocks[i];
    for (int i = 0; i < COUNTERS; i++)
        sum->counters[i] += times * block->counters[i];
}

void recurrence_run(struct recurrence *recurrence,
                    const struct schedule *schedule)
{
    uint32_t full = schedule->tokens / schedule->block_tokens,
             rest = schedule->tokens % schedule->block_tokens;
    struct recurrence block;

    *recurrence = (struct recurrence){ 0 };
    if (full > 0) {
        block = (struct recurrence){ 0 };
        run_block(&block, schedule, schedule->block_tokens);
        recurrence_add(recurrence, &block, full);
    }
    if (rest > 0) {
        block = (struct recurrence){ 0 };
        run_block(&block, schedule, rest);
        recurrence_add(recurrence, &block, 1);
    }
}
