/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Linear maps as tasks of the array.  Rows that read the same input one after
 * the other (q, k and v) are a group: cut into the same blocks of tokens, they
 * go through a block together before the next begins.  Without overlap there
 * are no groups.
 *
 * Experts are a task each, for the step's tokens that are routed to it: they
 * are shared out as the sample's were (expert_load.h), and an expert that gets
 * none has no task and loads nothing.  What is not pruned (the head, routers)
 * has no layer in the trace and is laid out dense.
 */
#include "models/inference/building.h"

#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "trace/expert_load.h"

/* In which layout; NULL: it cannot run. */
static const struct task_layout *finish_linear(struct building *building,
                                               struct task *task, size_t number,
                                               struct task_layouts *layouts,
                                               uint64_t tokens)
{
    struct inference *inference = building->inference;
    struct task_choice choice = { .tokens = (uint32_t)tokens,
                                  .outputs_go =
                                      building_goes_out(building, number) };
    const struct task_layout *taken;
    int maker = building->makers[number] ? building->maker[number][0] : -1;

    if (maker >= 0)
        choice.inputs_come = !building->on_chip[maker];
    else
        choice.inputs_come = !building->made->input_on_chip;
    building_add_inputs(building, task, number,
                        tokens * layouts->layout->inputs);
    for (uint32_t i = 1; i < task->inputs; i++)
        task->input[i].bytes = 0;
    taken = task_choose(task, layouts, inference->asked->machine, &choice,
                        inference->err);
    if (!taken)
        inference->status = -1;
    task->group = 1;
    if (building->row[number]->class == CLASS_HEAD)
        task->image_traffic = TRAFFIC_HEAD;
    return taken;
}

static void count_linear(struct building *building, size_t number,
                         const struct task *task,
                         const struct task_layout *layout)
{
    uint64_t *work = building_work(building, number);
    uint64_t loads = divide_up(task->tokens, task->block);

    building_count_mode(building, number, layout);
    work_add(work, &layout->work.all, loads, task->tokens);
    building_count_images(building, work, loads * layout->images,
                          loads * layout->work.images);
    building_count_outputs(building, work, number,
                           (uint64_t)task->tokens * layout->outputs);
}

/* Layers of a block that are the row's, in order: an expert's is its copy. */
static struct task_layouts *layer_of_row(struct building *building,
                                         const struct operator_row *row,
                                         uint32_t copy)
{
    struct inference *inference = building->inference;
    const struct inference_asked *asked = inference->asked;
    size_t first = inference->first_layer[building->block];
    size_t end = inference->first_layer[building->block + 1];

    if (!row->layers)
        return inference_lay_out_dense(
            inference, building_product(building, row->inputs),
            building_product(building, row->outputs));
    for (size_t l = first; l < end; l++) {
        const struct layer *layer = &asked->layers[l];

        if (operator_of_layer(asked->sizes, building->block, layer->shape.name,
                              layer->shape.inputs, layer->shape.outputs,
                              inference->err) == row &&
            copy-- == 0)
            return inference->layer[l];
    }
    inference->status = -1;
    return NULL;
}

/* How many of the step's tokens each expert sees, in a block in which that many
 * of the sample's did; [experts], to free(). */
static uint64_t *load_of_experts(struct building *building,
                                 const struct operator_row *row)
{
    const struct inference *inference = building->inference;
    const struct inference_asked *asked = inference->asked;
    uint32_t experts = asked->sizes->size[DIM_EXPERTS], found = 0;
    uint32_t *weight = memory_new(experts, sizeof *weight);
    uint64_t *share = memory_new(experts, sizeof *share);
    size_t end = inference->first_layer[building->block + 1];

    for (size_t l = inference->first_layer[building->block];
         l < end && found < experts; l++) {
        const struct layer *layer = &asked->layers[l];

        if (operator_of_layer(asked->sizes, building->block, layer->shape.name,
                              layer->shape.inputs, layer->shape.outputs,
                              inference->err) == row)
            weight[found++] = layer->tokens;
    }
    expert_load(share, weight, experts, building_dim(building, DIM_ROUTED));
    free(weight);
    return share;
}

static void add_experts(struct building *building, size_t number)
{
    const struct operator_row *row = building->row[number];
    uint32_t experts = building->inference->asked->sizes->size[DIM_EXPERTS];
    uint64_t *share = load_of_experts(building, row);

    for (uint32_t e = 0; e < experts; e++) {
        struct task_layouts *layouts;
        const struct task_layout *layout;
        struct task *task;

        if (share[e] == 0)
            continue;
        layouts = layer_of_row(building, row, e);
        if (!layouts)
            break;
        task = building_add_task(building, number, UNIT_ARRAY);
        layout = finish_linear(building, task, number, layouts, share[e]);
        if (layout)
            count_linear(building, number, task, layout);
    }
    free(share);
}

/* Tasks first .. first + count - 1 take the same blocks of tokens. */
static void join_group(struct made_segment *made, size_t first, uint32_t count)
{
    uint32_t block = UINT32_MAX;

    for (uint32_t i = 0; i < count; i++) {
        if (made->task[first + i].streamed)
            return;
        block = (uint32_t)min(block, made->task[first + i].block);
    }
    for (uint32_t i = 0; i < count; i++) {
        made->task[first + i].block = block;
        made->task[first + i].group = i == 0 ? count : 0;
    }
}

/* Returns how many rows were taken. */
size_t linear_tasks_add(struct building *building, size_t number)
{
    const struct task_layout *taken[OPERATOR_MAX_ROWS];
    size_t rows = 1, first = building->made->segment.tasks;

    if (building->row[number]->count[0] != DIM_END) {
        add_experts(building, number);
        return 1;
    }
    while (number + rows < building->rows &&
           building_is_group(building, number, number + rows))
        rows++;
    for (size_t i = 0; i < rows; i++) {
        const struct operator_row *row = building->row[number + i];
        struct task_layouts *layouts = layer_of_row(building, row, 0);

        if (!layouts)
            return rows;
        taken[i] = finish_linear(
            building, building_add_task(building, number + i, UNIT_ARRAY),
            number + i, layouts, building_product(building, row->rows));
    }
    if (building->inference->machine.overlap != OVERLAP_NONE)
        join_group(building->made, first, (uint32_t)rows);
    for (size_t i = 0; i < rows && building->inference->status == 0; i++)
        count_linear(building, number + i, &building->made->task[first + i],
                     taken[i]);
    return rows;
}
