/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From operators to tasks.  A segment is the model's start, one of its blocks,
 * or its end, in one step; blocks whose layers are laid out alike, and which
 * keep the same things on chip, are one segment.  Segments are made when the
 * clockwork asks for them and thrown away a few steps later, so that memory
 * does not grow with the tokens that are generated.
 *
 * Most of the work is bookkeeping of results: which operator makes what, where
 * it is kept, and how many bytes each reader takes of it.
 */
#include "models/inference/inference.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/stop.h"
#include "models/inference/memory.h"
#include "models/inference/task_layout.h"
#include "models/inference/units.h"

enum { RESIDUAL_BYTES = 2, STATE_BYTES = OPERATOR_STATE_BITS / 8 };

/* A layer that was laid out; equal ones are laid out once. */
struct laid {
    struct layer layer;
    struct task_layout layout;
};

/* What is made for one segment and goes with it. */
struct made_segment {
    struct segment segment;
    struct task *task; /* [segment.tasks] */
    size_t capacity;
    void **waves; /* copies of waves, owned */
    size_t wave_lists, wave_capacity;
    uint64_t (*work)[ALL_COUNTERS]; /* [lines of the result] */
    uint32_t step;
    uint32_t like; /* block whose layers it has */
    enum operator_place place;
    bool input_on_chip, state_on_chip; /* what its block begins with */
    bool output_on_chip;
};

struct inference {
    const struct inference_asked *asked;
    struct programme_machine machine;
    bool has_channel;
    uint64_t capacity; /* bytes of results on chip; UINT64_MAX: any */
    struct laid **laid;
    size_t laids, laid_capacity;
    const struct task_layout **layer; /* [layers] */
    size_t *first_layer;              /* [blocks + 1] */
    uint32_t *like;                   /* [blocks] the first block like it */
    uint32_t blocks_with_state;       /* that keep theirs on chip */
    struct made_segment **made;
    size_t mades, made_capacity;
    size_t counted; /* segments whose work is in the result */
    struct asked_segment {
        size_t number;
        struct made_segment *made; /* NULL: not asked for yet */
    } * asked_for;                 /* [window], by number % window */
    size_t window;
    struct inference_result *result;
    struct error *err;
    int status;
};

/* A block's operators while its segment is made. */
struct building {
    struct inference *inference;
    struct made_segment *made;
    struct operator_step step;
    const struct operator_row *row[OPERATOR_MAX_ROWS];
    size_t rows;
    int maker[OPERATOR_MAX_ROWS][OPERATOR_MAX_MAKERS];
    size_t makers[OPERATOR_MAX_ROWS];
    size_t last_reader[OPERATOR_MAX_ROWS];
    uint64_t bytes[OPERATOR_MAX_ROWS]; /* of the result */
    uint64_t element[OPERATOR_MAX_ROWS];
    bool on_chip[OPERATOR_MAX_ROWS];
    size_t last_task[OPERATOR_MAX_ROWS];
    uint64_t input_bytes; /* of the segment's input */
    size_t input_reader;
    uint32_t block;
};

static bool same_layout(const struct layer *a, const struct layer *b)
{
    return a->shape.inputs == b->shape.inputs &&
           a->shape.outputs == b->shape.outputs &&
           pattern_equal(a->pattern, b->pattern) &&
           a->agreement == b->agreement && a->values == b->values &&
           a->seed == b->seed;
}

static const struct task_layout *lay_out(struct inference *inference,
                                         const struct layer *layer)
{
    struct laid *laid;

    for (size_t i = inference->laids; i-- > 0;)
        if (same_layout(&inference->laid[i]->layer, layer))
            return &inference->laid[i]->layout;
    laid = memory_new(1, sizeof *laid);
    laid->layer = *layer;
    if (task_layout_init(&laid->layout, inference->asked->machine, layer,
                         inference->err) < 0) {
        free(laid);
        inference->status = -1;
        return NULL;
    }
    inference->laid =
        memory_grow(inference->laid, &inference->laid_capacity,
                    inference->laids + 1, sizeof *inference->laid);
    inference->laid[inference->laids++] = laid;
    return &laid->layout;
}

static const struct task_layout *
lay_out_dense(struct inference *inference, uint64_t inputs, uint64_t outputs)
{
    struct layer layer = { .shape.name = (char *)(uintptr_t) "product",
                           .tokens = 1,
                           .shape.inputs = (uint32_t)inputs,
                           .shape.outputs = (uint32_t)outputs,
                           .pattern = pattern_dense,
                           .agreement = 1 };

    if (inputs >= LAYER_MAX_INPUTS) {
        inference->status =
            error_set(inference->err, ERROR_DATA,
                      "a product of %llu inputs; fewer than %d were expected",
                      (unsigned long long)inputs, LAYER_MAX_INPUTS);
        return NULL;
    }
    return lay_out(inference, &layer);
}

static uint64_t dim_of(const struct building *building, enum dim dim)
{
    return operator_dim(building->inference->asked->sizes, &building->step,
                        dim);
}

