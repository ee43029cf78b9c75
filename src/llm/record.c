/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "llm/calibration.h"
#include "tensor/quantize.h"
#include "trace/recorded_trace.h"

/* FILE:TENSOR, also if the tensor went without saying; free() it. */
static char *spec_with_tensor(const struct record *record)
{
    const char *tensor = record->tokens->tensor;
    size_t length = strlen(record->spec), tail = strlen(tensor);

    if (length > tail && record->spec[length - tail - 1] == ':' &&
        strcmp(record->spec + length - tail, tensor) == 0)
        return memory_text(record->spec);
    return memory_printf("%s:%s", record->spec, tensor);
}

static void describe(struct recorded_trace *about, const struct record *record,
                     const char *spec, const struct calibration *calibration)
{
    const struct model *model = record->model;

    *about = (struct recorded_trace){
        .model = model_name(model),
        .family = model_family(model),
        .folder = model_folder(model),
        .tokens = spec,
        .first_row = record->tokens->first,
        .rows = record->tokens->rows,
        .layers = model_layers(model),
    };
    memcpy(about->checkpoint, model_hash(model), HASH_TEXT);
    memcpy(about->tokens_hash, record->tokens->hash, HASH_TEXT);
    model_tokens_rows_hash(record->tokens, about->rows_hash);
    about->layer = memory_new(about->layers, sizeof *about->layer);
    for (size_t l = 0; l < about->layers; l++) {
        const struct model_layer *layer = model_layer(model, l);

        about->layer[l] = (struct recorded_layer){
            .name = layer->name,
            .block = layer->block,
            .inputs = layer->inputs,
            .outputs = layer->outputs,
            .input_of = calibration->layer[l].input_of,
            .tokens = calibration->sampled,
        };
    }
}

static int put_layer(struct recorded_trace_out *out, size_t number,
                     const struct record *record,
                     const struct calibration_layer *seen, struct error *err)
{
    const struct model_layer *layer = model_layer(record->model, number);
    size_t size = (size_t)layer->outputs * layer->inputs;
    float *weights = memory_new_aligned(size, sizeof *weights);
    float *scale = memory_new(layer->outputs, sizeof *scale);
    int8_t *values = memory_new(size, 1);
    int status = model_weights(record->model, number, weights, err);

    if (status == 0) {
        quantize_rows(values, scale, weights, layer->outputs, layer->inputs);
        status = recorded_trace_put_layer(out, number, seen->mean_square,
                                          values, scale, err);
    }
    if (status == 0 && seen->input_of == number)
        status = recorded_trace_put_inputs(out, number, seen->input,
                                           seen->input_scale, err);
    free(values);
    free(scale);
    free(weights);
    return status;
}

int record_write(const struct record *record, const char *path,
                 struct error *err)
{
    struct calibration calibration;
    struct recorded_trace about;
    struct recorded_trace_out *out;
    char *spec;
    int status;

    if (calibration_measure(&calibration, record->model, record->tokens,
                            record->sample, record->workers, record->progress,
                            err) < 0)
        return -1;
    spec = spec_with_tensor(record);
    describe(&about, record, spec, &calibration);
    status = recorded_trace_create(&out, path, &about, err);
    if (status == 0) {
        for (size_t l = 0; status == 0 && l < about.layers; l++)
            status = put_layer(out, l, record, &calibration.layer[l], err);
        if (status == 0)
            status = recorded_trace_commit(out, err);
        else
            recorded_trace_abandon(out);
    }
    free(about.layer);
    free(spec);
    calibration_release(&calibration);
    return status;
}
