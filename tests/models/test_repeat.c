/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Programmes in which vectors, column waves, tasks and segments repeat: going
 * over what repeats gives what stepping through all of it gives.
 */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "models/inference/programme_time.h"
#include "tests/suite.h"

enum {
    COLUMNS = 12, /* column waves of a task */
    LENGTH = 3,   /* waves of one */
    LIKE = 9,     /* like tasks in a row */
    UNIT = 3,     /* tasks of one of them */
    TASKS = 3 + LIKE * UNIT,
    SEGMENTS = 12, /* of the same block */
    BLOCKS = 2,
    NAMES = TASKS * BLOCKS
};

struct block {
    struct task task[TASKS];
    struct task_wave wave[TASKS][COLUMNS * LENGTH];
    uint32_t output[TASKS][LENGTH][2];
    struct segment segment;
};

struct drawn {
    struct block block[BLOCKS];
    size_t segments;
    const struct segment *segment[SEGMENTS * BLOCKS];
};

static uint64_t draw(uint64_t *seed, uint64_t from, uint64_t to)
{
    return from + random_below(seed, to - from + 1);
}

static void draw_columns(struct block *block, size_t t, uint64_t *seed)
{
    struct task *task = &block->task[t];
    uint32_t length = (uint32_t)draw(seed, 1, LENGTH);
    uint32_t columns = (uint32_t)draw(seed, 1, COLUMNS);
    uint32_t odd = draw(seed, 0, 1) ? (uint32_t)draw(seed, 0, COLUMNS) : 99;

    task->waves = length * columns;
    task->wave = block->wave[t];
    for (uint32_t w = 0; w < length; w++) {
        block->wave[t][w] = (struct task_wave){
            .image = draw(seed, 0, 4) ? draw(seed, 1, 400) : 0,
            .load = draw(seed, 1, 40),
            .decode = draw(seed, 0, 1) * 4,
            .passes = (uint32_t)draw(seed, 1, 2),
            .entry = (uint32_t)draw(seed, 1, 3),
            .read = (uint32_t)draw(seed, 1, 5),
            .output = block->output[t][w],
            .slice = (uint32_t)draw(seed, 1, 60),
            .columns = w + 1 == length ? (uint32_t)draw(seed, 1, 9) : 0,
            .begins = w == 0,
            .made = task->image_back > 0 && draw(seed, 0, 1),
        };
        for (int p = 0; p < 2; p++)
            block->output[t][w][p] = (uint32_t)draw(seed, 1, 4);
    }
    for (uint32_t w = length; w < task->waves; w++)
        block->wave[t][w] = block->wave[t][w - length];
    if (odd < columns)
        block->wave[t][odd * length].load++;
    task_waves_compare(block->wave[t], task->waves);
}

/* So many slices that they are early for a while, as loads let them wait, and
 * then late, or wait for room. */
static void draw_many_slices(struct block *block, size_t t, uint64_t *seed)
{
    struct task *task = &block->task[t];
    uint64_t load = draw(seed, 1, 9);

    task->tokens *= (uint32_t)draw(seed, 2, 12);
    task->block = task->tokens;
    for (uint32_t w = 0; w < task->waves; w++)
        block->wave[t][w].load *= load;
}

