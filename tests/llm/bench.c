/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How near recording, perplexity and costs come to the matrix products that
 * they are made of, and how much faster two workers are than one:
 *
 *     llm_bench [CHECKPOINT TOKENS [ROWS]]
 *
 * runs the commands with one thread, and compares the processor's seconds with
 * those of OpenBLAS's sgemm alone on the same shapes as often as the step needs
 * them: every layer, scores and values of attention, and the head.  Scans of
 * state spaces, norms, activations and reading are not in that floor.  Then two
 * threads and two processes, whose seconds of wall time are compared with one
 * thread's, and beside them two sgemms at once: what one machine's processors
 * share (a clock, caches) makes any program slower.  Not with one row, which
 * two cannot share.
 */
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/arithmetic.h"
#include "base/cpu_clock.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "llm/effort.h"
#include "llm/model_parts.h"
#include "llm/tokens.h"

/* ---- products -------------------------------------------------------------*/

/* y [tokens][outputs] = x [tokens][inputs] times weights. */
struct product {
    int tokens, outputs, inputs;
};

static float *ones(size_t count)
{
    float *numbers = memory_new_aligned(count, sizeof *numbers);

    for (size_t i = 0; i < count; i++)
        numbers[i] = 1;
    return numbers;
}

/* One product, and its matrices: results of each of two workers. */
struct products {
    const struct product *of;
    float *x, *weights, *y[2];
};

static void multiply(void *context, size_t item, unsigned worker)
{
    const struct products *products = context;
    const struct product *of = products->of;

    (void)item;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, of->tokens,
                of->outputs, of->inputs, 1, products->x, of->inputs,
                products->weights, of->inputs, 0, products->y[worker],
                of->outputs);
}

/* Processor seconds of one such product: the best of three goes, each of some
 * hundredths of a second. */
static double measure_seconds(const struct product *of)
{
    struct products products = {
        .of = of,
        .x = ones((size_t)of->tokens * (size_t)of->inputs),
        .weights = ones((size_t)of->outputs * (size_t)of->inputs),
        .y = { ones((size_t)of->tokens * (size_t)of->outputs) },
    };
    double best = INFINITY;

    for (int go = -1; go < 3; go++) {
        double begun = cpu_clock_thread(), taken;
        unsigned times = 0;

        do {
            multiply(&products, 0, 0);
            taken = cpu_clock_thread() - begun;
            times++;
        } while (go >= 0 && taken < 0.02);
        if (go >= 0)
            best = fmin(best, taken / times);
    }
    free(products.x);
    free(products.weights);
    free(products.y[0]);
    return best;
}

/* What was measured already is remembered. */
static double seconds_of(const struct product *of)
{
    static struct {
        struct product of;
        double seconds;
    } known[256];
    static size_t count;
    double seconds;

    for (size_t i = 0; i < count; i++)
        if (memcmp(&known[i].of, of, sizeof *of) == 0)
            return known[i].seconds;
    seconds = measure_seconds(of);
    if (count < sizeof known / sizeof *known) {
        known[count].of = *of;
        known[count++].seconds = seconds;
    }
    return seconds;
}

/* Wall time of products on two threads, over that of as many on one: enough of
 * them that it does not count when the second thread begins. */
static double two_at_once(const struct product *of)
{
    size_t items = 2 * (size_t)ceil(0.2 / seconds_of(of));
    struct products products = {
        .of = of,
        .x = ones((size_t)of->tokens * (size_t)of->inputs),
        .weights = ones((size_t)of->outputs * (size_t)of->inputs),
        .y = { ones((size_t)of->tokens * (size_t)of->outputs),
               ones((size_t)of->tokens * (size_t)of->outputs) },
    };
    double wall[2] = { INFINITY, INFINITY };

    parallel_for(2, 2, multiply, &products);
    for (int go = 0; go < 3; go++)
        for (unsigned threads = 1; threads <= 2; threads++) {
            double begun = progress_clock();

            parallel_for(threads, items, multiply, &products);
            wall[threads - 1] =
                fmin(wall[threads - 1], progress_clock() - begun);
        }
    free(products.x);
    free(products.weights);
    free(products.y[0]);
    free(products.y[1]);
    return wall[1] / wall[0];
}

/* ---- what a row takes -----------------------------------------------------*/

static double layer_seconds(const struct model *model, size_t layer,
                            uint32_t tokens)
{
    const struct layer_shape *shape = &model_layer(model, layer)->shape;
    struct product product = { (int)tokens, (int)shape->outputs,
                               (int)shape->inputs };

    return seconds_of(&product);
}

