/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/fast/wave_count.h"

#include "models/arrays/array.h"
#include "models/blocks/activation_buffer.h"
#include "models/blocks/output_buffer.h"
#include "models/blocks/weight_loader.h"
#include "models/inference/memory.h"
#include "models/layout/visit.h"

void wave_count(uint64_t counters[COUNTERS], const struct wave *wave,
                uint32_t tokens)
{
    const struct machine *machine = wave->placement->machine;

    weight_loader_count(counters, wave);
    activation_buffer_count(counters, wave, tokens);
    for (uint32_t m = 0; m < machine->macros; m++) {
        const struct column_tile *column = wave_column(wave, m);
        struct visit visit;

        if (!column)
            continue;
        visit = visit_of_wave(wave, column, tokens);
        array_of(machine)->count(counters, &visit);
        output_buffer_count(counters, wave, visit.served);
    }
    for (uint32_t pass = 0; pass < wave->passes; pass++)
        counters[COUNTER_OUTPUT_CLOCKS] +=
            (uint64_t)wave_output_clocks(wave, pass) * tokens;
    counters[COUNTER_WAVES]++;
    counters[COUNTER_VECTORS] += tokens;
    counters[COUNTER_PASSES] += (uint64_t)wave->passes * tokens;
}

void wave_count_channel(uint64_t counters[COUNTERS],
                        const struct schedule *schedule, uint32_t wave,
                        uint32_t tokens)
{
    const struct machine *machine = schedule->machine;
    const struct wave *of = &schedule->wave[wave];

    if (memory_is_there(machine)) {
        dram_count_read(counters, machine, of->coded_bytes, 1);
        dram_count_staged(counters, of);
    }
    if (schedule->inputs_come && schedule->way == SCHEDULE_STREAM) {
        uint64_t slice = of->k1 - of->k0;

        dram_count_read(counters, machine, slice, tokens);
        activation_buffer_count_inputs(counters, slice * tokens);
    }
    if (schedule->outputs_go && of->outputs > 0) {
        uint64_t outputs = (uint64_t)of->outputs * tokens;

        dram_count_write(counters, machine, outputs);
        output_buffer_count_sent(counters, outputs);
    }
}

void wave_count_inputs(uint64_t counters[COUNTERS],
                       const struct schedule *schedule, uint32_t tokens)
{
    uint64_t bytes =
        (uint64_t)schedule->placement->layer->shape.inputs * tokens;

    if (schedule->inputs_come && schedule->way == SCHEDULE_TOKENS) {
        dram_count_read(counters, schedule->machine, bytes, 1);
        activation_buffer_count_inputs(counters, bytes);
    }
}
