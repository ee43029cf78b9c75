/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which merge mode a task takes, and how its tokens are cut into blocks.
 *
 * Neither can be told from sizes: a mode with more outputs apart has fewer
 * column waves and more of them to add up, blocks read weights again and
 * streams inputs.  So the layer is run alone in each way that the buffers
 * allow, on the same clockwork that runs the whole inference.  A model asks the
 * same question for every token that it makes, so answers are kept.
 */
#include "models/inference/task_choice.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "models/inference/programme_time.h"

/* One way to run a task. */
struct way {
    const struct task_layout *layout;
    uint32_t block;
    bool streamed;
};

struct task_taken {
    struct task_choice choice;
    struct way way;
};

/* Tokens of a block in that way; 0: a buffer does not hold one. */
static uint64_t block_tokens(const struct task_layout *layout,
                             const struct machine *machine,
                             const struct task_choice *choice, bool streamed)
{
    uint64_t tokens = choice->tokens, widest = 0;

    if (machine->outputs.capacity)
        tokens = min(tokens,
                     machine->outputs.capacity / (4 * (uint64_t)layout->live));
    if (!choice->inputs_come || !machine->activations.capacity)
        return tokens;
    if (!streamed)
        return min(tokens, machine->activations.capacity / layout->inputs);
    for (uint32_t w = 0; w < layout->waves; w++)
        widest = max(widest, layout->range[w]);
    return widest > machine->activations.capacity ? 0 : tokens;
}

static void take_way(struct task *task, const struct way *way,
                     const struct machine *machine,
                     const struct task_choice *choice)
{
    task->tokens = choice->tokens;
    task->block = way->block;
    task->streamed = way->streamed;
    task->outputs_go = choice->outputs_go;
    task->waves = way->layout->waves;
    task->wave = way->layout->wave;
    task->wait_sums = machine->outputs.capacity > 0 &&
                      8 * (uint64_t)task->block * way->layout->live >
                          machine->outputs.capacity;
}

struct alone {
    uint64_t clocks, bytes;
};

static const struct segment *only_segment(void *context, size_t number)
{
    (void)number;
    return context;
}

static struct task_wave *waves_on_chip(const struct task_layout *layout)
{
    struct task_wave *waves = memory_new(layout->waves, sizeof *waves);

    for (uint32_t w = 0; w < layout->waves; w++) {
        waves[w] = layout->wave[w];
        waves[w].image = 0;
    }
    return waves;
}

static struct alone run_alone(const struct way *way,
                              const struct machine *machine,
                              const struct task_choice *choice)
{
    struct task task = { .unit = UNIT_ARRAY,
                         .image_traffic = TRAFFIC_WEIGHTS,
                         .input_traffic = TRAFFIC_ACTIVATIONS,
                         .output_traffic = TRAFFIC_ACTIVATIONS,
                         .inputs = 1,
                         .group = 1 };
    struct segment segment = { &task, 1 };
    struct programme programme = { .segments = 1,
                                   .segment = only_segment,
                                   .context = &segment };
    struct programme_machine of;
    struct task_sum sum = { 0 };
    struct task_wave *here = NULL;
    struct alone alone = { 0 };

    programme_machine_of(&of, machine);
    take_way(&task, way, machine, choice);
    if (choice->inputs_come)
        task.input[0].bytes = (uint64_t)way->layout->inputs * choice->tokens;
    if (choice->images_are_here)
        task.wave = here = waves_on_chip(way->layout);
    programme_run(&sum, &alone.clocks, &programme, &of);
    for (int i = 0; i < TRAFFICS; i++)
        alone.bytes += sum.bytes[i];
    free(here);
    return alone;
}

/* The ways of one mode; returns how many. */
static uint32_t ways_of_mode(struct way ways[2],
                             const struct task_layout *layout,
                             const struct machine *machine,
                             const struct task_choice *choice)
{
    uint64_t blocked = block_tokens(layout, machine, choice, false);
    uint64_t streamed = block_tokens(layout, machine, choice, true);
    uint32_t count = 0;

    /* Inputs that are on chip cannot be streamed. */
    if (blocked > 0 &&
        (machine->blocking != BLOCKING_STREAM || !choice->inputs_come))
        ways[count++] = (struct way){ layout, (uint32_t)blocked, false };
    if (streamed > 0 && machine->blocking != BLOCKING_TOKENS &&
        choice->inputs_come)
        ways[count++] = (struct way){ layout, (uint32_t)streamed, true };
    return count;
}

static struct way best_way(const struct way *ways, uint32_t count,
                           const struct machine *machine,
                           const struct task_choice *choice)
{
    struct alone least = { 0 };
    uint32_t best = 0;

    for (uint32_t i = 0; i < count && count > 1; i++) {
        struct alone alone = run_alone(&ways[i], machine, choice);
        bool same_mode = ways[i].layout == ways[best].layout;

        if (i > 0 && (alone.clocks > least.clocks ||
                      (alone.clocks == least.clocks &&
                       (!same_mode || alone.bytes >= least.bytes))))
            continue;
        best = i;
        least = alone;
    }
    return ways[best];
}

static int refuse_blocks(const struct machine *machine,
                         const struct task_layouts *layouts, struct error *err)
{
    return error_set(err, ERROR_DATA,
                     "a layer of %u inputs and %u outputs: one token does not "
                     "fit activations.capacity = %" PRIu64
                     " bytes or its sums outputs.capacity = %" PRIu64,
                     layouts->layout->inputs, layouts->layout->outputs,
                     machine->activations.capacity, machine->outputs.capacity);
}

static bool same_choice(const struct task_choice *a,
                        const struct task_choice *b)
{
    return a->tokens == b->tokens && a->inputs_come == b->inputs_come &&
           a->outputs_go == b->outputs_go &&
           a->images_are_here == b->images_are_here;
}

static const struct way *find_taken(const struct task_layouts *layouts,
                                    const struct task_choice *choice)
{
    for (size_t i = layouts->takens; i-- > 0;)
        if (same_choice(&layouts->taken[i].choice, choice))
            return &layouts->taken[i].way;
    return NULL;
}

static const struct way *choose(struct task_layouts *layouts,
                                const struct machine *machine,
                                const struct task_choice *choice)
{
    struct way *ways = memory_new(2 * (size_t)layouts->count, sizeof *ways);
    struct task_taken *taken;
    uint32_t count = 0;

    for (uint32_t i = 0; i < layouts->count; i++)
        count +=
            ways_of_mode(&ways[count], &layouts->layout[i], machine, choice);
    if (count == 0) {
        free(ways);
        return NULL;
    }
    layouts->taken = memory_grow(layouts->taken, &layouts->taken_capacity,
                                 layouts->takens + 1, sizeof *layouts->taken);
    taken = &layouts->taken[layouts->takens++];
    *taken =
        (struct task_taken){ *choice, best_way(ways, count, machine, choice) };
    free(ways);
    return &taken->way;
}

const struct task_layout *task_choose(struct task *task,
                                      struct task_layouts *layouts,
                                      const struct machine *machine,
                                      const struct task_choice *choice,
                                      struct error *err)
{
    const struct way *way = find_taken(layouts, choice);

    if (!way)
        way = choose(layouts, machine, choice);
    if (!way) {
        refuse_blocks(machine, layouts, err);
        return NULL;
    }
    take_way(task, way, machine, choice);
    return way->layout;
}
