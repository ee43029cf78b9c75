/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One layer as a programme of one task: the worked examples of machine.md,
 * section 7, computed by hand and by two other programs.
 */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "models/inference/memory.h"
#include "models/inference/programme_time.h"
#include "models/inference/task_choice.h"
#include "models/whole/whole.h"
#include "tests/models/cases.h"
#include "tests/models/clock_by_clock.h"
#include "tests/models/random_programme.h"
#include "tests/suite.h"

struct example {
    const char *pattern;
    uint32_t inputs, outputs, tokens, agreement;
    const char *settings;
    uint64_t cycles;
};

static const struct segment *only_segment(void *context, size_t number)
{
    (void)number;
    return context;
}

static uint64_t run_layer(const struct machine *machine,
                          const struct layer *layer, struct task_sum *sum)
{
    uint64_t rate[2], end;
    bool channel = memory_rate(rate, machine);
    struct task_choice choice = { .tokens = layer->tokens,
                                  .inputs_come =
                                      channel && machine->activations.capacity,
                                  .outputs_go =
                                      channel && machine->outputs.capacity };
    struct task task = { .unit = UNIT_ARRAY,
                         .group = 1,
                         .inputs = 1,
                         .input_traffic = TRAFFIC_ACTIVATIONS,
                         .output_traffic = TRAFFIC_ACTIVATIONS };
    struct segment segment = { &task, 1 };
    struct programme programme = { .segments = 1,
                                   .segment = only_segment,
                                   .context = &segment };
    struct task_sum slow_sum = { 0 };
    struct whole_result slow = { .sum = &slow_sum };
    struct programme_machine of;
    struct task_layouts layouts;
    struct error err;

    ck_assert_msg(task_layouts_init(&layouts, machine, layer, &err) == 0, "%s",
                  err.text);
    ck_assert_msg(task_choose(&task, &layouts, machine, &choice, &err), "%s",
                  err.text);
    if (choice.inputs_come && !task.streamed)
        task.input[0].bytes = (uint64_t)layer->tokens * layer->shape.inputs;
    programme_machine_of(&of, machine);
    programme_run(sum, &end, &programme, &of);
    ck_assert_uint_eq(sum->clocks, end);
    ck_assert_int_eq(whole_run(&slow, &programme, &of, &err), 0);
    ck_assert_uint_eq(slow_sum.clocks, end);
    task_layouts_release(&layouts);
    return end;
}

static void check_examples(const struct example *example, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct machine machine;
        struct test_case test;
        struct task_sum sum = { 0 };
        uint64_t end;

        golden_machine(&machine);
        set_machine(&machine, "weights.port_bytes=176 weights.banks=1");
        set_machine(&machine, example[i].settings);
        golden_case(&test, example[i].pattern, example[i].tokens,
                    example[i].inputs, example[i].outputs,
                    example[i].agreement);
        end = run_layer(&machine, &test.layer, &sum);
        ck_assert_msg(end == example[i].cycles, "%s, %s: %llu clocks, not %llu",
                      example[i].pattern, example[i].settings,
                      (unsigned long long)end,
                      (unsigned long long)example[i].cycles);
        release_case(&test);
    }
}

#define CHECK_EXAMPLES(examples)                                               \
    check_examples(examples, sizeof(examples) / sizeof *(examples))