/* Inputs of tasks from `first` on; 0: of the segment before. */
static void draw_task(struct block *block, size_t t, size_t first,
                      uint64_t *seed)
{
    struct task *task = &block->task[t];
    uint64_t kind = draw(seed, 0, 6);

    if (kind == 2 && first > 0)
        kind = 3;
    *task =
        (struct task){ .name = (uint32_t)t,
                       .unit = kind == 0   ? UNIT_VECTOR
                               : kind == 1 ? UNIT_SCAN
                               : kind == 2 ? UNIT_MEMORY
                               : kind == 6 ? UNIT_ATTENTION
                                           : UNIT_ARRAY,
                       .image_traffic = TRAFFIC_WEIGHTS,
                       .input_traffic = TRAFFIC_ACTIVATIONS,
                       .output_traffic = TRAFFIC_KEYS,
                       .tokens =
                           draw(seed, 0, 1) ? 24 : (uint32_t)draw(seed, 1, 40),
                       .group = 1 };
    task->inputs = (uint32_t)draw(seed, 1, 2);
    for (uint32_t i = 0; i < task->inputs; i++) {
        task->input[i].back = (uint32_t)draw(seed, 0, t - first);
        task->input[i].bytes =
            draw(seed, 0, 2)
                ? 0
                : draw(seed, 1, 30) *
                      (task->unit == UNIT_ARRAY ? task->tokens : 1);
    }
    if (task->unit != UNIT_ARRAY) {
        task->clocks = task->unit == UNIT_MEMORY ? 0 : draw(seed, 1, 300);
        if (task->unit != UNIT_MEMORY && draw(seed, 0, 3)) {
            task->pace = (struct task_pace){ .first = draw(seed, 1, 40),
                                             .more = draw(seed, 0, 5),
                                             .lanes = draw(seed, 1, 9),
                                             .times = 1 };
            task->clocks = task_pace_clocks(
                &task->pace, task_pace_elements(&task->pace, task->tokens));
        }
        task->latency = task->clocks ? draw(seed, 0, 7) : 0;
        task->fetched = draw(seed, 0, 3) ? 0 : draw(seed, 1, 400);
        task->image_back = (uint32_t)draw(seed, 0, t - first);
        task->fetches_made = task->image_back > 0 && draw(seed, 0, 1);
        task->stored = draw(seed, 0, 3) ? 0 : draw(seed, 1, 400);
        return;
    }
    task->block = (uint32_t)draw(seed, 1, draw(seed, 0, 1) ? 3 : task->tokens);
    task->streamed = draw(seed, 0, 3) == 0;
    task->wait_sums = draw(seed, 0, 1);
    task->outputs_go = draw(seed, 0, 1);
    task->image_back = (uint32_t)draw(seed, 0, t - first);
    draw_columns(block, t, seed);
    if (task->streamed && draw(seed, 0, 1))
        draw_many_slices(block, t, seed);
}

/* Neighbours on the array become a group now and then: many blocks of tokens go
 * through both. */
static void join_tasks(struct block *block, size_t t, uint64_t *seed)
{
    struct task *one = &block->task[t - 1], *two = &block->task[t];

    if (one->unit != UNIT_ARRAY || two->unit != UNIT_ARRAY || one->group != 1 ||
        one->streamed || two->streamed)
        return;
    two->tokens = one->tokens;
    two->block = one->block;
    two->image_back = 0;
    two->inputs = one->inputs;
    for (uint32_t i = 0; i < one->inputs; i++) {
        two->input[i] = one->input[i];
        if (two->input[i].back > 0)
            two->input[i].back++;
    }
    one->group = 2;
    two->group = 0;
    draw_columns(block, t, seed);
}

/* A few tasks, then like ones whose makers are among themselves or among the
 * first. */
static void draw_block(struct block *block, uint32_t name, uint64_t *seed)
{
    size_t before = draw(seed, 1, 3), unit = draw(seed, 1, UNIT);
    size_t times = draw(seed, 1, LIKE), tasks = before;
    struct task one[UNIT];

    for (size_t t = 0; t < before + unit; t++)
        draw_task(block, t, t < before ? 0 : before, seed);
    for (size_t t = 1; t < before; t++)
        join_tasks(block, t, seed);
    for (size_t i = 0; i < unit; i++)
        one[i] = block->task[before + i];
    for (size_t u = 0; u < times; u++)
        for (size_t i = 0; i < unit; i++, tasks++) {
            struct task *task = &block->task[tasks];

            *task = one[i];
            for (uint32_t n = 0; n < task->inputs; n++)
                if (task->input[n].back == 0) /* the last before all */
                    task->input[n].back = (uint32_t)(tasks - before + 1);
        }
    block->task[before].like_tasks = (uint32_t)unit;
    block->task[before].like_times = (uint32_t)times;
    for (size_t t = 0; t < tasks; t++)
        block->task[t].name += name;
    block->segment = (struct segment){ block->task, tasks };
}

static void draw_programme(struct drawn *drawn, uint64_t *seed)
{
    drawn->segments = 0;
    for (uint32_t b = 0; b < BLOCKS; b++) {
        size_t times = draw(seed, 1, SEGMENTS);

        draw_block(&drawn->block[b], b * TASKS, seed);
        while (times-- > 0)
            drawn->segment[drawn->segments++] = &drawn->block[b].segment;
    }
}

