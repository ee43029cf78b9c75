/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Layers whose inputs do not fit: 256 KiB of inputs and of sums, 64 bytes a
 * clock, two weight banks, prompts of 2048 tokens, layers of Llama-2-7B.  Which
 * way to cut tokens is taken, its bytes and its clocks are held against a
 * scheduler that goes from clock to clock, and against closed forms of bytes
 * and of the clocks that they take: in a whole inference and in a replay.
 */
#include <math.h>
#include <stdlib.h>

#include "models/inference/task_choice.h"
#include "tests/models/cases.h"
#include "tests/models/clock_by_clock.h"
#include "tests/suite.h"

#define MACHINE                                                                \
    "dram.rate=64 dram.latency=50 activations.capacity=262144 "                \
    "outputs.capacity=262144 weights.banks=2 weights.port_bytes=none "

enum { TOKENS = 2048, RATE = 64, BUFFER = 262144, COLUMNS = 32 };

struct layer_case {
    uint32_t inputs, outputs;
    const char *pattern, *settings;
};

struct blocked {
    uint64_t clocks, bytes;
    uint32_t block;
    bool streamed;
};

static uint64_t all_bytes(const struct task_sum *sum)
{
    uint64_t bytes = 0;

    for (int t = 0; t < TRAFFICS; t++)
        bytes += sum->bytes[t];
    return bytes;
}

static const struct segment *only_segment(void *context, size_t number)
{
    (void)number;
    return context;
}

/* A replay of the layer alone is the same. */
static void check_replay(const struct machine *machine,
                         const struct layer *layer, const struct blocked *ran)
{
    struct accelerator_options options = { 0 };
    struct layer_result result;
    struct error err;

    ck_assert_int_eq(accelerator_run(&result, machine, layer, &options, &err),
                     0);
    ck_assert_uint_eq(result.cycles, ran->clocks);
    ck_assert_uint_eq(result.counters[COUNTER_DRAM_BYTES_READ] +
                          result.counters[COUNTER_DRAM_BYTES_WRITTEN],
                      ran->bytes);
    ck_assert_uint_eq(result.way_bytes[result.way], ran->bytes);
    ck_assert_uint_eq(result.block_tokens, ran->block);
    ck_assert_int_eq(result.way == SCHEDULE_STREAM, ran->streamed);
}

/* As it is chosen and run; `second`: from clock to clock as well. */
static struct blocked run_blocked(const struct layer_case *of, bool second)
{
    struct layer layer = { .shape.name = (char *)(uintptr_t) "layer",
                           .shape.inputs = of->inputs,
                           .shape.outputs = of->outputs,
                           .tokens = TOKENS,
                           .agreement = 1 };
    struct task_choice choice = { .tokens = TOKENS,
                                  .inputs_come = true,
                                  .outputs_go = true };
    struct task task = { .unit = UNIT_ARRAY,
                         .group = 1,
                         .inputs = 1,
                         .input[0].bytes = (uint64_t)TOKENS * of->inputs,
                         .input_traffic = TRAFFIC_ACTIVATIONS,
                         .output_traffic = TRAFFIC_ACTIVATIONS };
    struct segment segment = { &task, 1 };
    struct programme programme = { .segments = 1,
                                   .segment = only_segment,
                                   .context = &segment };
    struct task_sum sum = { 0 }, other = { 0 };
    struct programme_machine machine;
    struct task_layouts layouts;
    struct machine rows;
    struct blocked ran;
    struct error err;

    ck_assert_int_eq(pattern_parse(&layer.pattern, of->pattern, &err), 0);
    golden_machine(&rows);
    set_machine(&rows, MACHINE);
    set_machine(&rows, of->settings);
    ck_assert_int_eq(task_layouts_init(&layouts, &rows, &layer, &err), 0);
    ck_assert_ptr_nonnull(task_choose(&task, &layouts, &rows, &choice, &err));
    programme_machine_of(&machine, &rows);
    programme_run(&sum, &ran.clocks, &programme, &machine);
    ran.bytes = all_bytes(&sum);
    ran.block = task.block;
    ran.streamed = task.streamed;
    check_replay(&rows, &layer, &ran);
    if (second) {
        ck_assert_uint_eq(clock_by_clock(&other, &segment, 1, &machine),
                          ran.clocks);
        ck_assert_uint_eq(all_bytes(&other), ran.bytes);
    }
    task_layouts_release(&layouts);
    return ran;
}

/* A weight of 4:8 is 11 bits and half of them are kept. */
static uint64_t image_bytes(const struct layer_case *of)
{
    uint64_t weights = (uint64_t)of->inputs * of->outputs;

    return of->pattern[0] == 'd' ? weights : weights * 11 / 16;
}

/* Images again for every block of as many tokens as fit, inputs and outputs
 * once. */
