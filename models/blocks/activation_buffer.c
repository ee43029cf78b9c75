/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/activation_buffer.h"

#include <string.h>

#include "models/fast/lanes.h"

const struct parameter activation_buffer_parameters[] = {
    { .path = "activations.capacity",
      .type = PARAMETER_U64,
      .offset = offsetof(struct machine, activations.capacity),
      .unit = "bytes",
      .minimum = 1,
      .maximum = 1e12,
      .standard = "none",
      .none = true,
      .help = "of the activation buffer; none: all inputs of a layer fit" },
    { .path = "activations.banks",
      .type = PARAMETER_U64,
      .offset = offsetof(struct machine, activations.banks),
      .unit = "banks",
      .minimum = 1,
      .maximum = 65536,
      .standard = "32",
      .help = "each gives one word a clock" },
    { .path = "activations.width",
      .type = PARAMETER_U64,
      .offset = offsetof(struct machine, activations.width),
      .unit = "bytes",
      .minimum = 1,
      .maximum = 65536,
      .standard = "32",
      .help = "of a word; 32 banks of 32 bytes fill the released RTL's input "
              "of 32 rows x 16 pairs" },
};
const size_t activation_buffer_parameter_count =
    sizeof activation_buffer_parameters / sizeof *activation_buffer_parameters;

static uint64_t vectors(const struct activation_buffer *buffer)
{
    return (uint64_t)buffer->run->schedule->waves * buffer->tokens;
}

static bool can_start(const struct activation_buffer *buffer)
{
    return buffer->inputs_are_here && buffer->begun == buffer->done &&
           buffer->begun < vectors(buffer) && buffer->begun < buffer->freed + 2;
}

static void start(struct activation_buffer *buffer)
{
    struct run *run = buffer->run;
    const struct wave *wave =
        &run->schedule->wave[buffer->begun / buffer->tokens];
    uint64_t token = buffer->first_token + buffer->begun % buffer->tokens;

    if (run->values)
        memcpy(buffer->latch[buffer->begun % 2] + wave->k0,
               run->layer->input + token * run->layer->inputs + wave->k0,
               wave->k1 - wave->k0);
    buffer->end = run_now(run) + wave->read_clocks;
    run_span(run, &(struct watch_span){
                      .unit = WATCH_READ,
                      .start = run_now(run),
                      .end = buffer->end,
                      .wave = (uint32_t)(buffer->begun / buffer->tokens),
                      .token = (uint32_t)token });
    buffer->begun++;
    run_count(run, COUNTER_VECTORS_READ, 1);
    run_count(run, COUNTER_READ_CLOCKS, wave->read_clocks);
    run_count(run, COUNTER_ACTIVATION_BYTES,
              wave->read_words * run->machine->activations.width);
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
    if (can_start(buffer))
        start(buffer);
}

void activation_buffer_init(struct activation_buffer *buffer, struct run *run,
                            struct dram *dram)
{
    *buffer = (struct activation_buffer){ .run = run, .dram = dram };
    for (int i = 0; i < 2; i++)
        buffer->latch[i] =
            sim_alloc(run->sim, run->layer->inputs + LANES_PADDING);
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
                            (uint64_t)run->layer->inputs * tokens);
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
