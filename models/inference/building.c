/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tasks of one segment: its rows one after the other, each by the file of
 * its kind, and what all of them use: sizes, tasks, what a task takes of its
 * makers, and the counts of its work.
 */
#include "models/inference/building.h"

#include <assert.h>

#include "base/arithmetic.h"
#include "base/memory.h"
uint64_t building_dim(const struct building *building, enum dim dim)
{
    return operator_dim(building->inference->asked->sizes, &building->step,
                        dim);
}

uint64_t building_product(const struct building *building,
                          const enum dim *product)
{
    uint64_t value = 1;

    for (; *product != DIM_END; product++)
        value *= building_dim(building, *product);
    return value;
}

/* The number under which the sums of a row are kept. */
static uint32_t line_of_row(struct building *building, size_t number)
{
    struct inference_result *result = building->inference->result;
    const struct operator_row *row = building->row[number];
    bool decoding = building->step.cached > 0;

    for (size_t i = 0; i < result->lines; i++)
        if (result->line[i].row == row && result->line[i].decoding == decoding)
            return (uint32_t)i;
    assert(false && "every row has a line");
    return 0;
}

struct task *building_add_task(struct building *building, size_t number,
                               enum task_unit unit)
{
    struct made_segment *made = building->made;
    struct task *task;

    made->task = memory_grow(made->task, &made->capacity,
                             made->segment.tasks + 1, sizeof *made->task);
    task = &made->task[made->segment.tasks];
    *task = (struct task){ .name = line_of_row(building, number),
                           .unit = unit,
                           .image_traffic = TRAFFIC_WEIGHTS,
                           .input_traffic = TRAFFIC_ACTIVATIONS,
                           .output_traffic = TRAFFIC_ACTIVATIONS };
    building->last_task[number] = made->segment.tasks++;
    return task;
}

uint64_t building_taken(const struct building *building, int maker,
                        uint64_t elements)
{
    return maker < 0 ? elements * RESIDUAL_BYTES
                     : min(building->bytes[maker],
                           elements * building->element[maker]);
}

/* What a task waits for of maker `maker` (-1: the segment's input), and how
 * many bytes of it come over the channel if it is not on chip. */
void building_add_input(struct building *building, struct task *task, int maker,
                        uint64_t elements)
{
    size_t at = (size_t)(task - building->made->task);
    struct task_input *input;
    bool on_chip =
        maker < 0 ? building->made->input_on_chip : building->on_chip[maker];

    if (task->inputs == TASK_INPUTS)
        return;
    input = &task->input[task->inputs++];
    input->back = maker < 0 ? 0 : (uint32_t)(at - building->last_task[maker]);
    input->bytes = on_chip ? 0 : building_taken(building, maker, elements);
}

void building_add_inputs(struct building *building, struct task *task,
                         size_t number, uint64_t elements)
{
    for (size_t i = 0; i < building->makers[number]; i++)
        building_add_input(building, task, building->maker[number][i],
                           elements);
}

bool building_goes_out(const struct building *building, size_t number)
{
    return !building->on_chip[number] &&
           building->last_reader[number] != number;
}

uint64_t *building_work(struct building *building, size_t number)
{
    return building->made->work[line_of_row(building, number)];
}

void building_count_mode(struct building *building, size_t number,
                         const struct task_layout *layout)
{
    building->made
        ->modes[line_of_row(building, number)][machine_log2(layout->merged)]++;
}

/* What comes over the channel as images is staged, and decoded if it is coded;
 * the rest is made on chip. */
void building_count_images(const struct building *building, uint64_t *work,
                           uint64_t coded, uint64_t decoded)
{
    work[COUNTER_STAGED_BYTES] += coded;
    if (coded > 0 && building->inference->asked->machine->dram.code)
        work[COUNTER_DECODED_BYTES] += decoded;
}

/* Requantised on their way out of the output buffer: into that of activations,
 * or onto the channel, for which they have to wait as sums and are read again.
 * What stays is requantised as the last addition hands it on; that it is
 * counted as written all the same (sums_written) stands for its way. */
void building_count_outputs(const struct building *building, uint64_t *work,
                            size_t number, uint64_t outputs)
{
    work[COUNTER_REQUANTISED] += outputs;
    if (building_goes_out(building, number))
        work[COUNTER_SUMS_SENT] += outputs;
    else
        work[COUNTER_RESULT_BYTES] += outputs * building->element[number];
}

uint64_t building_leaving(const struct building *building, size_t number,
                          uint64_t bytes)
{
    return building_goes_out(building, number) ? bytes : 0;
}

enum kept_in building_keeps(const struct building *building)
{
    if (building->made->state_on_chip)
        return KEPT_IN_STORE;
    return building->inference->has_channel ? KEPT_IN_MEMORY : KEPT_IN_BUFFER;
}

/* The tasks from `first` on are so many rows of like ones. */
void building_mark_like(struct building *building, size_t first, uint64_t times)
{
    struct made_segment *made = building->made;

    made->task[first].like_tasks =
        (uint32_t)((made->segment.tasks - first) / times);
    made->task[first].like_times = (uint32_t)times;
}

static void build_rows(struct building *building)
{
    for (size_t i = 0;
         i < building->rows && building->inference->status == 0;) {
        const struct operator_row *row = building->row[i];
        size_t end = i + 1;

        if (row->kind == OPERATOR_LINEAR) {
            i += linear_tasks_add(building, i);
            continue;
        }
        if (row->kind != OPERATOR_PRODUCT) {
            unit_task_add(building, i++);
            continue;
        }
        if (row->count[0] == DIM_BATCH) {
            while (end < building->rows &&
                   building->row[end]->work[0] == DIM_PAIRS)
                end++;
            attention_tasks_add(building, i, end);
        } else {
            chunk_tasks_add(building, i);
        }
        i = end;
    }
}

void building_run(struct inference *inference, struct made_segment *made,
                  uint32_t block, const struct operator_step *step)
{
    struct building building = {
        .inference = inference, .made = made, .step = *step, .block = block
    };

    building.rows = operator_rows(building.row, inference->asked->sizes,
                                  made->place, block, step);
    building.input_bytes = building_dim(&building, DIM_TOKENS) *
                           building_dim(&building, DIM_WIDTH) * RESIDUAL_BYTES;
    if (made->place == PLACE_START)
        building.input_bytes = 0;
    made->work = memory_new(inference->result->lines, sizeof *made->work);
    made->modes = memory_new(inference->result->lines, sizeof *made->modes);
    results_place(&building);
    build_rows(&building);
    made->output_on_chip = building.on_chip[building.rows - 1];
    made->segment.task = made->task;
}
