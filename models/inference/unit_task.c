/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Products of a state space's chunks, and what runs beside the array: vector
 * operators, scans and moves.
 */
#include "models/inference/building.h"

#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "models/inference/units.h"

/* How an image that is made in this step comes to the array. */
enum made_image { IMAGE_STAYS_ON_CHIP, IMAGE_OVER_CHANNEL };

/* Tasks from `first` on get copies of their waves, whose images are made in
 * this step. */
static void mark_chunks(struct building *building, size_t first,
                        enum made_image image)
{
    struct made_segment *made = building->made;
    const struct task_wave *laid = NULL;

    for (size_t t = first; t < made->segment.tasks; t++) {
        struct task *task = &made->task[t];
        struct task_wave *waves;

        if (t > first && task->wave == laid) {
            task->wave = task[-1].wave;
            continue;
        }
        laid = task->wave;
        waves = memory_new(task->waves, sizeof *waves);
        for (uint32_t w = 0; w < task->waves; w++) {
            waves[w] = task->wave[w];
            waves[w].made = true;
            waves[w].decoded = 0;
            if (image == IMAGE_STAYS_ON_CHIP)
                waves[w].image = 0;
        }
        task->wave = waves;
        made->waves = memory_grow(made->waves, &made->wave_capacity,
                                  made->wave_lists + 1, sizeof *made->waves);
        made->waves[made->wave_lists++] = waves;
    }
}

/* Products of a chunk, each of q tokens; the last chunk is shorter. */
void chunk_tasks_add(struct building *building, size_t number)
{
    const struct operator_row *row = building->row[number];
    struct inference *inference = building->inference;
    uint64_t chunk = building_dim(building, DIM_CHUNK);
    uint64_t heads = building_dim(building, row->count[1]);
    int image = building->maker[number][building->makers[number] - 1];
    uint32_t tokens = building->step.tokens;
    uint64_t *work = building_work(building, number);
    size_t begin = building->made->segment.tasks;
    bool come;

    if (building->makers[number] == 1 || strcmp(row->name, "states") == 0)
        image = building->maker[number][0];
    come = inference->has_channel && image >= 0 && !building->on_chip[image];
    for (uint64_t s = 0; s < building->step.batch; s++)
        for (uint32_t at = 0; at < tokens; at += (uint32_t)chunk) {
            struct building short_one = *building;
            struct task_choice choice = { .images_are_here = !come };
            const struct task_layout *layout;
            size_t first = building->made->segment.tasks;

            short_one.step.tokens = (uint32_t)min(chunk, tokens - at);
            choice.tokens = (uint32_t)building_product(&short_one, row->rows);
            layout = inference_lay_out_product(
                inference, building_product(&short_one, row->inputs),
                building_product(&short_one, row->outputs), &choice);
            if (layout)
                building_count_mode(building, number, layout);
            for (uint64_t h = 0; layout && h < heads; h++) {
                struct task *task =
                    building_add_task(building, number, UNIT_ARRAY);

                task->tokens = task->block = choice.tokens;
                task->group = 1;
                task->waves = layout->waves;
                task->wave = layout->wave;
                task->image_traffic = TRAFFIC_ACTIVATIONS;
                task->image_back = (uint32_t)(building->last_task[number] -
                                              building->last_task[image]);
                building_add_inputs(building, task, number,
                                    (uint64_t)task->tokens * layout->inputs);
                task->outputs_go = building_goes_out(building, number);
                work_add(work, &layout->work.all, 1, task->tokens);
                if (come)
                    building_count_images(building, work, task, 1, 0);
                else
                    work[COUNTER_OPERAND_BYTES] += layout->work.images;
                building_count_outputs(building, work, number,
                                       (uint64_t)task->tokens *
                                           layout->outputs);
            }
            if (layout)
                building_mark_like(building, first, heads);
        }
    mark_chunks(building, begin,
                come ? IMAGE_OVER_CHANNEL : IMAGE_STAYS_ON_CHIP);
}

/* What a task counts of itself: a state that is at work is read and written
 * once a token. */
