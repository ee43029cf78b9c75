/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How fast layers are replayed and models run whole, on one thread.
 *
 *     replay_bench                                  the rows below
 *     replay_bench infer                            those of whole inferences
 *     replay_bench MACHINE SHAPES PATTERN TOKENS [slow]
 *
 * A row: layers, kept MACs and simulated clocks a second, passes and events a
 * second (the slow way has events), peak memory of the process so far.  Of
 * whole inferences, in the middle of the band and without a results file:
 * processor time, simulated clocks, and the same memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"
#include "models/accelerator.h"
#include "models/inference/inference.h"
#include "replay/machine_file.h"
#include "replay/shape_file.h"

struct row {
    const char *machine;
    const char *setting; /* "select.share=2", or NULL */
    const char *shapes;  /* NULL: one layer of inputs x outputs */
    uint32_t inputs, outputs;
    const char *pattern;
    uint32_t tokens;
    bool slow, values;
};

static const struct row rows[] = {
    { "flexcim", NULL, "llama-2-7b", 0, 0, "4:8", 2048, false, false },
    { "flexcim-shared", NULL, "llama-2-7b", 0, 0, "4:8", 2048, false, false },
    { "flexcim", "select.share=2 select.selects=16", "llama-2-7b", 0, 0, "4:8",
      2048, false, false },
    { "flexcim", NULL, NULL, 4096, 4096, "2:4", 128, false, true },
    { "flexcim", NULL, NULL, 1024, 256, "4:8", 4096, true, true },
    { "flexcim-shared", NULL, NULL, 1024, 256, "4:8", 4096, true, true },
    { "dense", NULL, NULL, 1024, 256, "dense", 4096, true, true },
    { "flexcim", NULL, NULL, 1024, 256, "4:8", 4096, true, false },
};

/* A model at 4:8 from its prompt to its last token; of several batches and
 * prompts together where these are lists, ended by 0. */
struct whole_row {
    const char *machines[6], *model;
    uint32_t prompt[6], batch[5], generate;
};

static const struct whole_row whole_rows[] = {
    { { "flexcim-merged" }, "llama-2-7b", { 2048 }, { 1 }, 128 },
    { { "flexcim" }, "llama-2-7b", { 2048 }, { 1 }, 128 },
    { { "flexcim-shared" }, "llama-2-7b", { 2048 }, { 1 }, 128 },
    { { "flexcim-merged" }, "llama-2-7b", { 2048 }, { 64 }, 128 },
    { { "flexcim-merged" }, "llama-3.1-70b", { 2048 }, { 1 }, 128 },
    { { "flexcim", "flexcim-merged", "dense", "fixed-4-8", "fixed-2-4" },
      "llama-2-7b",
      { 128, 512, 1024, 2048, 4096 },
      { 1, 4, 16, 64 },
      16 },
};

static _Noreturn void replay_bench_fail(const char *why)
{
    fprintf(stderr, "replay_bench: %s\n", why);
    exit(EXIT_FAILURE);
}

/* CPU seconds of this process, and its peak memory in MB. */
static double cpu_seconds(double *memory)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    *memory = (double)usage.ru_maxrss / 1024;
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void replay_bench_read_machine(struct machine_file *file,
                                      const struct row *row)
{
    const char *settings[8];
    size_t count = 0;
    char *text = memory_text(row->setting ? row->setting : ""), *rest = text,
         *word;
    struct error err;

    while ((word = strsep(&rest, " "))) {
        if (*word && count < 8)
            settings[count++] = word;
    }
    if (machine_file_read(file, row->machine, settings, count, &err) < 0)
        replay_bench_fail(err.text);
    free(text);
}

/* One layer with random weights and inputs. */
static void replay_bench_make_layer(struct layer *layer, const struct row *row,
                                    struct pattern pattern)
{
    size_t inputs = row->inputs, outputs = row->outputs;
    int8_t *weights = memory_new(inputs * outputs, 1),
           *input = memory_new(inputs * row->tokens, 1);
    uint8_t *mask = memory_new(inputs * outputs, 1);
    uint32_t *position = memory_new(inputs, sizeof *position);
    uint64_t seed = 1;

    *layer = (struct layer){ .shape.name = memory_text("random"),
                             .tokens = row->tokens,
                             .shape.inputs = row->inputs,
                             .shape.outputs = row->outputs,
                             .pattern = pattern,
                             .agreement = 1,
                             .seed = 1 };
    for (uint32_t o = 0; o < outputs; o++) {
        layer_output(layer, o, position, NULL);
        for (uint32_t i = 0; i < layer_kept(layer); i++)
            mask[o * inputs + position[i]] = 1;
    }
    for (size_t i = 0; i < inputs * outputs; i++)
        weights[i] = (int8_t)random_next(&seed);
    for (size_t i = 0; i < inputs * row->tokens; i++)
        input[i] = (int8_t)random_next(&seed);
    layer_pack(layer, weights, mask);
    layer->input = input;
    free(weights);
    free(mask);
    free(position);
}

static void run_layers(const struct row *row, const struct machine *machine,
                       const struct layer *layers, size_t count)
{
    struct accelerator_options options = { .outputs = row->values,
                                           .slow = row->slow };
    double memory, seconds = -cpu_seconds(&memory), macs = 0, clocks = 0,
                   passes = 0, events = 0;

    for (size_t i = 0; i < count; i++) {
        struct layer_result result;
        struct error err;

        if (accelerator_run(&result, machine, &layers[i], &options, &err) < 0)
            replay_bench_fail(err.text);
        macs += (double)result.counters[COUNTER_KEPT_MACS];
        clocks += (double)result.cycles;
        passes += (double)result.counters[COUNTER_PASSES];
        events += (double)result.events;
        layer_result_release(&result);
    }
    seconds += cpu_seconds(&memory);
    printf("%-16s%-34s%-12s%-6s%6u %-5s%-7s%6zu%9.2f%10.3g%10.3g%10.3g%10.3g"
           "%7.0f\n",
           row->machine, row->setting ? row->setting : "",
           row->shapes ? row->shapes : "one layer", row->pattern, row->tokens,
           row->slow ? "slow" : "fast", row->values ? "values" : "timing",
           count, seconds, macs / seconds, clocks / seconds, passes / seconds,
           events / seconds, memory);
    fflush(stdout);
}