START_TEST(resident_layers_take_the_clocks_worked_out_by_hand)
{
    static const struct example examples[] = {
        { "dense", 256, 64, 16, 1, "", 203 },
        { "4:8", 256, 64, 16, 1, "", 107 },
        { "1:4", 256, 64, 16, 1, "", 107 },
        { "dense", 256, 64, 16, 1, "weights.banks=2", 155 },
        { "4:8", 256, 64, 16, 1, "weights.banks=2", 91 },
        { "dense", 256, 64, 16, 1, "weights.port_bytes=none", 203 },
        { "4:8", 256, 64, 16, 1, "weights.port_bytes=none", 131 },
        { "1:4", 256, 64, 16, 1, "weights.port_bytes=none", 107 },
        { "dense", 256, 64, 16, 1, "weights.port_bytes=none weights.banks=2",
          155 },
        { "4:8", 256, 64, 16, 1, "weights.port_bytes=none weights.banks=2",
          115 },
        { "1:4", 256, 64, 16, 1, "weights.port_bytes=none weights.banks=2",
          91 },
        { "dense", 512, 32, 16, 1, "", 203 },
        { "1:4", 512, 32, 16, 1, "", 59 },
        { "8:16", 512, 32, 16, 1, "select.reach=8", 113 },
        { "4:16", 512, 32, 16, 1, "select.reach=8", 62 },
        { "8:16", 512, 32, 16, 1, "select.reach=8 weights.port_bytes=192",
          107 },
        { "4:16", 512, 32, 16, 1, "select.reach=8 weights.port_bytes=192", 59 },
        { "4:8", 256, 64, 16, 1, "select.share=32 select.selects=1", 203 },
        { "4:8", 256, 64, 16, 1, "select.selects=1", 1099 },
        { "4:8", 256, 64, 16, 8, "select.selects=1", 203 },
        { "4:8", 250, 40, 16, 1, "", 83 },
        { "2:4", 13, 5, 1, 1, "", 17 },
        { "4:8", 256, 64, 16, 1, "macro.input_bits_per_cycle=1", 332 },
        { "4:8", 256, 64, 1, 1, "", 77 },
        { "4:8", 256, 64, 1, 1, "weights.banks=2", 76 },
        { "4:8", 256, 64, 16, 1, "activations.banks=8 activations.width=16",
          135 },
        { "dense", 256, 64, 16, 1, "outputs.banks=16 outputs.ports=1", 275 },
        { "4:8", 256, 64, 16, 1, "macros=2 weights.port_bytes=none", 115 },
        /* An image of 128 x 32 x (4 + 1 + 2) bits is 3,584 bytes: 56 clocks
         * where one of 8 bits took 88. */
        { "4:8", 256, 64, 16, 1, "weights.port_bytes=64", 219 },
        { "4:8", 256, 64, 16, 1, "weights.port_bytes=64 weights.bits=4", 155 },
    };

    CHECK_EXAMPLES(examples);
}
END_TEST

#define ADAPTS "merge.modes=1,2,4 "

START_TEST(merging_as_a_layer_needs_takes_the_clocks_worked_out_by_hand)
{
    static const struct example examples[] = {
        { "1:4", 256, 64, 16, 1, ADAPTS, 59 },
        { "2:8", 256, 64, 16, 1, ADAPTS, 59 },
        { "1:8", 256, 64, 16, 1, ADAPTS, 59 },
        { "4:8", 256, 64, 16, 1, ADAPTS, 107 },
        { "1:4", 256, 64, 16, 1, "merge.modes=2", 59 },
        { "1:8", 256, 64, 16, 1, "merge.modes=1", 59 },
        { "4:8", 256, 64, 16, 1, "merge.modes=2", 107 },
        { "2:8", 256, 64, 16, 1, "merge.modes=4", 107 },
        /* Two clocks an output operation: 32 loads, 11 clocks until the first,
         * 16 operations. */
        { "2:8", 256, 64, 16, 1, "merge.modes=2 outputs.banks=32",
          32 + 1 + 11 + 2 * 16 - 1 },
    };

    CHECK_EXAMPLES(examples);
}
END_TEST

