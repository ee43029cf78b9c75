/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A layer alone is a programme of one task: its waves are the schedule's, its
 * inputs and outputs come and go over the channel as the schedule says, and
 * nothing else runs.  The clocks are told in the categories of a layer, each in
 * whole clocks, as the event way tells them.
 *
 * Counters need no time: each is so much a load and so much a vector
 * (wave_count.h), whatever the order.
 */
#include "models/fast/recurrence.h"

#include "models/fast/wave_count.h"
#include "models/inference/programme_time.h"
#include "models/inference/task_wave.h"

static const enum programme_clock clock_of[CLOCK_CATEGORIES] = {
    [CLOCK_COMPUTE] = PROGRAMME_COMPUTE,
    [CLOCK_WEIGHT_LOAD] = PROGRAMME_LOADER,
    [CLOCK_MEMORY_STALL] = PROGRAMME_MEMORY,
    [CLOCK_ACTIVATION_STALL] = PROGRAMME_READ,
    [CLOCK_OUTPUT_STALL] = PROGRAMME_OUTPUT,
    [CLOCK_DRAIN] = PROGRAMME_DRAIN
};

static const struct segment *layer_segment(void *context, size_t number)
{
    (void)number;
    return context;
}

static void run_time(struct recurrence *recurrence,
                     const struct schedule *schedule,
                     const struct task_wave *waves)
{
    uint64_t inputs = schedule->placement->layer->shape.inputs;
    struct task task = {
        .unit = UNIT_ARRAY,
        .image_traffic = TRAFFIC_WEIGHTS,
        .input_traffic = TRAFFIC_ACTIVATIONS,
        .output_traffic = TRAFFIC_ACTIVATIONS,
        .inputs = 1,
        .input[0].bytes = schedule->inputs_come ? inputs * schedule->tokens : 0,
        .tokens = schedule->tokens,
        .block = schedule->block_tokens,
        .group = 1,
        .streamed = schedule->inputs_come && schedule->way == SCHEDULE_STREAM,
        .wait_sums = schedule->wait_sums,
        .outputs_go = schedule->outputs_go,
        .waves = schedule->waves,
        .wave = waves,
    };
    struct segment segment = { &task, 1 };
    struct programme programme = { .segments = 1,
                                   .segment = layer_segment,
                                   .context = &segment };
    struct programme_machine machine;
    struct task_sum sum = { 0 };

    programme_machine_of(&machine, schedule->machine);
    if (machine.overlap == OVERLAP_PIPELINE) /* there is nothing before it */
        machine.overlap = OVERLAP_PREFETCH;
    machine.spent = SPENT_WHOLE;
    programme_run(&sum, &recurrence->cycles, &programme, &machine);
    for (int i = 0; i < CLOCK_CATEGORIES; i++)
        recurrence->clocks[i] = sum.spent[clock_of[i]];
}

static void count_blocks(struct recurrence *recurrence,
                         const struct schedule *schedule, uint32_t tokens,
                         uint32_t blocks)
{
    uint64_t counters[COUNTERS] = { 0 };

    for (uint32_t w = 0; w < schedule->waves; w++) {
        wave_count(counters, &schedule->wave[w], tokens);
        wave_count_channel(counters, schedule, w, tokens);
    }
    wave_count_inputs(counters, schedule, tokens);
    for (int i = 0; i < COUNTERS; i++)
        recurrence->counters[i] += blocks * counters[i];
}

void recurrence_run(struct recurrence *recurrence,
                    const struct schedule *schedule,
                    const struct task_wave *waves)
{
    uint32_t rest = schedule_block(schedule, schedule->blocks - 1);

    *recurrence = (struct recurrence){ 0 };
    run_time(recurrence, schedule, waves);
    count_blocks(recurrence, schedule, schedule->block_tokens,
                 schedule->blocks - 1);
    count_blocks(recurrence, schedule, rest, 1);
}
