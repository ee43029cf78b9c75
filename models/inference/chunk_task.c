/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Products of a state space's chunks, in a prompt.  For every sequence and
 * chunk each head is a task, whose stationary operand was made in this step: on
 * the array it is an image, which comes from what made it or, where that result
 * did not stay on chip, over the channel.  The last chunk is shorter.
 */
#include "models/inference/attention_engine.h"
#include "models/inference/building.h"

#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"

/* A row's products in one chunk of a sequence. */
struct chunk {
    size_t number; /* of the row */
    int image;     /* maker of the operand that stays */
    bool comes;    /* that over the channel */
    uint32_t vectors;
    uint64_t inputs, outputs;
    uint64_t heads;
};

/* Copies of a layout's waves, whose images are made in this step. */
static const struct task_wave *chunk_waves(struct building *building,
                                           const struct task_layout *layout,
                                           bool come)
{
    struct made_segment *made = building->made;
    struct task_wave *waves = memory_new(layout->waves, sizeof *waves);

    for (uint32_t w = 0; w < layout->waves; w++) {
        uint64_t bytes;

        waves[w] = layout->wave[w];
        waves[w].made = true;
        waves[w].decoded = 0;
        /* A result has a byte an element, whatever the cells have. */
        bytes = (uint64_t)layout->range[w] * layout->columns[w];
        waves[w].image = come ? bytes : 0;
        waves[w].held = come ? 0 : bytes;
    }
    made->waves = memory_grow(made->waves, &made->wave_capacity,
                              made->wave_lists + 1, sizeof *made->waves);
    made->waves[made->wave_lists++] = waves;
    return waves;
}

static void add_on_array(struct building *building, const struct chunk *chunk)
{
    struct task_choice choice = { .tokens = chunk->vectors,
                                  .images_are_here = !chunk->comes };
    const struct task_layout *layout = inference_lay_out_product(
        building->inference, chunk->inputs, chunk->outputs, &choice);
    uint64_t *work = building_work(building, chunk->number);
    const struct task_wave *waves;
    uint64_t coded = 0, held = 0;

    if (!layout)
        return;
    building_count_mode(building, chunk->number, layout);
    waves = chunk_waves(building, layout, chunk->comes);
    for (uint32_t w = 0; w < layout->waves; w++) {
        coded += waves[w].image;
        held += waves[w].held;
    }
    for (uint64_t h = 0; h < chunk->heads; h++) {
        struct task *task =
            building_add_task(building, chunk->number, UNIT_ARRAY);

        task->tokens = task->block = chunk->vectors;
        task->group = 1;
        task->waves = layout->waves;
        task->wave = waves;
        task->image_traffic = TRAFFIC_ACTIVATIONS;
        task->image_back = (uint32_t)(building->last_task[chunk->number] -
                                      building->last_task[chunk->image]);
        building_add_inputs(building, task, chunk->number,
                            chunk->vectors * chunk->inputs);
        task->outputs_go = building_goes_out(building, chunk->number);
        work_add(work, &layout->work.all, 1, task->tokens);
        building_count_images(building, work, coded, 0);
        work[COUNTER_OPERAND_BYTES] += held;
        building_count_outputs(building, work, chunk->number,
                               chunk->vectors * chunk->outputs);
    }
}

static void add_on_engine(struct building *building, const struct chunk *chunk)
{
    uint64_t held = chunk->inputs * chunk->outputs;
    uint64_t elements = chunk->vectors * chunk->inputs;
    const struct engine_work work = {
        .tokens = chunk->vectors,
        .first = held,
        .macs = chunk->vectors * held,
        .held = held,
        .fetched = chunk->comes ? held : 0,
        .read = elements + (chunk->comes ? 0 : held),
        .outputs = chunk->vectors * chunk->outputs,
    };

    for (uint64_t h = 0; h < chunk->heads; h++) {
        struct task *task =
            engine_task_add(building, chunk->number, &work, elements);

        task->image_traffic = TRAFFIC_ACTIVATIONS;
        task->image_back = (uint32_t)(building->last_task[chunk->number] -
                                      building->last_task[chunk->image]);
        task->fetches_made = true;
    }
    engine_task_count(building, chunk->number, &work, chunk->heads);
}

/* Of a sequence's tokens from `at` on. */
static void chunk_add(struct building *building, struct chunk *chunk,
                      uint32_t at)
{
    const struct operator_row *row = building->row[chunk->number];
    size_t first = building->made->segment.tasks;
    struct building short_one = *building;

    short_one.step.tokens = (uint32_t)min(building_dim(building, DIM_CHUNK),
                                          (uint64_t)building->step.tokens - at);
    chunk->vectors = (uint32_t)building_product(&short_one, row->rows);
    chunk->inputs = building_product(&short_one, row->inputs);
    chunk->outputs = building_product(&short_one, row->outputs);
    if (building->inference->asked->machine->attention.engine ==
        ATTENTION_SEPARATE)
        add_on_engine(building, chunk);
    else
        add_on_array(building, chunk);
    if (building->made->segment.tasks > first)
        building_mark_like(building, first, chunk->heads);
}

void chunk_tasks_add(struct building *building, size_t number)
{
    const struct operator_row *row = building->row[number];
    uint64_t chunk = building_dim(building, DIM_CHUNK);
    struct chunk of = { .number = number,
                        .heads = building_dim(building, row->count[1]) };

    of.image = building->maker[number][building->makers[number] - 1];
    if (building->makers[number] == 1 || strcmp(row->name, "states") == 0)
        of.image = building->maker[number][0];
    of.comes = building->inference->has_channel && of.image >= 0 &&
               !building->on_chip[of.image];
    for (uint64_t s = 0; s < building->step.batch; s++)
        for (uint32_t at = 0; at < building->step.tokens; at += (uint32_t)chunk)
            chunk_add(building, &of, at);
}