/* All heads: scores of some queries with the keys up to them, and values. */
static double attention_seconds(const struct model *model, uint32_t tokens)
{
    enum { QUERIES = 64 };
    int size = (int)model->shape.size[SIZE_HEAD];
    double sum = 0;

    for (uint32_t t = 0; t < tokens; t += QUERIES) {
        int queries = (int)min(tokens - t, QUERIES);
        int keys = (int)t + queries;

        sum += seconds_of(&(struct product){ queries, keys, size }) +
               seconds_of(&(struct product){ queries, size, keys });
    }
    return sum * model->shape.size[SIZE_HEADS];
}

static double head_seconds(const struct model *model, uint32_t tokens)
{
    enum { AT_A_TIME = 128 };
    struct product product = { AT_A_TIME, (int)model_vocabulary(model),
                               (int)model_width(model) };

    return seconds_of(&product) * tokens / AT_A_TIME;
}

static double block_seconds(const struct model *model, uint32_t block,
                            uint32_t tokens)
{
    const struct layer_span span = model_layers_of_block(model, block);
    bool attention = false;
    double sum = 0;

    for (size_t l = span.first; l < span.end; l++) {
        sum += layer_seconds(model, l, tokens);
        attention |= effort_attends(model, l);
    }
    return sum + (attention ? attention_seconds(model, tokens) : 0);
}

/* Of a block what depends on a layer's weights. */
static double trial_seconds(const struct model *model, size_t layer,
                            uint32_t tokens)
{
    uint32_t block = model_layer(model, layer)->shape.block;
    const struct layer_span span = model_layers_of_block(model, block);
    double sum = layer_seconds(model, layer, tokens);

    for (size_t l = layer + 1; l < span.end; l++)
        if (model_input_of(model, l) != model_input_of(model, layer))
            sum += layer_seconds(model, l, tokens);
    return sum + (effort_attends(model, layer)
                      ? attention_seconds(model, tokens)
                      : 0);
}

/* ---- the steps ------------------------------------------------------------*/

static double record_floor(const struct model *model, uint32_t tokens)
{
    double sum = 0;

    for (uint32_t b = 0; b < model_blocks(model); b++)
        sum += block_seconds(model, b, tokens);
    return sum;
}

static double perplexity_floor(const struct model *model, uint32_t tokens)
{
    return record_floor(model, tokens) + head_seconds(model, tokens);
}

/* Each layer with one pattern, and each block as it is. */
static double block_error_floor(const struct model *model, uint32_t tokens)
{
    double sum = record_floor(model, tokens);

    for (size_t l = 0; l < model_layers(model); l++)
        sum += trial_seconds(model, l, tokens);
    return sum;
}

/* Likewise, and from there to the words; what they are compared with, twice. */
static double sensitivity_floor(const struct model *model, uint32_t tokens)
{
    double sum = 2 * record_floor(model, tokens) + head_seconds(model, tokens);
    double left = head_seconds(model, tokens);

    for (uint32_t b = model_blocks(model); b-- > 0;) {
        const struct layer_span span = model_layers_of_block(model, b);

        for (size_t l = span.first; l < span.end; l++)
            sum += trial_seconds(model, l, tokens) + left;
        left += block_seconds(model, b, tokens);
    }
    return sum;
}

static const struct bench_step {
    const char *name;
    double (*floor)(const struct model *model, uint32_t tokens); /* of a row */
    const char *words; /* of the command, behind its first and its input */
    const char *made;  /* what it leaves, to be taken away */
} steps[] = {
    { "record", record_floor, "-o m.trace", NULL },
    { "perplexity", perplexity_floor, "--db r.db", "r.db" },
    { "block-error", block_error_floor,
      "--method block-error --sparsity 0.25 --patterns 4:8,dense -o plan",
      "m.trace.costs" },
    { "sensitivity", sensitivity_floor,
      "--method sensitivity --sparsity 0.25 --patterns 4:8,dense -o plan",
      "m.trace.costs" },
};

struct bench {
    const char *checkpoint, *tokens; /* absolute */
    size_t rows;
};

struct taken {
    double wall, processors;
};

/* Runs a shell's line in the folder that the bench is in. */
static struct taken run_line(const char *line)
{
    struct rusage before, after;
    struct taken taken = { .wall = -progress_clock() };