static uint64_t product_of(const struct building *building,
                           const enum dim *product)
{
    uint64_t value = 1;

    for (; *product != DIM_END; product++)
        value *= dim_of(building, *product);
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

static struct task *add_task(struct building *building, size_t number,
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

/* What a task waits for of maker `maker` (-1: the segment's input), and how
 * many bytes of it come over the channel if it is not on chip. */
static void add_input(struct building *building, struct task *task, int maker,
                      uint64_t elements)
{
    size_t at = (size_t)(task - building->made->task);
    struct task_input *input;
    bool on_chip =
        maker < 0 ? building->made->input_on_chip : building->on_chip[maker];
    uint64_t bytes = maker < 0 ? elements * RESIDUAL_BYTES
                               : min(building->bytes[maker],
                                     elements * building->element[maker]);

    if (task->inputs == TASK_INPUTS)
        return;
    input = &task->input[task->inputs++];
    input->back = maker < 0 ? 0 : (uint32_t)(at - building->last_task[maker]);
    input->bytes = on_chip ? 0 : bytes;
}

static void add_inputs(struct building *building, struct task *task,
                       size_t number, uint64_t elements)
{
    for (size_t i = 0; i < building->makers[number]; i++)
        add_input(building, task, building->maker[number][i], elements);
}

/* ------------------------------------------------ where results are kept */

static uint64_t result_bytes(struct building *building, size_t number)
{
    const struct operator_row *row = building->row[number];
    bool is_residual = number + 1 == building->rows ||
                       strcmp(row->name, "add") == 0 ||
                       strcmp(row->name, "embedding") == 0;

    building->element[number] = is_residual ? RESIDUAL_BYTES : 1;
    switch (row->kind) {
    case OPERATOR_LINEAR:
        return product_of(building, row->rows) *
               product_of(building, row->outputs) * building->element[number];
    case OPERATOR_PRODUCT:
        return product_of(building, row->elements);
    case OPERATOR_SCAN:
        return dim_of(building, DIM_TOKENS) * dim_of(building, DIM_INNER);
    case OPERATOR_MOVE:
        return row->written[0] != DIM_END ? 0
                                          : product_of(building, row->work) *
                                                building->element[number];
    default:
        return product_of(building, row->work) * building->element[number];
    }
}

/* Scores, softmax and their like never leave the chip: the block of queries is
 * chosen so. */
static bool is_inside_attention(const struct operator_row *row)
{
    return row->work[0] == DIM_PAIRS && strcmp(row->name, "values") != 0;
}

/* Members of a group read until the last of them ends. */
static bool same_group(const struct building *building, size_t a, size_t b)
{
    return building->row[a]->kind == OPERATOR_LINEAR &&
           building->row[b]->kind == OPERATOR_LINEAR &&
           building->row[a]->count[0] == DIM_END &&
           strcmp(building->row[a]->from, building->row[b]->from) == 0;
}

static void find_readers(struct building *building)
{
    building->input_reader = 0;
    for (size_t i = 0; i < building->rows; i++)
        building->last_reader[i] = i;
    for (size_t i = 0; i < building->rows; i++) {
        size_t until = i;

        while (until + 1 < building->rows && same_group(building, i, until + 1))
            until++;
        building->makers[i] = operator_makers(building->maker[i], building->row,
                                              building->rows, i);
        for (size_t m = 0; m < building->makers[i]; m++) {
            int maker = building->maker[i][m];

            if (maker < 0)
                building->input_reader = until;
            else
                building->last_reader[maker] =
                    max(building->last_reader[maker], until);
        }
    }
    /* A block's result is read by the next; logits are read by nobody. */
    if (building->made->place != PLACE_FINISH)
        building->last_reader[building->rows - 1] = building->rows;
}

static void place_results(struct building *building)
{
    uint64_t capacity = building->inference->capacity;

    for (size_t i = 0; i < building->rows; i++) {
        uint64_t kept = 0;

        building->bytes[i] = result_bytes(building, i);
        if (building->made->input_on_chip && building->input_reader >= i)
            kept += building->input_bytes;
        for (size_t j = 0; j < i; j++)
            if (building->on_chip[j] && building->last_reader[j] >= i &&
                !is_inside_attention(building->row[j]))
                kept += building->bytes[j];
        building->on_chip[i] =
            is_inside_attention(building->row[i]) ||
            building->last_reader[i] == i ||
            !building->inference->has_channel ||
            (kept <= capacity && building->bytes[i] <= capacity - kept);
    }
}

static bool goes_out(const struct building *building, size_t number)
{
    return !building->on_chip[number] &&
           building->last_reader[number] != number;
}

/* ---------------------------------------------------------- linear maps */

static void finish_linear(struct building *building, struct task *task,
                          size_t number, const struct task_layout *layout,
                          uint64_t tokens)
{
    struct inference *inference = building->inference;
    struct task_choice choice = { (uint32_t)tokens, false,
                                  goes_out(building, number) };
    int maker = building->makers[number] ? building->maker[number][0] : -1;

    if (maker >= 0)
        choice.inputs_come = !building->on_chip[maker];
    else
        choice.inputs_come = !building->made->input_on_chip;
    add_inputs(building, task, number, tokens * layout->inputs);
    for (uint32_t i = 1; i < task->inputs; i++)
        task->input[i].bytes = 0;
    if (task_choose(task, layout, inference->asked->machine, &choice,
                    inference->err) < 0)
        inference->status = -1;
    task->group = 1;
    if (building->row[number]->class == CLASS_HEAD)
        task->image_traffic = TRAFFIC_HEAD;
}

static uint64_t *work_of_row(struct building *building, size_t number)
{
    return building->made->work[line_of_row(building, number)];
}

/* What comes over the channel as images is staged, and decoded if it is coded;
 * the rest is made on chip. */
static void count_images(const struct building *building, uint64_t *work,
                         const struct task *task, uint64_t loads,
                         uint64_t decoded)
{
    uint64_t bytes = 0;

    for (uint32_t w = 0; w < task->waves; w++)
        bytes += task->wave[w].image;
    work[COUNTER_STAGED_BYTES] += loads * bytes;
    if (bytes > 0 && building->inference->asked->machine->dram.code)
        work[COUNTER_DECODED_BYTES] += loads * decoded;
}

static void count_outputs(const struct building *building, uint64_t *work,
                          size_t number, uint64_t outputs)
{
    work[COUNTER_REQUANTISED] += outputs;
    work[COUNTER_RESULT_BYTES] += outputs * building->element[number];
}

static void count_linear(struct building *building, size_t number,
                         const struct task *task,
                         const struct task_layout *layout)
{
    uint64_t *work = work_of_row(building, number);
    uint64_t loads = divide_up(task->tokens, task->block);

    work_add(work, &layout->work.all, loads, task->tokens);
    count_images(building, work, task, loads, layout->work.images);
    count_outputs(building, work, number,
                  (uint64_t)task->tokens * layout->outputs);
}

/* Layers of a block that are the row's, in order: an expert's is its copy. */
static const struct task_layout *layer_of_row(struct building *building,
                                              const struct operator_row *row,
                                              uint32_t copy)
{
    struct inference *inference = building->inference;
    const struct inference_asked *asked = inference->asked;
    size_t first = inference->first_layer[building->block];
    size_t end = inference->first_layer[building->block + 1];

    if (!row->layers)
        return lay_out_dense(inference, product_of(building, row->inputs),
                             product_of(building, row->outputs));
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

static void add_experts(struct building *building, size_t number)
{
    const struct operator_row *row = building->row[number];
    uint64_t hit = dim_of(building, DIM_EXPERTS_HIT);
    uint64_t routed = dim_of(building, DIM_ROUTED);

    for (uint64_t e = 0; e < hit; e++) {
        const struct task_layout *layout =
            layer_of_row(building, row, (uint32_t)e);

        struct task *task;

        if (!layout)
            return;
        task = add_task(building, number, UNIT_ARRAY);
        finish_linear(building, task, number, layout,
                      routed / hit + (e < routed % hit));
        if (building->inference->status == 0)
            count_linear(building, number, task, layout);
    }
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
static size_t add_linear(struct building *building, size_t number)
{
    size_t rows = 1, first = building->made->segment.tasks;

    if (building->row[number]->count[0] != DIM_END) {
        add_experts(building, number);
        return 1;
    }
    while (number + rows < building->rows &&
           same_group(building, number, number + rows))
        rows++;
    for (size_t i = 0; i < rows; i++) {
        const struct operator_row *row = building->row[number + i];
        const struct task_layout *layout = layer_of_row(building, row, 0);

        if (!layout)
            return rows;
        finish_linear(building, add_task(building, number + i, UNIT_ARRAY),
                      number + i, layout, product_of(building, row->rows));
    }
    if (building->inference->machine.overlap != OVERLAP_NONE)
        join_group(building->made, first, (uint32_t)rows);
    for (size_t i = 0; i < rows && building->inference->status == 0; i++)
        count_linear(building, number + i, &building->made->task[first + i],
                     layer_of_row(building, building->row[number + i], 0));
    return rows;
}

/* ------------------------------------------------------------ attention */

/* A block of queries: tokens first .. first + tokens - 1 of the step. */
struct queries {
    uint32_t first, tokens;
    const struct task_wave *scores, *values;
    uint32_t score_waves, value_waves;
    uint64_t elements; /* pairs of one head of keys */
    uint64_t score_work[ALL_COUNTERS], value_work[ALL_COUNTERS];
};

static uint32_t queries_of_block(const struct building *building)
{
    const struct machine *machine = building->inference->asked->machine;
    uint64_t sharers = dim_of(building, DIM_SHARERS);
    uint64_t context = dim_of(building, DIM_CONTEXT);
    uint64_t live = min(max(context, dim_of(building, DIM_HEAD)),
                        machine->macros * machine->macro.columns);
    uint64_t tokens = building->step.tokens;

    if (machine->activations.capacity)
        tokens = min(tokens,
                     machine->activations.capacity / 2 / (sharers * context));
    if (machine->outputs.capacity)
        tokens = min(tokens, machine->outputs.capacity / (4 * sharers * live));
    return (uint32_t)max(tokens, 1);
}

/* The waves that vectors of the block enter, with what the mask leaves out and
 * the bytes of keys that come over the channel.  In scores keys are columns, in
 * values they are inputs. */
static const struct task_wave *
causal_waves(struct building *building, const struct task_layout *layout,
             struct queries *queries, bool keys_are_columns, uint32_t *count)
{
    uint64_t *work =
        keys_are_columns ? queries->score_work : queries->value_work;
    struct task_wave *waves = memory_new(layout->waves, sizeof *waves);
    struct made_segment *made = building->made;
    uint64_t sharers = dim_of(building, DIM_SHARERS);
    uint64_t cached = building->step.cached;
    bool come = building->inference->has_channel && !made->state_on_chip;

    *count = 0;
    for (uint32_t w = 0; w < layout->waves; w++) {
        const uint32_t *from =
            keys_are_columns ? layout->column : layout->first;
        const uint32_t *many =
            keys_are_columns ? layout->columns : layout->range;
        uint64_t first = from[w], end = first + many[w];
        uint64_t other =
            keys_are_columns ? layout->range[w] : layout->columns[w];
        uint64_t before = cached + queries->first;
        struct task_wave *wave = &waves[*count];

        *wave = layout->wave[w];
        if (first > before)
            wave->skipped = (uint32_t)((first - before) * sharers);
        if (first > before && first - before >= queries->tokens)
            continue;
        wave->made = end > cached;
        if (building->step.tokens > 1)
            wave->image = come ? (end - first) * other : 0;
        else
            wave->image =
                come && cached > first ? (min(end, cached) - first) * other : 0;
        work_add(work, &layout->work.kind[layout->work.of[w]], 1,
                 queries->tokens * sharers - wave->skipped);
        work[COUNTER_STAGED_BYTES] += wave->image;
        if (!come)
            work[COUNTER_STATE_READ] += (end - first) * other;
        (*count)++;
    }
    /* A column wave ends with the last wave that is left of it. */
    for (uint32_t w = 0; w < *count; w++)
        if (w + 1 == *count || waves[w + 1].begins)
            waves[w].columns =
                (uint32_t)(keys_are_columns ? waves[w].columns
                           : layout->wave[layout->waves - 1].columns
                               ? waves[w].columns
                               : 0);
    task_waves_compare(waves, *count);
    made->waves = memory_grow(made->waves, &made->wave_capacity,
                              made->wave_lists + 1, sizeof *made->waves);
    made->waves[made->wave_lists++] = waves;
    return waves;
}

static uint64_t pairs_of_block(const struct building *building,
                               const struct queries *queries)
{
    uint64_t pairs = 0;

    for (uint32_t t = 0; t < queries->tokens; t++)
        pairs += building->step.cached + queries->first + t + 1;
    return pairs * dim_of(building, DIM_SHARERS);
}

static void add_product_task(struct building *building, size_t number,
                             const struct queries *queries, int append)
{
    const struct operator_row *row = building->row[number];
    bool scores = row->inputs[0] == DIM_HEAD;
    struct task *task = add_task(building, number, UNIT_ARRAY);
    size_t at = building->last_task[number];
    uint64_t vectors = queries->tokens * dim_of(building, DIM_SHARERS);

    for (size_t i = 0; i < building->makers[number]; i++) {
        int maker = building->maker[number][i];

        if (maker != append)
            add_input(building, task, maker,
                      vectors * dim_of(building, DIM_HEAD));
    }
    task->image_traffic =
        building->step.tokens > 1 ? TRAFFIC_REREAD : TRAFFIC_KEYS;
    task->image_back = (uint32_t)(at - building->last_task[append]);
    task->tokens = task->block = (uint32_t)vectors;
    task->group = 1;
    task->waves = scores ? queries->score_waves : queries->value_waves;
    task->wave = scores ? queries->scores : queries->values;
    task->outputs_go = goes_out(building, number) && !scores;
}

static void add_head(struct building *building, size_t first, size_t end,
                     const struct queries *queries, int append)
{
    const struct machine *machine = building->inference->asked->machine;

    for (size_t i = first; i < end; i++) {
        struct task *task;

        if (building->row[i]->kind == OPERATOR_PRODUCT) {
            add_product_task(building, i, queries, append);
            continue;
        }
        task = add_task(building, i, UNIT_VECTOR);
        add_inputs(building, task, i, 0);
        task->clocks = vector_clocks(machine, building->row[i]->function,
                                     queries->elements);
        task->latency = vector_latency(machine);
        if (task->clocks == 0)
            task->latency = 0;
    }
}

/* The work of `times` heads of keys, as add_head() lays them. */
static void count_head(struct building *building, size_t number,
                       const struct queries *queries, uint64_t times)
{
    const struct operator_row *row = building->row[number];
    const struct machine *machine = building->inference->asked->machine;
    uint64_t *work = work_of_row(building, number);
    uint64_t head = dim_of(building, DIM_HEAD), outputs = queries->elements;
    bool scores = row->inputs[0] == DIM_HEAD;
    const uint64_t *one = scores ? queries->score_work : queries->value_work;

    if (row->kind == OPERATOR_PRODUCT) {
        for (int i = 0; i < ALL_COUNTERS; i++)
            work[i] += times * one[i];
        if (!scores)
            outputs = queries->tokens * dim_of(building, DIM_SHARERS) * head;
        count_outputs(building, work, number, times * outputs);
        return;
    }
    work[work_of_function(row->function)] += times * queries->elements;
    work[COUNTER_OPERAND_BYTES] += times * queries->elements;
    work[COUNTER_RESULT_BYTES] += times * queries->elements;
    work[COUNTER_VECTOR_CLOCKS] +=
        times * vector_clocks(machine, row->function, queries->elements);
}

static int row_called(const struct building *building, const char *name)
{
    for (size_t i = 0; i < building->rows; i++)
        if (strcmp(building->row[i]->name, name) == 0)
            return (int)i;
    return -1;
}

/* The tasks from `first` on are so many rows of like ones. */
static void mark_like(struct building *building, size_t first, uint64_t times)
{
    struct made_segment *made = building->made;

    made->task[first].like_tasks =
        (uint32_t)((made->segment.tasks - first) / times);
    made->task[first].like_times = (uint32_t)times;
}

/* Rows first .. end - 1, scores to values, for every sequence, head of keys and
 * block of queries. */
static void add_attention(struct building *building, size_t first, size_t end)
{
    uint32_t block = queries_of_block(building), tokens = building->step.tokens;
    uint32_t blocks = (uint32_t)divide_up(tokens, block);
    struct queries *queries = memory_new(blocks, sizeof *queries);
    uint64_t context = dim_of(building, DIM_CONTEXT);
    uint64_t head = dim_of(building, DIM_HEAD);
    const struct task_layout *scores =
        lay_out_dense(building->inference, head, context);
    const struct task_layout *values =
        lay_out_dense(building->inference, context, head);
    int append = row_called(building, "append");
    uint64_t times =
        (uint64_t)building->step.batch * dim_of(building, DIM_KEY_HEADS);
    size_t begin = building->made->segment.tasks;

    for (uint32_t b = 0; scores && values && b < blocks; b++) {
        struct queries *one = &queries[b];

        one->first = b * block;
        one->tokens = (uint32_t)min(block, tokens - one->first);
        one->scores =
            causal_waves(building, scores, one, true, &one->score_waves);
        one->values =
            causal_waves(building, values, one, false, &one->value_waves);
        one->elements = pairs_of_block(building, one);
    }
    for (uint64_t i = 0; scores && values && i < times; i++)
        for (uint32_t b = 0; b < blocks; b++)
            add_head(building, first, end, &queries[b], append);
    if (scores && values)
        mark_like(building, begin, times);
    for (uint32_t b = 0; scores && values && b < blocks; b++)
        for (size_t i = first; i < end; i++)
            count_head(building, i, &queries[b], times);
    free(queries);
}

/* ------------------------------------------- chunks, vectors, scans, moves */

/* Products of a chunk, each of q tokens; the last chunk is shorter. */
static void add_chunks(struct building *building, size_t number)
{
    const struct operator_row *row = building->row[number];
    struct inference *inference = building->inference;
    uint64_t chunk = dim_of(building, DIM_CHUNK);
    uint64_t heads = dim_of(building, row->count[1]);
    int image = building->maker[number][building->makers[number] - 1];
    uint32_t tokens = building->step.tokens;
    uint64_t *work = work_of_row(building, number);

    if (building->makers[number] == 1 || strcmp(row->name, "states") == 0)
        image = building->maker[number][0];
    for (uint64_t s = 0; s < building->step.batch; s++)
        for (uint32_t at = 0; at < tokens; at += (uint32_t)chunk) {
            struct building short_one = *building;
            const struct task_layout *layout;

            size_t first = building->made->segment.tasks;

            short_one.step.tokens = (uint32_t)min(chunk, tokens - at);
            layout =
                lay_out_dense(inference, product_of(&short_one, row->inputs),
                              product_of(&short_one, row->outputs));
            for (uint64_t h = 0; layout && h < heads; h++) {
                struct task *task = add_task(building, number, UNIT_ARRAY);

                task->tokens = task->block =
                    (uint32_t)product_of(&short_one, row->rows);
                task->group = 1;
                task->waves = layout->waves;
                task->wave = layout->wave;
                task->image_traffic = TRAFFIC_ACTIVATIONS;
                task->image_back = (uint32_t)(building->last_task[number] -
                                              building->last_task[image]);
                add_inputs(building, task, number,
                           (uint64_t)task->tokens * layout->inputs);
                task->outputs_go = goes_out(building, number);
                work_add(work, &layout->work.all, 1, task->tokens);
                work[COUNTER_OPERAND_BYTES] += layout->work.images;
                count_outputs(building, work, number,
                              (uint64_t)task->tokens * layout->outputs);
            }
            if (layout)
                mark_like(building, first, heads);
        }
}

/* Copies of a chunk's waves whose images are made in this step. */
static void mark_made(struct building *building, size_t first, bool come)
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
            if (!come)
                waves[w].image = 0;
        }
        task->wave = waves;
        made->waves = memory_grow(made->waves, &made->wave_capacity,
                                  made->wave_lists + 1, sizeof *made->waves);
        made->waves[made->wave_lists++] = waves;
    }
}

/* A state that is at work is read and written once a token. */
static void count_unit(struct building *building, size_t number,
                       const struct task *task)
{
    const struct operator_row *row = building->row[number];
    uint64_t *work = work_of_row(building, number);
    uint64_t elements = product_of(building, row->work);
    uint64_t bytes = row->class == CLASS_STATE ? STATE_BYTES : 1;
    bool on_chip = building->made->state_on_chip;

    work[COUNTER_STAGED_BYTES] += task->fetched + task->saved;
    work[COUNTER_RESULT_BYTES] += building->bytes[number];
    if (row->kind == OPERATOR_VECTOR) {
        work[work_of_function(row->function)] += elements;
        work[COUNTER_VECTOR_CLOCKS] += task->clocks;
        for (size_t i = 0; i < building->makers[number]; i++) {
            int maker = building->maker[number][i];

            work[COUNTER_OPERAND_BYTES] +=
                elements *
                (maker < 0 ? RESIDUAL_BYTES : building->element[maker]);
        }
    } else if (row->kind == OPERATOR_SCAN) {
        work[COUNTER_SCAN_ELEMENTS] += elements;
        work[COUNTER_SCAN_CLOCKS] += task->clocks;
        work[COUNTER_STATE_READ] += elements * STATE_BYTES;
        work[COUNTER_STATE_WRITTEN] += elements * STATE_BYTES;
    } else if (on_chip && row->written[0] != DIM_END) {
        work[COUNTER_STATE_WRITTEN] +=
            product_of(building, row->written) * bytes;
    }
}

static void add_unit(struct building *building, size_t number)
{
    const struct operator_row *row = building->row[number];
    struct inference *inference = building->inference;
    const struct machine *machine = inference->asked->machine;
    bool scans = row->kind == OPERATOR_SCAN;
    bool moves = row->kind == OPERATOR_MOVE;
    uint64_t elements = product_of(building, row->work);
    uint64_t bytes = row->class == CLASS_STATE ? STATE_BYTES : 1;
    bool inside = building->made->state_on_chip || !inference->has_channel;
    struct task *task = add_task(building, number,
                                 scans   ? UNIT_SCAN
                                 : moves ? UNIT_MEMORY
                                         : UNIT_VECTOR);

    add_inputs(building, task, number,
               scans
                   ? dim_of(building, DIM_TOKENS) * dim_of(building, DIM_INNER)
                   : elements);
    task->image_traffic = row->class == CLASS_STATE       ? TRAFFIC_STATE
                          : row->class == CLASS_EMBEDDING ? TRAFFIC_EMBEDDING
                                                          : TRAFFIC_KEYS;
    if (row->read[0] != DIM_END &&
        (row->class == CLASS_EMBEDDING ? inference->has_channel : !inside))
        task->fetched = product_of(building, row->read) * bytes;
    if (row->written[0] != DIM_END && !inside) {
        if (row->class == CLASS_KEYS) {
            task->stored = product_of(building, row->written);
            task->output_traffic = TRAFFIC_KEYS;
        } else {
            task->saved = product_of(building, row->written) * bytes;
        }
    }
    if (goes_out(building, number))
        task->stored = building->bytes[number];
    if (scans) {
        task->clocks = scan_clocks(machine, elements);
    } else if (!moves) {
        task->clocks = vector_clocks(machine, row->function, elements);
        task->latency = task->clocks ? vector_latency(machine) : 0;
    }
    count_unit(building, number, task);
    /* A segment's first task waits for the one before it, also if it takes
     * nothing of it. */
    if (task->inputs == 0)
        task->inputs = 1;
}

static void build_rows(struct building *building)
{
    for (size_t i = 0;
         i < building->rows && building->inference->status == 0;) {
        const struct operator_row *row = building->row[i];
        size_t first = building->made->segment.tasks, end = i + 1;

        if (row->kind == OPERATOR_LINEAR) {
            i += add_linear(building, i);
            continue;
        }
        if (row->kind != OPERATOR_PRODUCT) {
            add_unit(building, i++);
            continue;
        }
        if (row->count[0] == DIM_BATCH) {
            while (end < building->rows &&
                   building->row[end]->work[0] == DIM_PAIRS)
                end++;
            add_attention(building, i, end);
        } else {
            int image = building->maker[i][building->makers[i] - 1];

            add_chunks(building, i);
            mark_made(building, first,
                      building->inference->has_channel && image >= 0 &&
                          !building->on_chip[image]);
        }
        i = end;
    }
}

static void build_segment(struct inference *inference,
                          struct made_segment *made, uint32_t block,
                          const struct operator_step *step)
{
    struct building building = {
        .inference = inference, .made = made, .step = *step, .block = block
    };

    building.rows = operator_rows(building.row, inference->asked->sizes,
                                  made->place, block, step);
    building.input_bytes = dim_of(&building, DIM_TOKENS) *
                           dim_of(&building, DIM_WIDTH) * RESIDUAL_BYTES;
    if (made->place == PLACE_START)
        building.input_bytes = 0;
    made->work = memory_new(inference->result->lines, sizeof *made->work);
    find_readers(&building);
    place_results(&building);
    build_rows(&building);
    made->output_on_chip = building.on_chip[building.rows - 1];
    made->segment.task = made->task;
}

static void made_free(struct made_segment *made)
{
    for (size_t i = 0; i < made->wave_lists; i++)
        free(made->waves[i]);
    free(made->waves);
    free(made->work);
    free(made->task);
    free(made);
}

/* Throws away what no step from `step` - 1 on uses. */
static void forget_steps(struct inference *inference, uint32_t step)
{
    size_t kept = 0;

    for (size_t i = 0; i < inference->mades; i++) {
        if (inference->made[i]->step + 1 < step)
            made_free(inference->made[i]);
        else
            inference->made[kept++] = inference->made[i];
    }
    inference->mades = kept;
}

static struct asked_segment *asked_segment(struct inference *inference,
                                           size_t number)
{
    return &inference->asked_for[number % inference->window];
}

/* Which segment of which step a number is; the one before was asked for. */
static struct made_segment *make_segment(struct inference *inference,
                                         size_t number)
{
    const struct inference_asked *asked = inference->asked;
    size_t each = (size_t)asked->sizes->blocks + 2, at = number % each;
    uint32_t step = (uint32_t)(number / each);
    struct operator_step what = { asked->batch, step ? 1 : asked->prompt,
                                  step ? asked->prompt + step - 1 : 0 };
    struct made_segment wanted = { .step = step, .place = PLACE_BLOCK };
    struct asked_segment *slot = asked_segment(inference, number);
    uint32_t block = at > 0 && at + 1 < each ? (uint32_t)(at - 1) : 0;

    if (slot->made && slot->number == number)
        return slot->made;
    if (at == 0)
        wanted.place = PLACE_START;
    else if (at + 1 == each)
        wanted.place = PLACE_FINISH;
    wanted.like = inference->like[block];
    wanted.state_on_chip = block < inference->blocks_with_state;
    wanted.input_on_chip =
        at == 0 || asked_segment(inference, number - 1)->made->output_on_chip;
    slot->number = number;
    for (size_t i = 0; i < inference->mades; i++) {
        struct made_segment *made = inference->made[i];

        if (made->step == step && made->place == wanted.place &&
            made->like == wanted.like &&
            made->state_on_chip == wanted.state_on_chip &&
            made->input_on_chip == wanted.input_on_chip) {
            slot->made = made;
            return made;
        }
    }
    forget_steps(inference, step);
    inference->made =
        memory_grow(inference->made, &inference->made_capacity,
                    inference->mades + 1, sizeof *inference->made);
    slot->made = memory_new(1, sizeof *slot->made);
    *slot->made = wanted;
    inference->made[inference->mades++] = slot->made;
    build_segment(inference, slot->made, wanted.like, &what);
    return slot->made;
}

/* Each segment's work is counted once, whether the clockwork asks for it twice
 * or goes past it. */
static void count_until(struct inference *inference, size_t number)
{
    struct inference_result *result = inference->result;

    for (; inference->counted < number; inference->counted++) {
        const struct made_segment *made =
            make_segment(inference, inference->counted);

        for (size_t l = 0; l < result->lines; l++)
            for (int i = 0; i < ALL_COUNTERS; i++)
                result->line[l].counters[i] += made->work[l][i];
    }
}

static const struct segment *inference_segment(void *context, size_t number)
{
    struct inference *inference = context;

    count_until(inference, number + 1);
    return &make_segment(inference, number)->segment;
}

/* ------------------------------------------------------------ the whole */

static void add_lines(struct inference_result *result, size_t *capacity,
                      const struct model_sizes *sizes,
                      const struct operator_step *step)
{
    const struct operator_row *rows[OPERATOR_MAX_ROWS];

    for (uint32_t at = 0; at < sizes->blocks + 2; at++) {
        enum operator_place place = at == 0               ? PLACE_START
                                    : at <= sizes->blocks ? PLACE_BLOCK
                                                          : PLACE_FINISH;
        size_t count = operator_rows(rows, sizes, place,
                                     place == PLACE_BLOCK ? at - 1 : 0, step);

        for (size_t i = 0; i < count; i++) {
            bool known = false;

            for (size_t l = 0; l < result->lines; l++)
                known |= result->line[l].row == rows[i] &&
                         result->line[l].decoding == (step->cached > 0);
            if (known)
                continue;
            result->line = memory_grow(result->line, capacity,
                                       result->lines + 1, sizeof *result->line);
            result->line[result->lines++] =
                (struct inference_line){ .row = rows[i],
                                         .decoding = step->cached > 0 };
        }
    }
}

/* Where each block's layers begin, their layouts, and which blocks are alike.
 */
static int lay_out_layers(struct inference *inference)
{
    const struct inference_asked *asked = inference->asked;
    uint32_t blocks = asked->sizes->blocks;
    size_t at = 0;

    inference->layer = memory_new(asked->layer_count, sizeof *inference->layer);
    inference->first_layer =
        memory_new(blocks + 1, sizeof *inference->first_layer);
    inference->like = memory_new(blocks, sizeof *inference->like);
    for (uint32_t b = 0; b < blocks; b++) {
        inference->first_layer[b] = at;
        for (; at < asked->layer_count && asked->layers[at].shape.block == b;
             at++) {
            struct layer layer = asked->layers[at];

            /* Masks of a list of shapes are drawn; where they do not matter,
             * layers share one layout. */
            if (!layer.values && task_layout_is_fixed(asked->machine, &layer))
                layer.seed = 0;
            inference->layer[at] = lay_out(inference, &layer);
            if (!inference->layer[at])
                return -1;
        }
        inference->first_layer[b + 1] = at;
    }
    for (uint32_t b = 0; b < blocks; b++) {
        size_t count =
            inference->first_layer[b + 1] - inference->first_layer[b];

        inference->like[b] = b;
        for (uint32_t o = 0; o < b && inference->like[b] == b; o++)
            if (model_block_has_attention(asked->sizes, o) ==
                    model_block_has_attention(asked->sizes, b) &&
                inference->first_layer[o + 1] - inference->first_layer[o] ==
                    count &&
                memcmp(&inference->layer[inference->first_layer[o]],
                       &inference->layer[inference->first_layer[b]],
                       count * sizeof *inference->layer) == 0)
                inference->like[b] = o;
    }
    return 0;
}

/* How many blocks' keys and values, or states, fit state.capacity at the end.
 */
static uint32_t blocks_on_chip(const struct inference_asked *asked)
{
    const uint32_t *size = asked->sizes->size;
    uint64_t tokens = (uint64_t)asked->prompt + asked->generate - 1;
    uint64_t left = asked->machine->state.capacity;
    uint32_t block = 0;

    for (; block < asked->sizes->blocks; block++) {
        uint64_t bytes = model_block_has_attention(asked->sizes, block)
                             ? asked->batch * tokens * size[DIM_CACHED]
                             : (uint64_t)asked->batch * size[DIM_INNER] *
                                   size[DIM_STATE] * STATE_BYTES;

        if (bytes > left)
            break;
        left -= bytes;
    }
    return block;
}

static void release(struct inference *inference)
{
    for (size_t i = 0; i < inference->mades; i++)
        made_free(inference->made[i]);
    for (size_t i = 0; i < inference->laids; i++) {
        task_layout_release(&inference->laid[i]->layout);
        free(inference->laid[i]);
    }
    free(inference->made);
    free(inference->asked_for);
    free(inference->laid);
    free(inference->layer);
    free(inference->first_layer);
    free(inference->like);
}

/* Results that go over the channel leave the buffer or come into it. */
static void finish_line(struct inference_line *line, const struct task_sum *sum)
{
    line->sum = *sum;
    for (int t = 0; t < TRAFFICS; t++)
        line->counters[COUNTER_MOVED_BYTES] += sum->bytes[t];
    line->counters[COUNTER_RESULT_BYTES] += sum->bytes[TRAFFIC_ACTIVATIONS];
}

static void run_programme(struct inference *inference)
{
    const struct inference_asked *asked = inference->asked;
    struct inference_result *result = inference->result;
    size_t each = (size_t)asked->sizes->blocks + 2;
    struct programme programme = { each * asked->generate, inference_segment,
                                   inference };
    struct task_sum *sum = memory_new(result->lines, sizeof *sum);
    uint64_t *end = memory_new(programme.segments, sizeof *end);

    /* What cannot run is found before anything runs. */
    for (size_t s = 0; s < each && inference->status == 0; s++)
        inference_segment(inference, s);
    if (inference->status == 0) {
        programme_run(sum, end, &programme, &inference->machine);
        count_until(inference, programme.segments);
        for (size_t i = 0; i < result->lines; i++)
            finish_line(&result->line[i], &sum[i]);
        for (uint32_t t = 0; t < asked->generate; t++)
            result->end[t] = end[each * (t + 1) - 1];
        result->clocks = result->end[asked->generate - 1];
    }
    free(sum);
    free(end);
}

int inference_run(struct inference_result *result,
                  const struct inference_asked *asked, struct error *err)
{
    struct inference inference = { .asked = asked,
                                   .result = result,
                                   .err = err };
    struct operator_step step = { asked->batch, asked->prompt, 0 };
    size_t capacity = 0;

    *result = (struct inference_result){ .steps = asked->generate };
    if (asked->prompt + asked->generate > LAYER_MAX_INPUTS)
        return error_set(err, ERROR_DATA,
                         "a context of %u tokens; at most %d were expected",
                         asked->prompt + asked->generate, LAYER_MAX_INPUTS);
    programme_machine_of(&inference.machine, asked->machine);
    inference.has_channel = inference.machine.has_channel;
    inference.capacity = asked->machine->activations.capacity
                             ? asked->machine->activations.capacity
                             : UINT64_MAX;
    inference.machine.steps = asked->steps;
    /* Two steps, and what is asked for ahead of them. */
    inference.window = 2 * ((size_t)asked->sizes->blocks + 2) + PROGRAMME_AHEAD;
    inference.asked_for =
        memory_new(inference.window, sizeof *inference.asked_for);
    inference.blocks_with_state = blocks_on_chip(asked);
    add_lines(result, &capacity, asked->sizes, &step);
    step = (struct operator_step){ asked->batch, 1, asked->prompt };
    if (asked->generate > 1)
        add_lines(result, &capacity, asked->sizes, &step);
    result->end = memory_new(asked->generate, sizeof *result->end);
    if (lay_out_layers(&inference) == 0)
        run_programme(&inference);
    release(&inference);
    if (inference.status < 0)
        inference_result_release(result);
    return inference.status;
}

void inference_result_release(struct inference_result *result)
{
    free(result->line);
    free(result->end);
    *result = (struct inference_result){ 0 };
}
