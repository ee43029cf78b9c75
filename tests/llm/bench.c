/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How near a forward pass comes to the matrix products that it is made of:
 *
 *     llm_bench [CHECKPOINT [ROWS [TOKENS]]]
 *
 * runs perplexity on random tokens, then OpenBLAS's sgemm alone on the same
 * shapes (every layer and the head) with the same workers, and prints both
 * speeds and the share.  Seconds are of the processors, so that others at work
 * on the machine do not count; beside them, how many processors were busy.
 */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "base/random.h"
#include "llm/model.h"
#include "llm/tokens.h"
#include "llm/perplexity.h"

/* Tokens whose logits perplexity_measure() holds. */
enum { AT_A_TIME = 128 };

/* Seconds since some moment. */
struct moment {
    double wall, processors;
};

static struct moment now(void)
{
    struct timespec used;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (struct moment){
        .wall = progress_clock(),
        .processors = (double)used.tv_sec + 1e-9 * (double)used.tv_nsec,
    };
}

static struct moment since(struct moment begun)
{
    struct moment end = now();

    end.wall -= begun.wall;
    end.processors -= begun.processors;
    return end;
}

struct products {
    const struct model *model;
    uint32_t tokens;
    float **x, **y; /* one a worker */
    float *weights; /* as many as the largest map has */
};

static void multiply(const struct products *products, unsigned worker,
                     uint32_t tokens, uint32_t outputs, uint32_t inputs)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)tokens,
                (int)outputs, (int)inputs, 1, products->x[worker], (int)inputs,
                products->weights, (int)inputs, 0, products->y[worker],
                (int)outputs);
}

static void one_row(void *context, size_t row, unsigned worker)
{
    const struct products *products = context;
    const struct model *model = products->model;

    (void)row;
    for (size_t i = 0; i < model_layers(model); i++)
        multiply(products, worker, products->tokens,
                 model_layer(model, i)->shape.outputs,
                 model_layer(model, i)->shape.inputs);
    for (uint32_t t = 0; t < products->tokens; t += AT_A_TIME) {
        uint32_t left = products->tokens - t;

        multiply(products, worker, left < AT_A_TIME ? left : AT_A_TIME,
                 model_vocabulary(model), model_width(model));
    }
}

static float *ones(size_t count)
{
    float *numbers = memory_new_aligned(count, sizeof *numbers);

    for (size_t i = 0; i < count; i++)
        numbers[i] = 1;
    return numbers;
}

/* What the products alone take. */
static struct moment time_products(const struct model *model, size_t rows,
                                   uint32_t tokens)
{
    unsigned workers = parallel_processors();
    size_t most = (size_t)model_vocabulary(model) * model_width(model);
    size_t widest = model_vocabulary(model);
    struct products products = { .model = model, .tokens = tokens };
    struct moment took;

    for (size_t i = 0; i < model_layers(model); i++) {
        const struct model_layer *layer = model_layer(model, i);
        size_t count = (size_t)layer->shape.inputs * layer->shape.outputs;

        most = count > most ? count : most;
        widest = layer->shape.inputs > widest ? layer->shape.inputs : widest;
        widest = layer->shape.outputs > widest ? layer->shape.outputs : widest;
    }
    products.weights = ones(most);
    products.x = memory_new(workers, sizeof(float *));
    products.y = memory_new(workers, sizeof(float *));
    for (unsigned i = 0; i < workers; i++) {
        products.x[i] = ones(tokens * widest);
        products.y[i] = ones(tokens * widest);
    }
    took = now();
    parallel_for(workers, rows, one_row, &products);
    took = since(took);
    for (unsigned i = 0; i < workers; i++) {
        free(products.x[i]);
        free(products.y[i]);
    }
    free(products.x);
    free(products.y);
    free(products.weights);
    return took;
}

static double work_of(const struct model *model, double places)
{
    double weights = (double)model_vocabulary(model) * model_width(model);

    for (size_t i = 0; i < model_layers(model); i++)
        weights += (double)model_layer(model, i)->shape.inputs *
                   model_layer(model, i)->shape.outputs;
    return 2 * weights * places;
}

static void tell(const char *what, struct moment took, double work)
{
    printf("    %-12s %6.2f s of a processor, %6.1f Gflop/s of each; %.2f "
           "processors busy\n",
           what, took.processors, work / took.processors * 1e-9,
           took.processors / took.wall);
}

static int bench(const char *folder, size_t rows, uint32_t length,
                 struct error *err)
{
    struct model_tokens tokens = { .rows = rows, .length = length };
    struct moment whole, alone;
    struct perplexity perplexity;
    struct model *model;
    uint64_t state = 1;
    int status;

    if (model_open(&model, folder, err) < 0)
        return -1;
    tokens.ids = memory_new(rows * length, sizeof *tokens.ids);
    for (size_t i = 0; i < rows * length; i++)
        tokens.ids[i] = (int32_t)random_below(&state, model_vocabulary(model));
    whole = now();
    status = perplexity_measure(&perplexity, model, &tokens, NULL, err);
    whole = since(whole);
    if (status == 0) {
        double work = work_of(model, (double)rows * length);

        alone = time_products(model, rows, length);
        printf("%s, %zu rows of %u tokens: share %.0f %%\n", model_name(model),
               rows, length, 100 * alone.processors / whole.processors);
        tell("forward pass", whole, work);
        tell("sgemm alone", alone, work);
    }
    model_tokens_release(&tokens);
    model_close(model);
    return status;
}

int main(int count, char **words)
{
    uint64_t rows = 32, length = 512;
    struct error err;
    int status = 0;

    if (count > 4 || (count > 2 && !number_u64(&rows, words[2])) ||
        (count > 3 && !number_u64(&length, words[3])) || rows == 0 ||
        length < 2 || length > 65536) {
        fprintf(stderr, "usage: llm_bench [CHECKPOINT [ROWS [TOKENS]]]\n");
        return 64;
    }
    printf("%u workers, OpenBLAS %s\n", parallel_processors(),
           openblas_get_corename());
    if (count > 1)
        status = bench(words[1], rows, (uint32_t)length, &err);
    else if (bench(SOURCE_ROOT "/traces/checkpoints/llama-7m", rows,
                   (uint32_t)length, &err) < 0 ||
             bench(SOURCE_ROOT "/traces/checkpoints/mamba2-6m", rows,
                   (uint32_t)length, &err) < 0)
        status = -1;
    if (status < 0)
        fprintf(stderr, "llm_bench: %s\n", err.text);
    return status < 0 ? (int)err.kind : 0;
}