START_TEST(of_equal_modes_that_which_adds_most_is_taken)
{
    static const struct {
        const char *pattern;
        uint32_t mode; /* in the order of task_layouts */
    } rows[] = { { "4:8", 0 }, { "1:4", 1 }, { "1:8", 1 }, { "dense", 0 } };

    for (int i = 0; i < 4; i++) {
        struct task_choice choice = { .tokens = 16 };
        struct task_layouts layouts;
        struct task task = { 0 };
        struct machine machine;
        struct test_case test;
        struct error err;

        golden_machine(&machine);
        set_machine(&machine, ADAPTS "weights.port_bytes=176");
        golden_case(&test, rows[i].pattern, 16, 256, 64, 1);
        ck_assert_int_eq(
            task_layouts_init(&layouts, &machine, &test.layer, &err), 0);
        ck_assert_uint_eq(layouts.count, 3);
        ck_assert_ptr_eq(task_choose(&task, &layouts, &machine, &choice, &err),
                         &layouts.layout[rows[i].mode]);
        task_layouts_release(&layouts);
        release_case(&test);
    }
}
END_TEST

#define CHANNEL "dram.rate=64 dram.latency=50 "
#define BUFFERS "activations.capacity=262144 outputs.capacity=262144 "

START_TEST(the_channel_takes_the_clocks_worked_out_by_hand)
{
    static const struct example examples[] = {
        { "4:8", 256, 64, 16, 1, CHANNEL "dram.staging=11264", 285 },
        { "4:8", 256, 64, 16, 1, CHANNEL "dram.staging=8192", 367 },
        { "4:8", 256, 64, 16, 1, CHANNEL BUFFERS "dram.staging=11264", 357 },
        { "4:8", 256, 64, 16, 1,
          CHANNEL "activations.capacity=2048 outputs.capacity=1024 "
                  "blocking=tokens",
          614 },
        { "4:8", 256, 64, 16, 1,
          CHANNEL "activations.capacity=2048 outputs.capacity=1024 "
                  "blocking=tokens inference.overlap=none",
          626 },
        { "4:8", 256, 64, 16, 1,
          CHANNEL "activations.capacity=1024 outputs.capacity=2048 "
                  "blocking=tokens",
          1128 },
        { "4:8", 256, 64, 16, 1,
          CHANNEL "activations.capacity=1024 outputs.capacity=2048", 651 },
        { "4:8", 256, 64, 64, 1, CHANNEL BUFFERS, 629 },
        { "4:8", 256, 64, 64, 1, CHANNEL BUFFERS "blocking=stream", 815 },
        { "4:8", 256, 72, 16, 1, CHANNEL "dram.staging=4096", 447 },
        { "4:8", 256, 72, 16, 1, CHANNEL "dram.staging=7040", 391 },
        { "4:8", 256, 72, 16, 1, CHANNEL "dram.staging=11264", 309 },
    };

    CHECK_EXAMPLES(examples);
}
END_TEST

/* ------------------------------------------------------ random programmes */

START_TEST(a_second_scheduler_that_goes_clock_by_clock_agrees)
{
    uint64_t rounds = getenv("MODELS_SOAK") ? 20000 : 1000;

    for (uint64_t round = 0; round < rounds; round++) {
        struct random_programme drawn;
        struct programme_machine machine;
        struct task_sum sum[DRAWN_NAMES], other[DRAWN_NAMES] = { 0 };
        uint64_t seed = round, one, two;

        draw_machine(&machine, &seed);
        draw_programme(&drawn, &seed);
        one = run_drawn(&drawn, &machine, sum);
        two = clock_by_clock(other, drawn.segment, drawn.segments, &machine);
        ck_assert_msg(one == two, "programme %llu: %llu clocks, and %llu",
                      (unsigned long long)round, (unsigned long long)one,
                      (unsigned long long)two);
        for (int t = 0; t < DRAWN_NAMES; t++) {
            ck_assert_msg(sum[t].clocks == other[t].clocks,
                          "programme %llu, task %d: %llu clocks, and %llu",
                          (unsigned long long)round, t,
                          (unsigned long long)sum[t].clocks,
                          (unsigned long long)other[t].clocks);
            for (int b = 0; b < TRAFFICS; b++)
                ck_assert_uint_eq(sum[t].bytes[b], other[t].bytes[b]);
            ck_assert_uint_eq(sum[t].inputs, other[t].inputs);
        }
    }
}
END_TEST

