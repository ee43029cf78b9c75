/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/flow/bench.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "flow/prune.h"
#include "flow/select.h"
#include "llm/perplexity.h"

struct gather {
    const struct bench *bench;
    double **sum; /* [layers], each [rows][K] */
};

static void see(void *context, size_t layer, size_t row, const float *x,
                uint32_t tokens)
{
    const struct gather *gather = context;
    uint32_t inputs = model_layer(gather->bench->model, layer)->inputs;
    double *sum = gather->sum[layer] + row * inputs;

    for (uint32_t t = 0; t < tokens; t++) {
        for (uint32_t k = 0; k < inputs; k++)
            sum[k] += (double)x[(size_t)t * inputs + k] *
                      (double)x[(size_t)t * inputs + k];
    }
}

static size_t input_of(const struct model *model, size_t layer)
{
    const struct model_layer *me = model_layer(model, layer);

    for (size_t i = 0; i < layer; i++) {
        const struct model_layer *other = model_layer(model, i);

        if (other->block == me->block && other->input_id == me->input_id)
            return i;
    }
    return layer;
}

static void must(int status, const struct error *err)
{
    ck_assert_msg(status == 0, "%s", err->text);
}

static void run_calibration(struct bench *bench, double **sum)
{
    struct gather gather = { bench, sum };
    const struct model_tap tap = { see, &gather };
    const struct model_walk walk = { .tap = &tap };
    const struct model_tokens *tokens = &bench->calibration;
    float *hidden =
        memory_new_aligned(tokens->rows * tokens->length,
                           model_width(bench->model) * sizeof *hidden);
    struct error err;

    must(model_walk_blocks(bench->model, tokens, &walk, hidden, &err), &err);
    free(hidden);
}

static void average(struct bench *bench, double **sum, size_t layer)
{
    uint32_t inputs = bench->trace.layer[layer].inputs;
    size_t from = bench->trace.layer[layer].input_of;
    double *mean = memory_new(inputs, sizeof *mean);

    for (size_t row = 0; row < bench->calibration.rows; row++) {
        for (uint32_t k = 0; k < inputs; k++)
            mean[k] += sum[from][row * inputs + k];
    }
    for (uint32_t k = 0; k < inputs; k++)
        mean[k] /= (double)bench->calibration.rows * bench->calibration.length;
    bench->mean_square[layer] = mean;
    bench->trace.layer[layer].mean_square = mean;
}

static void calibrate(struct bench *bench)
{
    size_t layers = bench->trace.layers;
    double **sum = memory_new(layers, sizeof *sum);

    for (size_t i = 0; i < layers; i++)
        sum[i] =
            memory_new(bench->calibration.rows * bench->trace.layer[i].inputs,
                       sizeof **sum);
    run_calibration(bench, sum);
    for (size_t i = 0; i < layers; i++)
        average(bench, sum, i);
    for (size_t i = 0; i < layers; i++)
        free(sum[i]);
    free(sum);
}

static void describe(struct bench *bench, const char *path)
{
    struct recorded_trace *trace = &bench->trace;

    *trace = (struct recorded_trace){ .path = memory_text(path),
                                      .model = model_name(bench->model),
                                      .family = model_family(bench->model),
                                      .folder = model_folder(bench->model),
                                      .tokens = "tokens.safetensors",
                                      .rows = bench->calibration.rows,
                                      .layers = model_layers(bench->model) };
    memcpy(trace->checkpoint, model_hash(bench->model), HASH_TEXT);
    memcpy(trace->tokens_hash, bench->calibration.hash, HASH_TEXT);
    hash_bytes(trace->hash, path, strlen(path));
    trace->layer = memory_new(trace->layers, sizeof *trace->layer);
    for (size_t i = 0; i < trace->layers; i++) {
        const struct model_layer *layer = model_layer(bench->model, i);

        trace->layer[i] = (struct recorded_layer){
            .name = layer->name,
            .block = layer->block,
            .inputs = layer->inputs,
            .outputs = layer->outputs,
            .input_of = input_of(bench->model, i),
        };
    }
}

void bench_open(struct bench *bench, const char *checkpoint, const char *path,
                size_t rows, size_t test_rows)
{
    const char *root = getenv("FLEXCIM_CHECKPOINTS");
    char *folder, *tokens;
    struct error err;

    ck_assert_msg(root != NULL, "FLEXCIM_CHECKPOINTS is not set");
    folder = memory_printf("%s/%s", root, checkpoint);
    tokens = memory_printf("%s/tokens.safetensors", root);
    must(model_open(&bench->model, folder, &err), &err);
    must(model_tokens_read(&bench->calibration, tokens, "calibration", rows,
                           bench->model, &err),
         &err);
    must(model_tokens_read(&bench->test, tokens, "test", test_rows,
                           bench->model, &err),
         &err);
    describe(bench, path);
    bench->mean_square =
        memory_new(bench->trace.layers, sizeof *bench->mean_square);
    calibrate(bench);
    free(tokens);
    free(folder);
}

void bench_close(struct bench *bench)
{
    for (size_t i = 0; i < bench->trace.layers; i++)
        free(bench->mean_square[i]);
    free(bench->mean_square);
    free(bench->trace.layer);
    free(bench->trace.path);
    model_tokens_release(&bench->calibration);
    model_tokens_release(&bench->test);
    model_close(bench->model);
}

void bench_select(struct plan *plan, const struct bench *bench,
                  const char *method, double sparsity, const char *patterns)
{
    struct selection selection = { .trace = &bench->trace,
                                   .model = bench->model,
                                   .tokens = &bench->calibration,
                                   .sparsity = sparsity };
    struct error err = { 0 };
    const struct method *found = method_find(method, &err);

    ck_assert_msg(found != NULL, "%s", err.text);
    if (patterns)
        must(pattern_list_parse(&selection.patterns, patterns, &err), &err);
    must(select_plan(plan, found, &selection, &err), &err);
}

double bench_perplexity(const struct bench *bench, const struct plan *plan)
{
    struct prune prune = { .plan = plan,
                           .trace = &bench->trace,
                           .model = bench->model };
    const struct model_walk walk = { .edit = plan ? prune_block : NULL,
                                     .context = &prune };
    struct perplexity perplexity;
    struct error err;

    if (plan)
        must(prune_check(&prune, &err), &err);
    must(perplexity_measure(&perplexity, bench->model, &bench->test, &walk,
                            &err),
         &err);
    return perplexity.value;
}
