/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One vector is read after the other, in the order in which they will enter, as
 * soon as its inputs are there and a latch is free.  Inputs come from the
 * channel's pipe in that same order, so the next item is always the next
 * vector's, or that of the block that it begins.  The clock from which they
 * could be read goes with the latch: what an entry waited for until then was
 * memory, and only then the read.
 */
#include "models/blocks/activation_buffer.h"

#include <string.h>

#include "models/fast/lanes.h"

void activation_buffer_count(uint64_t counters[COUNTERS],
                             const struct wave *wave, uint64_t vectors)
{
    counters[COUNTER_VECTORS_READ] += vectors;
    counters[COUNTER_READ_CLOCKS] += wave->read_clocks * vectors;
    counters[COUNTER_ACTIVATION_BYTES] +=
        wave->read_words * wave->placement->machine->activations.width *
        vectors;
}

void activation_buffer_count_inputs(uint64_t counters[COUNTERS], uint64_t bytes)
{
    counters[COUNTER_INPUT_BYTES] += bytes;
}

/* Whether the next vector takes what comes over the channel: its own slice, or
 * the inputs of the block that it begins. */
static bool takes_inputs(const struct activation_buffer *buffer)
{
    const struct schedule *schedule = buffer->run->schedule;

    return schedule->inputs_come &&
           (schedule->way == SCHEDULE_STREAM ||
            (buffer->next.wave == 0 && buffer->next.token == 0));
}

static bool can_read(const struct activation_buffer *buffer)
{
    return buffer->next.block < buffer->end_block &&
           buffer->begun == buffer->done && buffer->begun < buffer->freed + 2 &&
           (!takes_inputs(buffer) || pipe_can_get(&buffer->dram->inputs));
}

static void take_inputs(struct activation_buffer *buffer)
{
    const struct run *run = buffer->run;
    const struct wave *wave = &run->schedule->wave[buffer->next.wave];
    const uint64_t *usable = pipe_get_slot(&buffer->dram->inputs);

    activation_buffer_count_inputs(buffer->run->counters,
                                   run->schedule->way == SCHEDULE_STREAM
                                       ? wave->k1 - wave->k0
                                       : (uint64_t)run->layer->shape.inputs *
                                             buffer->next.tokens);
    buffer->usable = *usable;
    pipe_get_done(&buffer->dram->inputs);
}

static void begin_read(struct activation_buffer *buffer)
{
    struct run *run = buffer->run;
    const struct schedule *schedule = run->schedule;
    const struct wave *wave = &schedule->wave[buffer->next.wave];
    uint64_t token =
        buffer->next.block * schedule->block_tokens + buffer->next.token;

    if (takes_inputs(buffer))
        take_inputs(buffer);
    buffer->inputs_at[buffer->begun % 2] = buffer->usable;
    if (run->values)
        memcpy(buffer->latch[buffer->begun % 2] + wave->k0,
               run->layer->input + token * run->layer->shape.inputs + wave->k0,
               wave->k1 - wave->k0);
    buffer->end = run_now(run) + wave->read_clocks;
    run_span(run, &(struct watch_span){ .unit = WATCH_READ,
                                        .start = run_now(run),
                                        .end = buffer->end,
                                        .wave = buffer->next.wave,
                                        .token = (uint32_t)token });
    buffer->begun++;
    buffer->reading = buffer->next;
    schedule_place_next(&buffer->next, schedule);
    activation_buffer_count(run->counters, wave, 1);
    sim_notify_after(&buffer->timer, run_delay(run, wave->read_clocks));
}

/* Inputs that no later vector reads make room for others. */
static void give_room(struct activation_buffer *buffer)
{
    const struct schedule *schedule = buffer->run->schedule;
    const struct schedule_place *read = &buffer->reading;
    const struct wave *wave = &schedule->wave[read->wave];

    if (!schedule->inputs_come)
        return;
    if (schedule->way == SCHEDULE_STREAM)
        dram_free_inputs(buffer->dram, wave->k1 - wave->k0);
    else if (read->wave + 1 == schedule->waves &&
             read->token + 1 == read->tokens)
        dram_free_inputs(buffer->dram,
                         (uint64_t)buffer->run->layer->shape.inputs *
                             read->tokens);
}

static void activation_buffer_run(void *module)
{
    struct activation_buffer *buffer = module;

    if (!buffer->active)
        return;
    if (buffer->begun > buffer->done && run_now(buffer->run) >= buffer->end) {
        buffer->ready_at[buffer->done % 2] = buffer->end;
        buffer->done++;
        give_room(buffer);
        sim_notify_delta(&buffer->ready);
    }
    if (can_read(buffer))
        begin_read(buffer);
}

void activation_buffer_init(struct activation_buffer *buffer, struct run *run,
                            struct dram *dram)
{
    *buffer = (struct activation_buffer){ .run = run, .dram = dram };
    for (int i = 0; i < 2; i++)
        buffer->latch[i] =
            sim_alloc(run->sim, run->layer->shape.inputs + LANES_PADDING);
    sim_event_init(&buffer->ready, run->sim, "ready");
    sim_event_init(&buffer->release, run->sim, "release");
    sim_event_init(&buffer->timer, run->sim, "timer");
    sim_method_init(&buffer->process, run->sim, "run", activation_buffer_run,
                    buffer);
    sim_sensitive(&buffer->process, &buffer->release);
    sim_sensitive(&buffer->process, &buffer->timer);
    sim_sensitive(&buffer->process, &dram->inputs.due);
}

void activation_buffer_begin(struct activation_buffer *buffer, uint32_t first,
                             uint32_t end)
{
    struct run *run = buffer->run;

    buffer->active = true;
    schedule_place_begin(&buffer->next, run->schedule, first);
    buffer->end_block = end;
    buffer->begun = buffer->done = buffer->freed = 0;
    buffer->usable = run_now(run);
    sim_notify_delta(&buffer->release);
}

void activation_buffer_free_latch(struct activation_buffer *buffer)
{
    buffer->freed++;
    sim_notify_delta(&buffer->release);
}

bool activation_buffer_has(const struct activation_buffer *buffer,
                           uint64_t vector)
{
    return vector < buffer->done;
}

const int8_t *activation_buffer_vector(const struct activation_buffer *buffer,
                                       uint64_t vector)
{
    return buffer->latch[vector % 2];
}
