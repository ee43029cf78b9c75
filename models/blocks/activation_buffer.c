/* SPDX-License-Identifier: GPL-3.0-or-later */
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

static uint64_t block_vectors(const struct activation_buffer *buffer)
{
    return (uint64_t)buffer->run->schedule->waves * buffer->tokens;
}

static bool can_read(const struct activation_buffer *buffer)
{
    return buffer->inputs_are_here && buffer->begun == buffer->done &&
           buffer->begun < block_vectors(buffer) &&
           buffer->begun < buffer->freed + 2;
}

static void begin_read(struct activation_buffer *buffer)
{
    struct run *run = buffer->run;
    const struct wave *wave =
        &run->schedule->wave[buffer->begun / buffer->tokens];
    uint64_t token = buffer->first_token + buffer->begun % buffer->tokens;

    if (run->values)
        memcpy(buffer->latch[buffer->begun % 2] + wave->k0,
               run->layer->input + token * run->layer->shape.inputs + wave->k0,
               wave->k1 - wave->k0);
    buffer->end = run_now(run) + wave->read_clocks;
    run_span(run, &(struct watch_span){
                      .unit = WATCH_READ,
                      .start = run_now(run),
                      .end = buffer->end,
                      .wave = (uint32_t)(buffer->begun / buffer->tokens),
                      .token = (uint32_t)token });
    buffer->begun++;
    activation_buffer_count(run->counters, wave, 1);
    sim_notify_after(&buffer->timer, run_delay(run, wave->read_clocks));
}

static void take_inputs(struct activation_buffer *buffer)
{
    pipe_get_done(&buffer->dram->inputs);
    buffer->inputs_are_here = true;
    buffer->inputs_at = run_now(buffer->run);
}

static void activation_buffer_run(void *module)
{
    struct activation_buffer *buffer = module;

    if (!buffer->active)
        return;
    if (pipe_can_get(&buffer->dram->inputs))
        take_inputs(buffer);
    if (buffer->begun > buffer->done && run_now(buffer->run) >= buffer->end) {
        buffer->ready_at[buffer->done % 2] = buffer->end;
        buffer->done++;
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

void activation_buffer_begin(struct activation_buffer *buffer,
                             uint32_t first_token, uint32_t tokens)
{
    struct run *run = buffer->run;

    buffer->active = true;
    buffer->first_token = first_token;
    buffer->tokens = tokens;
    buffer->begun = buffer->done = buffer->freed = 0;
    buffer->inputs_at = run_now(run);
    buffer->inputs_are_here =
        !dram_is_there(buffer->dram) || !run->machine->activations.capacity;
    if (!buffer->inputs_are_here)
        dram_request_inputs(buffer->dram,
                            (uint64_t)run->layer->shape.inputs * tokens);
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