static void draw_machine(struct programme_machine *machine, uint64_t *seed)
{
    bool whole = draw(seed, 0, 3) == 0;

    *machine = (struct programme_machine){
        .overlap =
            (enum programme_overlap)draw(seed, OVERLAP_NONE, OVERLAP_PIPELINE),
        .latency = (uint32_t)draw(seed, 1, 12),
        .credits = (uint32_t)draw(seed, 1, 14),
        .banks = (uint32_t)draw(seed, 1, 3),
        .bank_wait = (uint32_t)draw(seed, 0, 3),
        .has_channel = true,
        .rate = { draw(seed, 1, 40), 1 },
        .arrival = draw(seed, 0, 20),
        .staging = draw(seed, 1, 2000),
        .capacity = draw(seed, 0, 3) ? draw(seed, 1, 2000) : 0,
    };
    if (draw(seed, 0, 1))
        machine->capacity *= 9;
    if (!whole)
        machine->rate[0] = 1 + draw(seed, 1, 900),
        machine->rate[1] = draw(seed, 7, 11);
}

static const struct segment *drawn_segment(void *context, size_t number)
{
    return ((struct drawn *)context)->segment[number];
}

static void run(struct drawn *drawn, const struct programme_machine *machine,
                struct task_sum sum[NAMES], uint64_t *end)
{
    struct programme programme = { .segments = drawn->segments,
                                   .segment = drawn_segment,
                                   .context = drawn };

    memset(sum, 0, NAMES * sizeof *sum);
    programme_run(sum, end, &programme, machine);
}

static void check_round(struct drawn *drawn, uint64_t round)
{
    struct task_sum one[NAMES], two[NAMES];
    uint64_t ends[2][SEGMENTS * BLOCKS], seed = round;
    struct programme_machine machine;

    draw_machine(&machine, &seed);
    draw_programme(drawn, &seed);
    run(drawn, &machine, one, ends[0]);
    machine.steps = STEPS_ALL;
    run(drawn, &machine, two, ends[1]);
    for (size_t s = 0; s < drawn->segments; s++)
        ck_assert_msg(ends[0][s] == ends[1][s],
                      "programme %llu, segment %zu of %zu: %llu, and %llu if "
                      "stepped",
                      (unsigned long long)round, s, drawn->segments,
                      (unsigned long long)ends[0][s],
                      (unsigned long long)ends[1][s]);
    for (int n = 0; n < NAMES; n++) {
        ck_assert_msg(one[n].clocks == two[n].clocks,
                      "programme %llu, task %d: %llu, and %llu if stepped",
                      (unsigned long long)round, n,
                      (unsigned long long)one[n].clocks,
                      (unsigned long long)two[n].clocks);
        for (int i = 0; i < PROGRAMME_CLOCKS; i++)
            ck_assert_msg(one[n].spent[i] == two[n].spent[i],
                          "programme %llu, task %d, %s: %llu, and %llu if "
                          "stepped",
                          (unsigned long long)round, n,
                          programme_clock_names[i],
                          (unsigned long long)one[n].spent[i],
                          (unsigned long long)two[n].spent[i]);
        for (int t = 0; t < TRAFFICS; t++)
            ck_assert_uint_eq(one[n].bytes[t], two[n].bytes[t]);
        ck_assert_uint_eq(one[n].inputs, two[n].inputs);
    }
}

START_TEST(what_repeats_is_gone_over_exactly)
{
    /* Inputs of a vector operator, free late, hold up slices after them. */
    static const uint64_t rare[] = { 1788 };
    uint64_t rounds = getenv("MODELS_SOAK") ? 20000 : 300;
    struct drawn *drawn = malloc(sizeof *drawn);

    for (uint64_t round = 0; round < rounds; round++)
        check_round(drawn, round);
    for (size_t i = 0; i < sizeof rare / sizeof *rare; i++)
        check_round(drawn, rare[i]);
    free(drawn);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("repeat");
    TCase *all = tcase_create("all");

    tcase_set_timeout(all, 600);
    tcase_add_test(all, what_repeats_is_gone_over_exactly);
    suite_add_tcase(suite, all);
    return suite;
}
