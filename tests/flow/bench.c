/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/flow/bench.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "flow/select/select.h"
#include "tensor/quantize.h"
#include "tests/llm/tiny.h"

enum { SAMPLE = 3 };

static void must(int status, const struct error *err)
{
    ck_assert_msg(status == 0, "%s", err->text);
}

static void fill_layer(struct bench *bench, size_t number)
{
    const struct model_layer *layer = model_layer(bench->model, number);
    const struct calibration_layer *all = bench->calibration.layer;
    const struct calibration_layer *seen = &all[all[number].input_of];
    size_t size = (size_t)layer->shape.outputs * layer->shape.inputs;
    float *weights = memory_new(size, sizeof *weights);
    int8_t *values = memory_new(size, 1);
    float *scales = memory_new(layer->shape.outputs, sizeof *scales);
    struct error err;

    must(model_weights(bench->model, number, weights, &err), &err);
    quantize_rows(values, scales, weights, layer->shape.outputs,
                  layer->shape.inputs);
    free(weights);
    bench->trace.layer[number] =
        (struct recorded_layer){ .shape = layer->shape,
                                 .input_of = seen->input_of,
                                 .tokens = seen->tokens,
                                 .routed =
                                     model_is_routed(bench->model, number),
                                 .reached = seen->reached,
                                 .place = seen->place,
                                 .mean_square = seen->mean_square,
                                 .weights = values,
                                 .weight_scale = scales,
                                 .input = seen->input,
                                 .input_scale = seen->input_scale };
}

void bench_open(struct bench *bench, const char *folder, const char *tokens,
                const char *path, size_t rows)
{
    struct recorded_trace *trace = &bench->trace;
    struct error err;

    must(model_open(&bench->model, folder, &err), &err);
    must(model_tokens_read(&bench->tokens, tokens, "calibration", rows,
                           bench->model, &err),
         &err);
    must(calibration_measure(&bench->calibration, bench->model, &bench->tokens,
                             SAMPLE, &(struct work){ 0 }, &err),
         &err);
    *trace = (struct recorded_trace){ .path = memory_text(path),
                                      .model = model_name(bench->model),
                                      .family = model_family(bench->model),
                                      .folder = model_folder(bench->model),
                                      .tokens = tokens,
                                      .rows = bench->tokens.rows,
                                      .layers = model_layers(bench->model) };
    memcpy(trace->checkpoint, model_hash(bench->model), HASH_TEXT);
    memcpy(trace->tokens_hash, bench->tokens.hash, HASH_TEXT);
    model_tokens_rows_hash(&bench->tokens, trace->rows_hash);
    hash_bytes(trace->hash, path, strlen(path));
    trace->layer = memory_new(trace->layers, sizeof *trace->layer);
    for (size_t i = 0; i < trace->layers; i++)
        fill_layer(bench, i);
}

void bench_close(struct bench *bench)
{
    for (size_t i = 0; i < bench->trace.layers; i++) {
        free((void *)(uintptr_t)bench->trace.layer[i].weights);
        free((void *)(uintptr_t)bench->trace.layer[i].weight_scale);
    }
    free(bench->trace.layer);
    free(bench->trace.path);
    calibration_release(&bench->calibration);
    model_tokens_release(&bench->tokens);
    model_close(bench->model);
}

struct selection bench_selection(const struct bench *bench, double sparsity,
                                 const char *patterns)
{
    struct selection selection = { .trace = &bench->trace,
                                   .model = bench->model,
                                   .tokens = &bench->tokens,
                                   .sparsity = sparsity };
    struct error err;

    if (patterns)
        must(pattern_list_parse(&selection.patterns, patterns, &err), &err);
    return selection;
}

void bench_select(struct plan *plan, const char *method,
                  const struct selection *selection)
{
    struct error err;
    const struct method *found = method_find(method, &err);

    ck_assert_msg(found != NULL, "%s", err.text);
    must(select_plan(plan, found, selection, &err), &err);
}

void bench_enter_tiny(struct bench *bench)
{
    tiny_enter();
    tiny_write("m", &(struct tiny){ 0 });
    tiny_write_tokens("f", "calibration", BENCH_ROWS, BENCH_LENGTH);
    bench_open(bench, "m", "f:calibration", "m.trace", 0);
}

void bench_leave_tiny(struct bench *bench)
{
    bench_close(bench);
    unlink("m.trace.costs");
    tiny_leave();
}

void bench_zero_costs(void)
{
    struct error err;
    char *text = file_read_text("m.trace.costs", 1 << 20, &err);
    bool costs = false;

    ck_assert_msg(text != NULL, "%s", err.text);
    for (char *at = text; (at = strstr(at, ": ")); at += 2) {
        for (char *digit = at + 2; *digit != ',' && *digit != '\n'; digit++)
            *digit = ' ';
        at[2] = '0';
        costs = true;
    }
    ck_assert(costs);
    must(file_put("m.trace.costs", text, strlen(text), &err), &err);
    free(text);
}

void bench_refuse(const char *method, const struct selection *selection,
                  enum error_kind kind, const char *words)
{
    struct error err = { .text = "accepted" };
    const struct method *found = method_find(method, &err);
    struct plan plan;

    ck_assert_ptr_nonnull(found);
    ck_assert_int_eq(select_plan(&plan, found, selection, &err), -1);
    ck_assert_int_eq(err.kind, kind);
    ck_assert_msg(strstr(err.text, words) != NULL, "%s", err.text);
}
