/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Attention: for every sequence, head of keys and block of queries scores,
 * softmax and values, each a task.  On the array keys are the columns of scores
 * and the inputs of values; what the mask empties does not enter.  An engine of
 * its own takes the keys that the block sees at once, in tasks of its unit.
 */
#include "models/inference/attention_engine.h"
#include "models/inference/building.h"

#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "models/inference/stored_bytes.h"
#include "models/inference/units.h"

/* A block of queries: tokens first .. first + tokens - 1 of the step. */
struct queries {
    uint32_t first, tokens;
    const struct task_wave *scores, *values;
    uint32_t score_waves, value_waves;
    uint64_t elements; /* pairs of one head of keys */
    uint64_t score_work[ALL_COUNTERS], value_work[ALL_COUNTERS];
};

static bool has_engine(const struct building *building)
{
    return building->inference->asked->machine->attention.engine ==
           ATTENTION_SEPARATE;
}

/* Whether keys and values come over the channel. */
static bool keys_come(const struct building *building)
{
    return building_keeps(building) == KEPT_IN_MEMORY;
}

/* Where those of tokens first .. end - 1 of a head are read from, so many
 * elements each: of the store and the memory bytes as they are kept, of the
 * activation buffer a byte an element.  What a decoding step makes is still
 * there when the rest comes from memory. */
struct keys_read {
    uint64_t fetched, kept, held;
};

static struct keys_read keys_read(const struct building *building,
                                  uint64_t first, uint64_t end, uint64_t each)
{
    const struct machine *machine = building->inference->asked->machine;
    uint64_t cached = building->step.cached;
    uint64_t old = building->step.tokens > 1 || end <= cached ? end
                   : first < cached                           ? cached
                                                              : first;

    switch (building_keeps(building)) {
    case KEPT_IN_STORE:
        return (struct keys_read){ .kept = stored_key_bytes(
                                       machine, (end - first) * each) };
    case KEPT_IN_MEMORY:
        return (struct keys_read){ .fetched = stored_key_bytes(
                                       machine, (old - first) * each),
                                   .held = (end - old) * each };
    default:
        return (struct keys_read){ .held = (end - first) * each };
    }
}

/* Their scores fit half of the activation buffer, the sums of either product
 * on the array, `live` of a token at a time, the output buffer. */
static uint32_t queries_of_block(const struct building *building, uint64_t live)
{
    const struct machine *machine = building->inference->asked->machine;
    uint64_t sharers = building_dim(building, DIM_SHARERS);
    uint64_t context = building_dim(building, DIM_CONTEXT);
    uint64_t tokens = building->step.tokens;

    if (machine->activations.capacity)
        tokens = min(tokens,
                     machine->activations.capacity / 2 / (sharers * context));
    if (machine->outputs.capacity && live > 0)
        tokens = min(tokens, machine->outputs.capacity / (4 * sharers * live));
    return (uint32_t)max(tokens, 1);
}

/* A column wave of values, whose last inputs are keys that nobody sees yet,
 * ends with the last wave that is left of it: the first are always seen. */
static void end_with_last(struct task_wave *waves, uint32_t count,
                          const struct task_wave *left_out,
                          bool keys_are_columns)
{
    if (!keys_are_columns && left_out->columns > 0)
        waves[count - 1].columns = left_out->columns;
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
    uint64_t sharers = building_dim(building, DIM_SHARERS);
    uint64_t cached = building->step.cached;

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
        struct keys_read read;

        *wave = layout->wave[w];
        if (first > before)
            wave->skipped = (uint32_t)((first - before) * sharers);
        if (first > before && first - before >= queries->tokens) {
            end_with_last(waves, *count, wave, keys_are_columns);
            continue;
        }
        wave->made = end > cached;
        read = keys_read(building, first, end, other);
        wave->image = read.fetched;
        wave->kept = read.kept;
        wave->held = read.held;
        work_add(work, &layout->work.kind[layout->work.of[w]], 1,
                 queries->tokens * sharers - wave->skipped);
        wave->decoded = 0; /* they lie in memory as the cells hold them */
        work[COUNTER_STAGED_BYTES] += wave->image;
        work[COUNTER_STATE_READ] += wave->kept;
        work[COUNTER_OPERAND_BYTES] += wave->held;
        (*count)++;
    }
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
    return pairs * building_dim(building, DIM_SHARERS);
}

