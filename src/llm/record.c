/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A recorded trace is made in three steps: the statistics of the inputs over
 * all rows (in eighths that can be made by several workers and kept), then
 * layer by layer the int8 weights and a sample of the inputs, then the file in
 * place under the hash of what it has.
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
#include "base/leftover.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/stop.h"
#include "llm/calibration.h"
#include "llm/sequence.h"
#include "llm/sizes.h"
#include "tensor/quantize.h"
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
static int check_names(const struct record *record, struct error *err)
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

/* One layer's matrix: the mean, from the sum. */
static int put_gram(struct recorded_trace_out *out, struct sequence *sequence,
                    size_t number, uint32_t inputs, struct error *err)
{
    const double *sum = sequence_gram(sequence, number);
    uint64_t seen = sequence_tokens(sequence, number);
    double tokens = seen > 0 ? (double)seen : 1;
    size_t size = (size_t)inputs * inputs;
    float *gram = memory_new(size, sizeof *gram);
    int status;

    for (size_t i = 0; i < size; i++)
        gram[i] = (float)(sum[i] / tokens);
    status = recorded_trace_put_gram(out, number, gram, err);
    free(gram);
    return status;
}

static int put_block_grams(struct recorded_trace_out *out,
                           struct sequence *sequence,
                           const struct record *record, uint32_t block,
                           struct error *err)
{
    const struct model *model = record->model;
    const struct layer_span layers = model_layers_of_block(model, block);
    struct model_block *loaded;
    int status = 0;

    if (stop_check(err) < 0 || model_block_load(&loaded, model, block, err) < 0)
        return -1;
    sequence_look_through(sequence, loaded, block, SEQUENCE_GRAM);
    for (size_t l = layers.first; status == 0 && l < layers.end; l++) {
        if (model_input_of(model, l) == l)
            status = put_gram(out, sequence, l,
                              model_layer(model, l)->shape.inputs, err);
    }
    model_block_free(loaded);
    progress_add(record->work.progress, 1);
    return status;
}

static int put_grams(struct recorded_trace_out *out,
                     const struct record *record, struct error *err)
{
    uint32_t blocks = model_blocks(record->model);
    struct sequence *sequence =
        sequence_begin(record->model, record->tokens, record->work.workers);
    int status = 0;

    progress_begin(record->work.progress, "Gram matrices", blocks, "blocks");
    for (uint32_t b = 0; status == 0 && b < blocks; b++)
        status = put_block_grams(out, sequence, record, b, err);
    progress_end(record->work.progress);
    sequence_end(sequence);
    return status;
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

/* The file of an eighth; free() it. */
static char *eighth_path(const char *path, unsigned e)
{
    return memory_printf("%s.eighth-%u", path, e);
}

static int measure_eighth(const struct record *record,
                          struct calibration *calibration, const char *path,
                          unsigned e, struct error *err)
{
    char *beside = eighth_path(path, e);
    char identity[HASH_TEXT];
    int status;

    record_identity(record, identity);
    status = calibration_add(calibration, e, e + 1, &record->work, err);
    if (status == 0)
        status = calibration_save(calibration, e, identity, beside, err);
    free(beside);
    return status;
}

int record_eighth(const struct record *record, const char *path, unsigned e,
                  struct error *err)
{
    struct calibration calibration;
    char *beside = eighth_path(path, e);
    char identity[HASH_TEXT];
    int status = check_names(record, err);

    if (status < 0) {
        free(beside);
        return -1;
    }
    record_identity(record, identity);
    calibration_begin(&calibration, record->model, record->tokens,
                      record->sample);
    if (calibration_load(&calibration, e, identity, beside) != 0)
        status = measure_eighth(record, &calibration, path, e, err);
    calibration_release(&calibration);
    free(beside);
    return status;
}

static bool is_long(const struct record *record)
{
    const struct model *model = record->model;
    double weights = 0;

    for (size_t l = 0; l < model_layers(model); l++)
        weights += (double)model_layer(model, l)->shape.inputs *
                   model_layer(model, l)->shape.outputs;
    return weights * (double)record->tokens->rows * record->tokens->length >=
           RECORD_LONG;
}

/* What is not there yet: one eighth after the other where each shall be kept,
 * else as many together as follow one another. */
static int record_measure_missing(const struct record *record,
                                  struct calibration *calibration,
                                  const char *path, const bool *missing,
                                  struct error *err)
{
    int status = 0;

    for (unsigned e = 0; status == 0 && e < CALIBRATION_EIGHTHS; e++) {
        unsigned end = e + 1;

        if (!missing[e])
            continue;
        if (is_long(record)) {
            status = measure_eighth(record, calibration, path, e, err);
            continue;
        }
        while (end < CALIBRATION_EIGHTHS && missing[end])
            end++;
        status = calibration_add(calibration, e, end, &record->work, err);
        e = end - 1;
    }
    return status;
}

static int record_measure(const struct record *record,
                          struct calibration *calibration, const char *path,
                          struct error *err)
{
    bool missing[CALIBRATION_EIGHTHS];
    char identity[HASH_TEXT];
    size_t rows = 0;
    int status;

    record_identity(record, identity);
    for (unsigned e = 0; e < CALIBRATION_EIGHTHS; e++) {
        char *beside = eighth_path(path, e);

        missing[e] = calibration_load(calibration, e, identity, beside) != 0;
        if (missing[e])
            rows += calibration_cut(calibration, e + 1) -
                    calibration_cut(calibration, e);
        free(beside);
    }
    progress_begin(record->work.progress, "calibration",
                   rows * model_blocks(record->model), "rows x blocks");
    status = record_measure_missing(record, calibration, path, missing, err);
    progress_end(record->work.progress);
    return status == 0 ? calibration_finish(calibration, err) : -1;
}

/* With what a worker left of one that was killed while it wrote: whoever took
 * the command up found the file held as long as that worker was dying. */
static void remove_eighths(const char *path)
{
    for (unsigned e = 0; e < CALIBRATION_EIGHTHS; e++) {
        char *beside = eighth_path(path, e);

        unlink(beside);
        leftover_clear(beside);
        free(beside);
    }
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
        check_names(record, err) < 0 || file_check_output(path, err) < 0)
        return -1;
    calibration_begin(&calibration, record->model, record->tokens,
                      record->sample);
    if (record_measure(record, &calibration, path, err) < 0) {
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
        for (size_t l = 0; status == 0 && l < about.layers; l++)
            status =
                record_put_layer(out, l, record, &calibration.layer[l], err);
        if (status == 0 && record->gram)
            status = put_grams(out, record, err);
        if (status == 0)
            status = recorded_trace_commit(out, err);
        else
            recorded_trace_abandon(out);
    }
    if (status == 0)
        remove_eighths(path);
    free(about.layer);
    free(folder);
    free(spec);
    free(text);
    calibration_release(&calibration);
    return status;
}