/* ------------------------------------------------------------ merge modes */

/* A layer as its task is chosen, from clock to clock; false: it cannot run. */
static bool step_layer(uint64_t *clocks, const struct machine *machine,
                       const struct layer *layer,
                       const struct task_choice *choice)
{
    struct task task = { .unit = UNIT_ARRAY,
                         .group = 1,
                         .inputs = 1,
                         .input_traffic = TRAFFIC_ACTIVATIONS,
                         .output_traffic = TRAFFIC_ACTIVATIONS };
    struct segment segment = { &task, 1 };
    struct programme_machine of;
    struct task_layouts layouts;
    struct task_sum sum = { 0 };
    struct error err;
    bool ran;

    if (task_layouts_init(&layouts, machine, layer, &err) < 0)
        return false;
    ran = task_choose(&task, &layouts, machine, choice, &err) != NULL;
    if (ran) {
        if (choice->inputs_come)
            task.input[0].bytes = (uint64_t)layer->tokens * layer->shape.inputs;
        programme_machine_of(&of, machine);
        *clocks = clock_by_clock(&sum, &segment, 1, &of);
    }
    task_layouts_release(&layouts);
    return ran;
}

static void adapting_machine(struct machine *machine, uint64_t *seed)
{
    random_trees(machine, seed);
    machine->loop = MACHINE_K_INNER;
    machine->macro.sub_macros = 4;
    machine->dram.rate = draw(seed, 4, 90);
    machine->dram.latency = draw(seed, 0, 20);
    machine->dram.staging = draw(seed, 100, 4000);
    machine->weights.port_bytes = draw(seed, 1, 99);
    machine->activations.capacity = draw(seed, 70, 300);
    machine->outputs.capacity = draw(seed, 500, 4000);
    machine->inference.overlap =
        (unsigned)draw(seed, OVERLAP_NONE, OVERLAP_PIPELINE);
    machine->blocking = (unsigned)draw(seed, 0, 1);
}

/* Whatever mode and way to cut tokens is taken, none of all that one may ask
 * for by name is faster; both count by another scheduler. */
START_TEST(the_mode_of_fewest_clocks_is_taken)
{
    static const char *const modes[] = { "4", "2", "1" };
    static const char *const blockings[] = { "blocking=tokens",
                                             "blocking=stream" };
    uint64_t rounds = getenv("MODELS_SOAK") ? 4000 : 100, seed = 20;
    unsigned gained = 0, ran = 0;

    for (uint64_t round = 0; round < rounds; round++) {
        uint64_t taken, least = UINT64_MAX;
        struct machine machine, one;
        struct test_case test;
        struct task_choice choice;
        bool merged = false, any;

        adapting_machine(&machine, &seed);
        random_case(&test, &seed);
        choice = (struct task_choice){ .tokens = test.layer.tokens,
                                       .inputs_come = draw(&seed, 0, 2) > 0,
                                       .outputs_go = draw(&seed, 0, 1) };
        set_machine(&machine, "merge.modes=1,2,4");
        any = step_layer(&taken, &machine, &test.layer, &choice);
        one = machine;
        for (int m = 0; m < 3; m++) {
            strcpy(one.merge.modes, modes[m]);
            for (int b = 0; b < 2; b++) {
                uint64_t clocks;

                if (machine.blocking == BLOCKING_BEST)
                    set_machine(&one, blockings[b]);
                if (!step_layer(&clocks, &one, &test.layer, &choice) ||
                    clocks >= least)
                    continue;
                merged |= m > 0;
                least = clocks;
            }
        }
        ck_assert(any == (least < UINT64_MAX));
        if (any)
            ck_assert_msg(taken == least, "round %llu: %llu clocks, and %llu",
                          (unsigned long long)round, (unsigned long long)taken,
                          (unsigned long long)least);
        ran += any;
        gained += merged;
        release_case(&test);
    }
    ck_assert_uint_gt(ran, rounds / 2);
    ck_assert_uint_gt(gained, rounds / 10);
}
END_TEST