static bool is_scores(const struct operator_row *row)
{
    return row->inputs[0] == DIM_HEAD;
}

/* A head's product with all keys that the block sees. */
static struct engine_work work_of_head(const struct building *building,
                                       const struct queries *queries,
                                       bool scores)
{
    uint64_t head = building_dim(building, DIM_HEAD);
    uint64_t each = building_dim(building, DIM_SHARERS) * head;
    uint64_t cached = building->step.cached;
    uint64_t keys = cached + queries->first + queries->tokens;
    uint64_t vectors = queries->tokens * each;
    struct keys_read read = keys_read(building, 0, keys, head);

    return (struct engine_work){
        .tokens = queries->tokens,
        .first = each * (cached + queries->first + 1),
        .more = each,
        .macs = queries->elements * head,
        .held = keys * head,
        .fetched = read.fetched,
        .kept = read.kept,
        .read = read.held + (scores ? vectors : queries->elements),
        .outputs = scores ? queries->elements : vectors
    };
}

static void mark_keys(const struct building *building, struct task *task,
                      size_t number, int append)
{
    task->image_traffic =
        building->step.tokens > 1 ? TRAFFIC_REREAD : TRAFFIC_KEYS;
    task->image_back =
        (uint32_t)(building->last_task[number] - building->last_task[append]);
}

static void add_engine_product(struct building *building, size_t number,
                               const struct queries *queries, int append)
{
    bool scores = is_scores(building->row[number]);
    struct engine_work work = work_of_head(building, queries, scores);
    struct task *task =
        engine_task_add(building, number, &work,
                        queries->tokens * building_dim(building, DIM_SHARERS) *
                            building_dim(building, DIM_HEAD));

    mark_keys(building, task, number, append);
    task->fetches_made = building->step.tokens > 1;
}

static void add_product_task(struct building *building, size_t number,
                             const struct queries *queries, int append)
{
    bool scores = is_scores(building->row[number]);
    struct task *task = building_add_task(building, number, UNIT_ARRAY);
    uint64_t vectors = queries->tokens * building_dim(building, DIM_SHARERS);

    for (size_t i = 0; i < building->makers[number]; i++) {
        int maker = building->maker[number][i];

        if (maker != append)
            building_add_input(building, task, maker,
                               vectors * building_dim(building, DIM_HEAD));
    }
    mark_keys(building, task, number, append);
    task->tokens = task->block = (uint32_t)vectors;
    task->per_token = (uint32_t)building_dim(building, DIM_SHARERS);
    task->group = 1;
    task->waves = scores ? queries->score_waves : queries->value_waves;
    task->wave = scores ? queries->scores : queries->values;
    task->outputs_go = building_goes_out(building, number) && !scores;
}

/* Elements of a token are the pairs that it sees. */
static void pace_queries(const struct building *building, struct task *task,
                         enum operator_function function,
                         const struct queries *queries)
{
    uint64_t sharers = building_dim(building, DIM_SHARERS), passes;

    task->tokens = queries->tokens;
    task->pace = vector_pace(building->inference->asked->machine, function);
    passes = task->pace.first;
    task->pace.more = passes * sharers;
    task->pace.first = task->pace.more *
                       ((uint64_t)building->step.cached + queries->first + 1);
}