    getrusage(RUSAGE_CHILDREN, &before);
    if (system(line) != 0) {
        fprintf(stderr, "llm_bench: failed: %s\n", line);
        exit(70);
    }
    getrusage(RUSAGE_CHILDREN, &after);
    taken.wall += progress_clock();
    taken.processors =
        (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
        (double)(after.ru_stime.tv_sec - before.ru_stime.tv_sec) +
        1e-6 * (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec) +
        1e-6 * (double)(after.ru_stime.tv_usec - before.ru_stime.tv_usec);
    return taken;
}

static struct taken run_step(const struct bench *bench,
                             const struct bench_step *step, const char *workers)
{
    bool selects = strstr(step->words, "--method") != NULL;
    char *line =
        selects
            ? memory_printf("'%s' select m.trace -q --samples %zu %s %s "
                            "> out",
                            FLEXCIM, bench->rows, step->words, workers)
            : memory_printf("'%s' %s '%s' -q --tokens '%s' --rows %zu %s %s "
                            "> out",
                            FLEXCIM, step->name, bench->checkpoint,
                            bench->tokens, bench->rows, step->words, workers);
    struct taken taken = run_line(line);

    free(line);
    if (step->made && unlink(step->made) < 0)
        perror(step->made);
    return taken;
}

static void bench_steps(const struct bench *bench, const struct model *model,
                        uint32_t length)
{
    printf("%-12s %9s %9s %9s %12s %14s\n", "", "floor s", "took s", "times",
           "two threads", "two processes");
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        double floor = (double)bench->rows * steps[i].floor(model, length);
        struct taken one = run_step(bench, &steps[i], "-j 1");

        printf("%-12s %9.2f %9.2f %9.2f", steps[i].name, floor, one.processors,
               one.processors / floor);
        fflush(stdout);
        if (bench->rows > 1) {
            struct taken two = run_step(bench, &steps[i], "-j 2");
            struct taken processes =
                run_step(bench, &steps[i], "-j 2 --processes 2");

            printf(" %10.0f %% %12.0f %%", 100 * two.wall / one.wall,
                   100 * processes.wall / one.wall);
        }
        printf("\n");
    }
}

static char bench_folder[] = "/tmp/flexcim-bench-XXXXXX";

static void leave_folder(void)
{
    char *line = memory_printf("rm -rf '%s'", bench_folder);

    if (system(line) != 0)
        perror(bench_folder);
    free(line);
}

/* The process is in it, and leaves none behind however it ends. */
static int enter_folder(void)
{
    if (mkdtemp(bench_folder) && atexit(leave_folder) == 0 &&
        chdir(bench_folder) == 0)
        return 0;
    perror(bench_folder);
    return 73;
}

/* Both absolute. */
static int bench_model(const char *checkpoint, const char *tokens, size_t rows)
{
    struct bench bench = { checkpoint, tokens, rows };
    struct model_tokens read;
    struct model *model;
    struct product square;
    struct error err;
    int width;

    if (model_open(&model, checkpoint, &err) < 0 ||
        model_tokens_read(&read, tokens, "calibration", rows, model, &err) <
            0) {
        fprintf(stderr, "llm_bench: %s\n", err.text);
        return (int)err.kind;
    }
    bench.rows = read.rows;
    width = (int)model_width(model);
    square = (struct product){ (int)read.length, width, width };
    printf("%s, %zu rows of %u tokens; sgemm %.1f Gflop/s of a thread, two at "
           "once %.0f %% of the time of one\n",
           model_name(model), read.rows, read.length,
           2e-9 * read.length * width * width / seconds_of(&square),
           100 * two_at_once(&square));
    bench_steps(&bench, model, read.length);
    model_tokens_release(&read);
    model_close(model);
    return system("rm -f ./*") == 0 ? 0 : 73;
}

static int bench_given(char *const words[], size_t rows)
{
    char *checkpoint = realpath(words[0], NULL);
    char *tokens = realpath(words[1], NULL);
    int status = 66;

    if (checkpoint && tokens)
        status = enter_folder();
    else
        perror(checkpoint ? words[1] : words[0]);
    if (status == 0)
        status = bench_model(checkpoint, tokens, rows);
    free(checkpoint);
    free(tokens);
    return status;
}

int main(int count, char **words)
{
    static const char *const shipped = SOURCE_ROOT "/traces/checkpoints/";
    uint64_t rows = 16;
    int status;

    if (count == 2 || count > 4 ||
        (count > 3 && !number_u64(&rows, words[3])) || rows == 0) {
        fprintf(stderr, "usage: llm_bench [CHECKPOINT TOKENS [ROWS]]\n");
        return 64;
    }
    printf("OpenBLAS %s\n", openblas_get_corename());
    if (count > 1)
        return bench_given(words + 1, rows);
    status = enter_folder();
    for (int i = 0; i < 2 && status == 0; i++) {
        static const char *const names[] = { "llama-7m", "mamba2-6m" };
        char *folder = memory_printf("%s%s", shipped, names[i]);
        char *tokens = memory_printf("%stokens.safetensors", shipped);

        status = bench_model(folder, tokens, rows);
        free(tokens);
        free(folder);
    }
    return status;
}