static void more_lanes(struct task *task)
{
    task->clocks /= 2;
    if (task->pace.lanes == 0)
        return;
    task->pace.lanes *= 2;
    task->clocks = task_pace_clocks(
        &task->pace, task_pace_elements(&task->pace, task->tokens));
}

/* Rule 9: all orders are fixed, so every time is a largest of sums. */
START_TEST(more_of_anything_is_never_slower)
{
    for (uint64_t round = 0; round < 2000; round++) {
        struct random_programme drawn;
        struct programme_machine machine, better;
        struct task_sum sum[DRAWN_NAMES];
        uint64_t seed = round + 77777, clocks;

        draw_machine(&machine, &seed);
        if (machine.overlap == OVERLAP_NONE)
            machine.overlap = OVERLAP_PREFETCH;
        draw_programme(&drawn, &seed);
        clocks = run_drawn(&drawn, &machine, sum);
        better = machine;
        better.staging += draw(&seed, 1, 300);
        ck_assert_uint_le(run_drawn(&drawn, &better, sum), clocks);
        better = machine;
        better.rate[0] += draw(&seed, 1, 60);
        ck_assert_uint_le(run_drawn(&drawn, &better, sum), clocks);
        for (size_t s = 0; s < drawn.segments; s++)
            for (size_t t = 0; t < drawn.segment[s].tasks; t++)
                more_lanes(&drawn.task[s][t]);
        ck_assert_uint_le(run_drawn(&drawn, &machine, sum), clocks);
    }
}
END_TEST

START_TEST(more_overlap_is_never_slower)
{
    unsigned faster = 0;

    for (uint64_t round = 0; round < 2000; round++) {
        struct random_programme drawn;
        struct programme_machine machine;
        struct task_sum sum[DRAWN_NAMES];
        uint64_t seed = round + 33333, clocks[3];

        draw_machine(&machine, &seed);
        draw_programme(&drawn, &seed);
        for (int o = OVERLAP_NONE; o <= OVERLAP_PIPELINE; o++) {
            machine.overlap = (enum programme_overlap)o;
            clocks[o] = run_drawn(&drawn, &machine, sum);
        }
        ck_assert_msg(clocks[OVERLAP_PREFETCH] <= clocks[OVERLAP_NONE] &&
                          clocks[OVERLAP_PIPELINE] <= clocks[OVERLAP_PREFETCH],
                      "programme %llu: %llu, %llu, %llu",
                      (unsigned long long)round, (unsigned long long)clocks[0],
                      (unsigned long long)clocks[1],
                      (unsigned long long)clocks[2]);
        faster += clocks[OVERLAP_PIPELINE] < clocks[OVERLAP_PREFETCH];
    }
    ck_assert_uint_gt(faster, 50);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("programme");
    TCase *all = tcase_create("all");

    tcase_add_test(all, resident_layers_take_the_clocks_worked_out_by_hand);
    tcase_add_test(
        all, merging_as_a_layer_needs_takes_the_clocks_worked_out_by_hand);
    tcase_add_test(all, of_equal_modes_that_which_adds_most_is_taken);
    tcase_add_test(all, the_channel_takes_the_clocks_worked_out_by_hand);
    tcase_add_test(all, a_second_scheduler_that_goes_clock_by_clock_agrees);
    tcase_add_test(all, the_mode_of_fewest_clocks_is_taken);
    tcase_add_test(all, more_of_anything_is_never_slower);
    tcase_add_test(all, more_overlap_is_never_slower);
    suite_add_tcase(suite, all);
    return suite;
}