static void add_head(struct building *building, size_t first, size_t end,
                     const struct queries *queries, int append)
{
    const struct machine *machine = building->inference->asked->machine;

    for (size_t i = first; i < end; i++) {
        struct task *task;

        if (building->row[i]->kind == OPERATOR_PRODUCT) {
            if (has_engine(building))
                add_engine_product(building, i, queries, append);
            else
                add_product_task(building, i, queries, append);
            continue;
        }
        task = building_add_task(building, i, UNIT_VECTOR);
        building_add_inputs(building, task, i, 0);
        task->clocks = vector_clocks(machine, building->row[i]->function,
                                     queries->elements);
        task->latency = vector_latency(machine);
        task->elements = queries->elements;
        task->work = work_of_function(building->row[i]->function);
        task->read = queries->elements;
        pace_queries(building, task, building->row[i]->function, queries);
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
    uint64_t *work = building_work(building, number);
    uint64_t head = building_dim(building, DIM_HEAD),
             outputs = queries->elements;
    bool scores = is_scores(row);
    const uint64_t *one = scores ? queries->score_work : queries->value_work;

    if (row->kind == OPERATOR_PRODUCT && has_engine(building)) {
        struct engine_work engine = work_of_head(building, queries, scores);

        engine_task_count(building, number, &engine, times);
        return;
    }
    if (row->kind == OPERATOR_PRODUCT) {
        for (int i = 0; i < ALL_COUNTERS; i++)
            work[i] += times * one[i];
        if (!scores)
            outputs =
                queries->tokens * building_dim(building, DIM_SHARERS) * head;
        building_count_outputs(building, work, number, times * outputs);
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

/* A block's queries from token `first` on, with their waves on the array. */
static void set_queries(struct building *building, struct queries *queries,
                        const struct task_layout *scores,
                        const struct task_layout *values)
{
    if (scores) {
        queries->scores = causal_waves(building, scores, queries, true,
                                       &queries->score_waves);
        queries->values = causal_waves(building, values, queries, false,
                                       &queries->value_waves);
    }
    queries->elements = pairs_of_block(building, queries);
}

/* How both products lie on the array, in the modes that they take. */
static bool lay_out_products(struct building *building,
                             const struct task_layout **scores,
                             const struct task_layout **values)
{
    struct inference *inference = building->inference;
    uint64_t context = building_dim(building, DIM_CONTEXT);
    uint64_t head = building_dim(building, DIM_HEAD);
    const struct task_choice choice = {
        .tokens = building->step.tokens *
                  (uint32_t)building_dim(building, DIM_SHARERS),
        .images_are_here = !keys_come(building)
    };

    *scores = inference_lay_out_product(inference, head, context, &choice);
    *values = inference_lay_out_product(inference, context, head, &choice);
    return *scores && *values;
}

/* Rows first .. end - 1, scores to values, for every sequence, head of keys and
 * block of queries. */
void attention_tasks_add(struct building *building, size_t first, size_t end)
{
    uint32_t block, blocks, tokens = building->step.tokens;
    struct queries *queries;
    const struct task_layout *scores = NULL, *values = NULL;
    int append = row_called(building, "append");
    uint64_t times =
        (uint64_t)building->step.batch * building_dim(building, DIM_KEY_HEADS);
    size_t begin = building->made->segment.tasks;

    if (!has_engine(building)) {
        if (!lay_out_products(building, &scores, &values))
            return;
        building_count_mode(building, first, scores);
        building_count_mode(building, end - 1, values);
    }
    block = queries_of_block(building,
                             scores ? max(scores->live, values->live) : 0);
    blocks = (uint32_t)divide_up(tokens, block);
    queries = memory_new(blocks, sizeof *queries);
    for (uint32_t b = 0; b < blocks; b++) {
        queries[b].first = b * block;
        queries[b].tokens = (uint32_t)min(block, tokens - queries[b].first);
        set_queries(building, &queries[b], scores, values);
    }
    for (uint64_t i = 0; i < times; i++)
        for (uint32_t b = 0; b < blocks; b++)
            add_head(building, first, end, &queries[b], append);
    building_mark_like(building, begin, times);
    for (uint32_t b = 0; b < blocks; b++)
        for (size_t i = first; i < end; i++)
            count_head(building, i, &queries[b], times);
    free(queries);
}