static void tell_work(const struct building *building, size_t number,
                      struct task *task)
{
    const struct operator_row *row = building->row[number];
    uint64_t elements = building_product(building, row->work);
    uint64_t bytes = row->class == CLASS_STATE ? STATE_BYTES : 1;

    if (row->kind != OPERATOR_MOVE)
        task->elements = elements;
    if (row->kind == OPERATOR_VECTOR) {
        task->work = work_of_function(row->function);
    } else if (row->kind == OPERATOR_SCAN) {
        task->kept_read = task->kept_written = elements * STATE_BYTES;
    } else if (building->made->state_on_chip && row->written[0] != DIM_END) {
        task->kept_written = building_product(building, row->written) * bytes;
    }
}

static void count_unit(struct building *building, size_t number,
                       const struct task *task)
{
    const struct operator_row *row = building->row[number];
    uint64_t *work = building_work(building, number);

    work[COUNTER_STAGED_BYTES] += task->fetched + task->saved;
    work[COUNTER_RESULT_BYTES] += building->bytes[number];
    work[COUNTER_STATE_READ] += task->kept_read;
    work[COUNTER_STATE_WRITTEN] += task->kept_written;
    if (row->kind == OPERATOR_SCAN) {
        work[COUNTER_SCAN_ELEMENTS] += task->elements;
        work[COUNTER_SCAN_CLOCKS] += task->clocks;
    }
    if (row->kind != OPERATOR_VECTOR)
        return;
    work[task->work] += task->elements;
    work[COUNTER_VECTOR_CLOCKS] += task->clocks;
    for (size_t i = 0; i < building->makers[number]; i++) {
        int maker = building->maker[number][i];

        work[COUNTER_OPERAND_BYTES] +=
            task->elements *
            (maker < 0 ? RESIDUAL_BYTES : building->element[maker]);
    }
}

void unit_task_add(struct building *building, size_t number)
{
    const struct operator_row *row = building->row[number];
    struct inference *inference = building->inference;
    const struct machine *machine = inference->asked->machine;
    bool scans = row->kind == OPERATOR_SCAN;
    bool moves = row->kind == OPERATOR_MOVE;
    uint64_t elements = building_product(building, row->work);
    uint64_t bytes = row->class == CLASS_STATE ? STATE_BYTES : 1;
    bool inside = building->made->state_on_chip || !inference->has_channel;
    struct task *task = building_add_task(building, number,
                                          scans   ? UNIT_SCAN
                                          : moves ? UNIT_MEMORY
                                                  : UNIT_VECTOR);

    building_add_inputs(building, task, number,
                        scans ? building_dim(building, DIM_TOKENS) *
                                    building_dim(building, DIM_INNER)
                              : elements);
    task->image_traffic = row->class == CLASS_STATE       ? TRAFFIC_STATE
                          : row->class == CLASS_EMBEDDING ? TRAFFIC_EMBEDDING
                                                          : TRAFFIC_KEYS;
    if (row->read[0] != DIM_END &&
        (row->class == CLASS_EMBEDDING ? inference->has_channel : !inside))
        task->fetched = building_product(building, row->read) * bytes;
    if (row->written[0] != DIM_END && !inside) {
        if (row->class == CLASS_KEYS) {
            task->stored = building_product(building, row->written);
            task->output_traffic = TRAFFIC_KEYS;
        } else {
            task->saved = building_product(building, row->written) * bytes;
        }
    }
    if (building_goes_out(building, number))
        task->stored = building->bytes[number];
    if (row->work[0] == DIM_TOKENS && !moves) {
        task->tokens = (uint32_t)building_dim(building, DIM_TOKENS);
        task->pace =
            scans ? scan_pace(machine) : vector_pace(machine, row->function);
        task->pace.first *= elements / task->tokens;
    }
    if (scans) {
        task->clocks = scan_clocks(machine, elements);
    } else if (!moves) {
        task->clocks = vector_clocks(machine, row->function, elements);
        task->latency = task->clocks ? vector_latency(machine) : 0;
    }
    tell_work(building, number, task);
    count_unit(building, number, task);
    /* A segment's first task waits for the one before it, also if it takes
     * nothing of it. */
    if (task->inputs == 0)
        task->inputs = 1;
}
