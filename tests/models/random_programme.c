/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/models/random_programme.h"

#include <string.h>

#include "base/random.h"

uint64_t draw(uint64_t *seed, uint64_t from, uint64_t to)
{
    return from + random_below(seed, to - from + 1);
}

static void draw_waves(struct random_programme *programme, size_t s, size_t t,
                       uint64_t *seed)
{
    struct task *task = &programme->task[s][t];
    bool begins = true;

    task->waves = (uint32_t)draw(seed, 1, DRAWN_WAVES);
    task->wave = programme->wave[s][t];
    for (uint32_t w = 0; w < task->waves; w++) {
        struct task_wave *wave = &programme->wave[s][t][w];
        bool ends = w + 1 == task->waves || draw(seed, 0, 1);

        *wave = (struct task_wave){
            .image = draw(seed, 0, 3) ? draw(seed, 1, 90) : 0,
            .load = draw(seed, 1, 20),
            .decode = draw(seed, 0, 1) * 4,
            .passes = (uint32_t)draw(seed, 1, DRAWN_PASSES),
            .entry = (uint32_t)draw(seed, 1, 3),
            .read = (uint32_t)draw(seed, 1, 5),
            .output = programme->output[s][t][w],
            .skipped = task->block == task->tokens && draw(seed, 0, 2) == 0
                           ? (uint32_t)draw(seed, 0, task->tokens - 1)
                           : 0,
            .slice = (uint32_t)draw(seed, 1, 20),
            .columns = ends ? (uint32_t)draw(seed, 1, 9) : 0,
            .begins = begins,
            .made = task->image_back > 0 && draw(seed, 0, 1),
        };
        for (uint32_t p = 0; p < wave->passes; p++)
            programme->output[s][t][w][p] = (uint32_t)draw(seed, 1, 4);
        begins = ends;
    }
}

static void draw_inputs(struct task *task, size_t t, uint64_t *seed)
{
    task->inputs = (uint32_t)draw(seed, 1, 2);
    for (uint32_t i = 0; i < task->inputs; i++) {
        task->input[i].back = (uint32_t)draw(seed, 0, t);
        task->input[i].bytes =
            draw(seed, 0, 1) ? draw(seed, 1, 30) *
                                   (task->unit == UNIT_ARRAY ? task->tokens : 1)
                             : 0;
    }
}

/* Token by token: in lanes, now and then gone over twice or at a clock of its
 * own. */
static void draw_pace(struct task *task, uint64_t *seed)
{
    task->pace = (struct task_pace){ .first = draw(seed, 1, 40),
                                     .more = draw(seed, 0, 5),
                                     .lanes = draw(seed, 1, 9),
                                     .times = draw(seed, 0, 3) ? 1 : 2,
                                     .clock = 500,
                                     .own = draw(seed, 0, 3) ? 0 : 333 };
    task->clocks = task_pace_clocks(
        &task->pace, task_pace_elements(&task->pace, task->tokens));
}