static uint64_t bytes_of_blocks(const struct layer_case *of)
{
    uint64_t block = BUFFER / of->inputs;

    return (TOKENS + block - 1) / block * image_bytes(of) +
           (uint64_t)TOKENS * (of->inputs + of->outputs);
}

/* Inputs again for every column wave, images and outputs once. */
static uint64_t bytes_of_streams(const struct layer_case *of)
{
    return image_bytes(of) +
           (uint64_t)TOKENS *
               ((uint64_t)of->inputs * (of->outputs / COLUMNS) + of->outputs);
}

/*
 * What decides: the channel, and where images come in blocks, that each column
 * wave's write waits for its last sum while one more image has come: an image
 * is usable after the latency of 50, loads, all vectors enter, and the pipeline
 * is 11 deep.  A slice is read long before the channel comes to the write.
 */
static double expected_clocks(const struct layer_case *of,
                              const struct blocked *ran)
{
    bool dense = of->pattern[0] == 'd';
    double image = dense ? 128 * 32.0 : 128 * 32 * 11 / 8.0;
    double blocks = ceil((double)TOKENS / ran->block);
    double waits = 50 + ceil(image / 128) + ran->block + 11 - image / RATE;

    if (ran->streamed)
        return (double)ran->bytes / RATE;
    return (double)ran->bytes / RATE +
           blocks * of->outputs / COLUMNS * fmax(waits, 0);
}

START_TEST(the_way_taken_agrees_from_clock_to_clock)
{
    static const struct layer_case cases[] = {
        { 4096, 32, "dense", "" },
        { 4096, 32, "4:8", "blocking=stream" },
        { 1000, 96, "4:8", "" },
        { 1024, 64, "4:8", "inference.overlap=none" },
        { 4096, 96, "dense", "" },
        { 4096, 96, "4:8", "" },
        { 4096, 64, "dense", "blocking=stream" },
        { 11008, 32, "4:8", "" },
    };
    size_t count = getenv("MODELS_SOAK") ? sizeof cases / sizeof *cases : 4;

    for (size_t i = 0; i < count; i++) {
        const struct layer_case *of = &cases[i];
        struct blocked ran = run_blocked(of, true);

        ck_assert_uint_eq(ran.bytes, ran.streamed ? bytes_of_streams(of)
                                                  : bytes_of_blocks(of));
        ck_assert_uint_eq(ran.block,
                          ran.streamed ? TOKENS : BUFFER / of->inputs);
    }
}
END_TEST

/* All of a block of the model, in each way; the better one is taken. */
START_TEST(a_prompt_of_llama_takes_the_clocks_of_its_bytes)
{
    static const struct {
        uint32_t inputs, outputs, times;
    } shapes[] = { { 4096, 4096, 4 }, { 4096, 11008, 2 }, { 11008, 4096, 1 } };
    static const char *const patterns[] = { "dense", "4:8" };
    double clocks[2] = { 0 }, expected[2] = { 0 };

    for (int p = 0; p < 2; p++)
        for (int s = 0; s < 3; s++) {
            struct layer_case of = { shapes[s].inputs, shapes[s].outputs,
                                     patterns[p], "blocking=tokens" };
            struct blocked blocks = run_blocked(&of, false), streams, best;

            of.settings = "blocking=stream";
            streams = run_blocked(&of, false);
            of.settings = "";
            best = run_blocked(&of, false);
            ck_assert_uint_eq(blocks.bytes, bytes_of_blocks(&of));
            ck_assert_uint_eq(streams.bytes, bytes_of_streams(&of));
            ck_assert_uint_eq(best.clocks, blocks.clocks < streams.clocks
                                               ? blocks.clocks
                                               : streams.clocks);
            ck_assert_double_eq_tol((double)streams.clocks /
                                        expected_clocks(&of, &streams),
                                    1, 0.01);
            ck_assert_double_eq_tol(
                (double)blocks.clocks / expected_clocks(&of, &blocks), 1, 0.01);
            clocks[p] += shapes[s].times * (double)best.clocks;
            expected[p] += shapes[s].times * expected_clocks(&of, &best);
        }
    for (int p = 0; p < 2; p++)
        ck_assert_msg(fabs(clocks[p] / expected[p] - 1) < 0.01,
                      "%s: %.0f clocks, and %.0f", patterns[p], clocks[p],
                      expected[p]);
    ck_assert_double_eq_tol(clocks[0] / clocks[1], expected[0] / expected[1],
                            0.01 * clocks[0] / clocks[1]);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("blocking");
    TCase *all = tcase_create("all");

    tcase_set_timeout(all, 60);
    tcase_add_test(all, the_way_taken_agrees_from_clock_to_clock);
    tcase_add_test(all, a_prompt_of_llama_takes_the_clocks_of_its_bytes);
    suite_add_tcase(suite, all);
    return suite;
}