static void replay_bench_run_row(const struct row *row)
{
    struct machine_file machine;
    struct pattern pattern;
    struct error err;

    replay_bench_read_machine(&machine, row);
    if (pattern_parse(&pattern, row->pattern, &err) < 0)
        replay_bench_fail(err.text);
    if (row->shapes) {
        struct shape_options options = { .tokens = row->tokens,
                                         .pattern = &pattern };
        struct shape_file shapes;

        if (shape_file_read(&shapes, row->shapes, &options, &err) < 0)
            replay_bench_fail(err.text);
        run_layers(row, &machine.machine, shapes.layer, shapes.layers);
        shape_file_release(&shapes);
    } else {
        struct layer layer;

        replay_bench_make_layer(&layer, row, pattern);
        run_layers(row, &machine.machine, &layer, 1);
        layer_release_packed(&layer);
        free((void *)(uintptr_t)layer.input);
        layer_shape_release(&layer.shape);
    }
    machine_file_release(&machine);
}

/* All batches and prompts on one machine; the clocks together. */
static double run_machine(const struct whole_row *row, const char *name,
                          const struct shape_file *shapes)
{
    static const char *const memory[] = { "dram.kind=lpddr5-6400" };
    struct machine_file machine;
    double clocks = 0;
    struct error err;

    if (machine_file_read(&machine, name, memory, 1, &err) < 0)
        replay_bench_fail(err.text);
    for (const uint32_t *batch = row->batch; *batch; batch++)
        for (const uint32_t *prompt = row->prompt; *prompt; prompt++) {
            const struct inference_asked asked = { .machine = &machine.machine,
                                                   .sizes = shapes->sizes,
                                                   .layers = shapes->layer,
                                                   .layer_count =
                                                       shapes->layers,
                                                   .prompt = *prompt,
                                                   .generate = row->generate,
                                                   .batch = *batch };
            struct inference_result result;

            if (inference_run(&result, &asked, &err) < 0)
                replay_bench_fail(err.text);
            clocks += (double)result.clocks;
            inference_result_release(&result);
        }
    machine_file_release(&machine);
    return clocks;
}

static void run_whole_row(const struct whole_row *row)
{
    double memory, seconds = -cpu_seconds(&memory), clocks = 0;
    struct shape_options options = { 0 };
    struct pattern pattern;
    struct shape_file shapes;
    size_t machines = 0, batches = 0, prompts = 0;
    struct error err;

    options.pattern = &pattern;
    if (pattern_parse(&pattern, "4:8", &err) < 0 ||
        shape_file_read(&shapes, row->model, &options, &err) < 0)
        replay_bench_fail(err.text);
    for (; row->machines[machines]; machines++)
        clocks += run_machine(row, row->machines[machines], &shapes);
    while (row->batch[batches])
        batches++;
    while (row->prompt[prompts])
        prompts++;
    shape_file_release(&shapes);
    seconds += cpu_seconds(&memory);
    printf("%-16s%-16s%4zu x%2zu x%2zu%9u%9u%8u%9.2f%10.3g%7.0f\n",
           machines > 1 ? "several" : row->machines[0], row->model, machines,
           batches, prompts, row->batch[0], row->prompt[0], row->generate,
           seconds, clocks, memory);
    fflush(stdout);
}

static void run_whole_rows(void)
{
    printf("%-16s%-16s%12s%9s%9s%8s%9s%10s%7s\n", "machine", "whole model",
           "runs", "batch", "prompt", "tokens", "CPU s", "clocks", "MB");
    for (size_t i = 0; i < sizeof whole_rows / sizeof *whole_rows; i++)
        run_whole_row(&whole_rows[i]);
}

static void run_one(int argc, char **argv)
{
    struct row row = { .machine = argv[1],
                       .shapes = argv[2],
                       .pattern = argv[3] };
    uint64_t tokens;

    if (!number_u64(&tokens, argv[4]) || tokens < 1 ||
        tokens > SHAPE_MAX_TOKENS)
        replay_bench_fail("TOKENS is a whole number");
    row.tokens = (uint32_t)tokens;
    for (int i = 5; i < argc; i++) {
        if (strcmp(argv[i], "slow") == 0)
            row.slow = true;
        else
            replay_bench_fail("after TOKENS may come: slow");
    }
    replay_bench_run_row(&row);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "infer") == 0) {
        run_whole_rows();
        return EXIT_SUCCESS;
    }
    if (argc != 1 && argc < 5)
        replay_bench_fail("usage: replay_bench [infer | MACHINE SHAPES PATTERN "
                          "TOKENS [slow]]");
    printf("%-16s%-34s%-12s%-6s%6s %-5s%-7s%6s%9s%10s%10s%10s%10s%7s\n",
           "machine", "setting", "layers", "N:M", "T", "way", "what", "count",
           "CPU s", "MAC/s", "clocks/s", "passes/s", "events/s", "MB");
    if (argc > 1) {
        run_one(argc, argv);
        return EXIT_SUCCESS;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        replay_bench_run_row(&rows[i]);
    run_whole_rows();
    return EXIT_SUCCESS;
}