static void draw_task(struct random_programme *programme, size_t s, size_t t,
                      uint64_t *seed)
{
    struct task *task = &programme->task[s][t];

    *task = (struct task){
        .name = (uint32_t)(s * DRAWN_TASKS + t),
        .unit = draw(seed, 0, 1)
                    ? UNIT_ARRAY
                    : (enum task_unit)draw(seed, UNIT_VECTOR, UNIT_ATTENTION),
        .image_traffic = TRAFFIC_WEIGHTS,
        .input_traffic = TRAFFIC_ACTIVATIONS,
        .output_traffic = TRAFFIC_KEYS,
        .tokens = draw(seed, 0, 2) ? 4 + 2 * (uint32_t)draw(seed, 0, 1)
                                   : (uint32_t)draw(seed, 1, 9)
    };
    draw_inputs(task, t, seed);
    if (task->unit != UNIT_ARRAY) {
        task->clocks = task->unit == UNIT_MEMORY ? 0 : draw(seed, 1, 60);
        if (task->unit != UNIT_MEMORY && draw(seed, 0, 3))
            draw_pace(task, seed);
        task->latency = task->clocks ? draw(seed, 0, 7) : 0;
        task->fetched = draw(seed, 0, 3) ? 0 : draw(seed, 1, 40);
        task->image_back = (uint32_t)draw(seed, 0, t);
        task->fetches_made = task->image_back > 0 && draw(seed, 0, 1);
        task->saved = draw(seed, 0, 3) ? 0 : draw(seed, 1, 40);
        task->stored = draw(seed, 0, 2) ? 0 : draw(seed, 1, 40);
        return;
    }
    task->block = (uint32_t)draw(seed, 1, task->tokens);
    task->group = 1;
    task->streamed = draw(seed, 0, 4) == 0;
    task->wait_sums = draw(seed, 0, 1);
    task->outputs_go = draw(seed, 0, 1);
    task->image_back = (uint32_t)draw(seed, 0, t);
    if (task->tokens % 2 == 0 && draw(seed, 0, 2) == 0) {
        task->per_token = 2;
        task->block += task->block % 2;
    }
    draw_waves(programme, s, t, seed);
}

/* Neighbours on the array become a group now and then. */
static void join_tasks(struct random_programme *programme, size_t s, size_t t,
                       uint64_t *seed)
{
    struct task *one = &programme->task[s][t - 1];
    struct task *two = &programme->task[s][t];

    if (one->unit != UNIT_ARRAY || two->unit != UNIT_ARRAY || one->group != 1 ||
        one->streamed || two->streamed || draw(seed, 0, 1))
        return;
    two->tokens = one->tokens;
    two->block = one->block;
    two->per_token = one->per_token;
    two->image_back = 0;
    two->inputs = one->inputs;
    for (uint32_t i = 0; i < one->inputs; i++) {
        two->input[i] = one->input[i];
        if (two->input[i].back > 0)
            two->input[i].back++;
    }
    one->group = 2;
    two->group = 0;
    draw_waves(programme, s, t, seed);
}

void draw_programme(struct random_programme *programme, uint64_t *seed)
{
    programme->segments = draw(seed, 1, DRAWN_SEGMENTS);
    for (size_t s = 0; s < programme->segments; s++) {
        size_t tasks = draw(seed, 1, DRAWN_TASKS);

        for (size_t t = 0; t < tasks; t++) {
            draw_task(programme, s, t, seed);
            if (t > 0)
                join_tasks(programme, s, t, seed);
        }
        programme->segment[s] = (struct segment){ programme->task[s], tasks };
    }
}

void draw_machine(struct programme_machine *machine, uint64_t *seed)
{
    *machine = (struct programme_machine){
        .overlap =
            (enum programme_overlap)draw(seed, OVERLAP_NONE, OVERLAP_PIPELINE),
        .latency = (uint32_t)draw(seed, 1, 12),
        .credits = (uint32_t)draw(seed, 1, 14),
        .banks = (uint32_t)draw(seed, 1, 3),
        .bank_wait = (uint32_t)draw(seed, 0, 3),
        .has_channel = true,
        .rate = { draw(seed, 1, 60), draw(seed, 1, 8) },
        .arrival = draw(seed, 0, 20),
        .staging = draw(seed, 1, 300),
        .capacity = draw(seed, 0, 3) ? draw(seed, 1, 200) : 0,
    };
}

const struct segment *drawn_segment(void *context, size_t number)
{
    return &((struct random_programme *)context)->segment[number];
}

uint64_t run_drawn(struct random_programme *drawn,
                   const struct programme_machine *machine,
                   struct task_sum sum[DRAWN_NAMES])
{
    struct programme programme = { .segments = drawn->segments,
                                   .segment = drawn_segment,
                                   .context = drawn };
    uint64_t end[DRAWN_SEGMENTS];

    memset(sum, 0, DRAWN_NAMES * sizeof *sum);
    programme_run(sum, end, &programme, machine);
    return end[drawn->segments - 1];
}
