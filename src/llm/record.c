/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A recorded trace is made in three steps: the statistics of the inputs over
 * all rows (record_measure.c: in eighths that can be made by several workers
 * and kept), then layer by layer the int8 weights and a sample of the inputs,
 * then the file in place under the hash of what it has.
 *
 * The identity of what will be recorded is known before: a file that has it
 * already is not recorded again.
 */
#include "llm/record.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cblas.h>

#include "base/arithmetic.h"
#include "base/hash.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/opened.h"
#include "base/printable.h"
#include "llm/calibration.h"
#include "llm/record_measure.h"
#include "llm/sizes.h"
#include "tensor/quantize.h"
#include "tensor/safetensors.h"
#include "trace/recorded_trace.h"

/* FILE:TENSOR with the file's absolute path, also if the tensor went without
 * saying; free() it. */
static char *spec_with_tensor(const struct record *record)
{
    const char *tensor = record->tokens->tensor;
    size_t length = strlen(record->spec), tail = strlen(tensor);
    char *file = memory_text(record->spec), *real, *spec;

    if (access(file, F_OK) != 0 && length > tail &&
        file[length - tail - 1] == ':' &&
        strcmp(file + length - tail, tensor) == 0)
        file[length - tail - 1] = 0;
    real = file_absolute(file);
    spec = memory_printf("%s:%s", real, tensor);
    free(real);
    free(file);
    return spec;
}

/* A trace keeps these as JSON; said before the work, not after it. */
int record_check_names(const struct record *record, struct error *err)
{
    char *spec = spec_with_tensor(record);
    char *folder = file_absolute(model_folder(record->model));
    const struct {
        const char *what, *text;
    } names[] = {
        { "model", model_name(record->model) },
        { "folder", folder },
        { "tokens", spec },
    };
    int status = 0;

    for (size_t i = 0; i < sizeof names / sizeof *names && status == 0; i++) {
        char *utf8 = printable_utf8(names[i].text);

        if (strcmp(utf8, names[i].text) != 0)
            status = error_set(err, ERROR_DATA,
                               "%s: is not UTF-8, in which a trace keeps the "
                               "name of its %s",
                               names[i].text, names[i].what);
        free(utf8);
    }
    free(folder);
    free(spec);
    return status;
}

/* What will be recorded, as known before. */
static void record_describe(struct recorded_trace *about,
                            const struct record *record, const char *spec,
                            const char *folder)
{
    const struct model *model = record->model;
    uint64_t tokens = (uint64_t)record->tokens->rows * record->tokens->length;

    *about = (struct recorded_trace){
        .model = model_name(model),
        .family = model_family(model),
        .folder = folder,
        .core = openblas_get_corename(),
        .tokens = spec,
        .first_row = record->tokens->first,
        .rows = record->tokens->rows,
        .has_gram = record->gram,
        .gram_way = RECORDED_GRAM_WAY,
        .layers = model_layers(model),
    };
    memcpy(about->checkpoint, model_hash(model), HASH_TEXT);
    memcpy(about->tokens_hash, record->tokens->hash, HASH_TEXT);
    model_tokens_rows_hash(record->tokens, about->rows_hash);
    about->layer = memory_new(about->layers, sizeof *about->layer);
    for (size_t l = 0; l < about->layers; l++) {
        const struct model_layer *layer = model_layer(model, l);

        about->layer[l] = (struct recorded_layer){
            .shape = layer->shape,
            .input_of = model_input_of(model, l),
            .tokens = (uint32_t)min(tokens, record->sample),
            .routed = model_is_routed(model, l),
        };
    }
}

static int record_put_layer(struct recorded_trace_out *out, size_t number,
                            const struct record *record,
                            const struct calibration_layer *seen,
                            struct error *err)
{
    const struct model_layer *layer = model_layer(record->model, number);
    size_t size = (size_t)layer->shape.outputs * layer->shape.inputs;
    float *weights = memory_new_aligned(size, sizeof *weights);
    float *scale = memory_new(layer->shape.outputs, sizeof *scale);
    int8_t *values = memory_new(size, 1);
    int status = model_weights(record->model, number, weights, err);

