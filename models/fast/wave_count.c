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
    if (memory_is_there(machine))
        dram_count_read(counters, machine, wave->image_bytes);
}

void wave_count_block(uint64_t counters[COUNTERS],
                      const struct schedule *schedule, uint32_t tokens)
{
    const struct machine *machine = schedule->machine;
    const struct layer *layer = schedule->placement->layer;

    if (memory_is_there(machine) && machine->activations.capacity)
        dram_count_read(counters, machine,
                        (uint64_t)layer->shape.inputs * tokens);
    if (memory_is_there(machine) && machine->outputs.capacity)
        dram_count_write(counters, machine,
                         (uint64_t)layer->shape.outputs * tokens);
}