    if (status == 0) {
        quantize_rows(values, scale, weights, layer->shape.outputs,
                      layer->shape.inputs);
        status = recorded_trace_put_layer(out, number, seen->mean_square,
                                          values, scale, err);
    }
    if (status == 0 && seen->input_of == number)
        status = recorded_trace_put_inputs(out, number, seen->input,
                                           seen->input_scale, seen->place, err);
    free(values);
    free(scale);
    free(weights);
    return status;
}

/* What is known of experts once the tokens have run. */
static void describe_routing(struct recorded_trace *about,
                             const struct calibration *calibration)
{
    for (size_t l = 0; l < about->layers; l++) {
        const struct calibration_layer *of =
            &calibration->layer[about->layer[l].input_of];

        if (!about->layer[l].routed)
            continue;
        about->layer[l].tokens = of->tokens;
        about->layer[l].reached = of->reached;
    }
}

void record_identity(const struct record *record, char hash[HASH_TEXT])
{
    char *spec = spec_with_tensor(record);
    struct recorded_trace about;

    record_describe(&about, record, spec, model_folder(record->model));
    recorded_trace_identity(&about, hash);
    free(about.layer);
    free(spec);
}

/* A block's matrices, from the file that was made while its rows ran. */
static int put_block_grams(struct recorded_trace_out *out,
                           const struct record *record, const char *path,
                           uint32_t block, struct error *err)
{
    const struct layer_span span = model_layers_of_block(record->model, block);
    char *beside = record_gram_path(path, block);
    struct safetensors *file = NULL;
    int status = safetensors_open(&file, beside, err);

    for (size_t l = span.first; status == 0 && l < span.end; l++) {
        const struct layer_shape *shape = &model_layer(record->model, l)->shape;
        char *name = memory_printf("%s.gram", shape->name);
        const struct safetensors_tensor *gram;

        if (model_input_of(record->model, l) == l) {
            gram =
                safetensors_need(file, name, DTYPE_F32, 2,
                                 (uint64_t[]){ shape->inputs, shape->inputs },
                                 err);
            status = gram ? recorded_trace_put_gram(
                                out, l, (const float *)gram->bytes, err)
                          : -1;
        }
        free(name);
    }
    opened_forget(beside);
    safetensors_close(file);
    free(beside);
    return status;
}

/* All that the trace has. */
static int put_all(struct recorded_trace_out *out, const struct record *record,
                   const struct calibration *calibration, const char *path,
                   struct error *err)
{
    uint32_t grams = record->gram ? model_blocks(record->model) : 0;
    int status = 0;

    for (size_t l = 0; status == 0 && l < calibration->layers; l++)
        status = record_put_layer(out, l, record, &calibration->layer[l], err);
    for (uint32_t b = 0; status == 0 && b < grams; b++)
        status = put_block_grams(out, record, path, b, err);
    return status;
}

int record_write(const struct record *record, const char *path,
                 struct error *err)
{
    struct calibration calibration;
    struct recorded_trace about;
    struct recorded_trace_out *out;
    struct model_sizes sizes;
    char *spec, *text, *folder;
    int status;

    if (model_sizes_of(&sizes, record->model, err) < 0 ||
        record_check_names(record, err) < 0 || file_check_output(path, err) < 0)
        return -1;
    calibration_begin(&calibration, record->model, record->tokens,
                      record->sample);
    if (record_measure(record, &calibration, path, err) < 0 ||
        calibration_finish(&calibration, err) < 0) {
        record_remove_useless(record, path);
        calibration_release(&calibration);
        return -1;
    }
    spec = spec_with_tensor(record);
    folder = file_absolute(model_folder(record->model));
    record_describe(&about, record, spec, folder);
    describe_routing(&about, &calibration);
    about.sizes = text = model_sizes_text(&sizes);
    status = recorded_trace_create(&out, path, &about, err);
    if (status == 0) {
        status = put_all(out, record, &calibration, path, err);
        if (status == 0)
            status = recorded_trace_commit(out, err);
        else
            recorded_trace_abandon(out);
    }
    if (status == 0)
        record_remove_kept(record, path);
    else
        record_remove_useless(record, path);
    free(about.layer);
    free(folder);
    free(spec);
    free(text);
    calibration_release(&calibration);
    return status;
}
