/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes a recorded trace.  All arrays are declared before the first is put, as
 * the header stands before them; a layer that shares another's input has none
 * of its own.
 */
#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "trace/recorded_trace.h"
#include "trace/trace_file.h"

struct recorded_trace_out {
    const struct recorded_trace *about;
    struct safetensors_out *file;
};

static void recorded_trace_out_add_table(struct safetensors_out *file,
                                         const struct recorded_trace *about)
{
    json_t *table = json_array();
    char *text;

    for (size_t i = 0; i < about->layers; i++) {
        const struct recorded_layer *layer = &about->layer[i];

        json_t *row =
            json_pack("{ss sI sI sI ss}", "name", layer->shape.name, "block",
                      (json_int_t)layer->shape.block, "inputs",
                      (json_int_t)layer->shape.inputs, "outputs",
                      (json_int_t)layer->shape.outputs, "input",
                      about->layer[layer->input_of].shape.name);

        if (layer->routed) {
            json_object_set_new(row, "tokens", json_integer(layer->tokens));
            json_object_set_new(row, "reached",
                                json_integer((json_int_t)layer->reached));
        }
        json_array_append_new(table, row);
    }
    text = json_dumps(table, JSON_COMPACT);
    if (!text)
        memory_exhausted(0);
    safetensors_out_metadata(file, "layers", text);
    free(text);
    json_decref(table);
}

static void add_metadata(struct safetensors_out *file,
                         const struct recorded_trace *about)
{
    char first[24], rows[24];

    snprintf(first, sizeof first, "%ju", (uintmax_t)about->first_row);
    snprintf(rows, sizeof rows, "%ju", (uintmax_t)about->rows);
    safetensors_out_metadata(file, "model", about->model);
    safetensors_out_metadata(file, "family", about->family);
    safetensors_out_metadata(file, "folder", about->folder);
    safetensors_out_metadata(file, "core", about->core ? about->core : "");
    safetensors_out_metadata(file, "checkpoint", about->checkpoint);
    safetensors_out_metadata(file, "tokens", about->tokens);
    safetensors_out_metadata(file, "tokens_hash", about->tokens_hash);
    safetensors_out_metadata(file, "first_row", first);
    safetensors_out_metadata(file, "rows", rows);
    safetensors_out_metadata(file, "rows_hash", about->rows_hash);
    if (about->sizes)
        safetensors_out_metadata(file, "sizes", about->sizes);
    if (about->has_gram && about->gram_way == RECORDED_GRAM_WAY)
        safetensors_out_metadata(file, "gram_way", "2");
    recorded_trace_out_add_table(file, about);
}

static bool recorded_has_experts(const struct recorded_trace *about)
{
    for (size_t i = 0; i < about->layers; i++)
        if (about->layer[i].routed)
            return true;
    return false;
}

int recorded_trace_create(struct recorded_trace_out **out, const char *path,
                          const struct recorded_trace *about, struct error *err)
{
    struct safetensors_out *file =
        trace_file_out("recorded", recorded_has_experts(about)
                                       ? TRACE_VERSION
                                       : TRACE_VERSION_PLAIN);

    add_metadata(file, about);
    for (size_t i = 0; i < about->layers; i++) {
        const struct recorded_layer *layer = &about->layer[i];

        trace_file_declare(
            file, (struct trace_array){ layer->shape.name, "mean_square",
                                        DTYPE_F64, layer->shape.inputs, 0 });
        trace_file_declare(file,
                           (struct trace_array){ layer->shape.name, "weights",
                                                 DTYPE_I8, layer->shape.outputs,
                                                 layer->shape.inputs });
        trace_file_declare(
            file, (struct trace_array){ layer->shape.name, "weight_scale",
                                        DTYPE_F32, layer->shape.outputs, 0 });
        if (layer->input_of != i)
            continue;
        if (layer->tokens > 0) {
            trace_file_declare(file, (struct trace_array){
                                         layer->shape.name, "inputs", DTYPE_I8,
                                         layer->tokens, layer->shape.inputs });
            trace_file_declare(
                file, (struct trace_array){ layer->shape.name, "input_scale",
                                            DTYPE_F32, layer->tokens, 0 });
        }
        if (layer->tokens > 0 && layer->routed)
            trace_file_declare(file, (struct trace_array){ layer->shape.name,
                                                           "routed", DTYPE_I32,
                                                           layer->tokens, 0 });
        if (about->has_gram)
            trace_file_declare(
                file, (struct trace_array){ layer->shape.name, "gram",
                                            DTYPE_F32, layer->shape.inputs,
                                            layer->shape.inputs });
    }
    if (safetensors_out_create(file, path, err) < 0) {
        safetensors_out_abandon(file);
        return -1;
    }
    *out = memory_new(1, sizeof **out);
    **out = (struct recorded_trace_out){ about, file };
    return 0;
}

int recorded_trace_put_layer(struct recorded_trace_out *out, size_t layer,
                             const double *mean_square, const int8_t *weights,
                             const float *weight_scale, struct error *err)
{
    const char *name = out->about->layer[layer].shape.name;

    if (trace_file_put(out->file, name, "mean_square", mean_square, err) < 0 ||
        trace_file_put(out->file, name, "weights", weights, err) < 0)
        return -1;
    return trace_file_put(out->file, name, "weight_scale", weight_scale, err);
}

int recorded_trace_put_inputs(struct recorded_trace_out *out, size_t layer,
                              const int8_t *input, const float *input_scale,
                              const int32_t *place, struct error *err)
{
    const struct recorded_layer *about = &out->about->layer[layer];
    const char *name = about->shape.name;

    assert(about->input_of == layer);
    if (about->tokens == 0)
        return 0;
    if (trace_file_put(out->file, name, "inputs", input, err) < 0 ||
        trace_file_put(out->file, name, "input_scale", input_scale, err) < 0)
        return -1;
    return about->routed ? trace_file_put(out->file, name, "routed", place, err)
                         : 0;
}

int recorded_trace_put_gram(struct recorded_trace_out *out, size_t layer,
                            const float *gram, struct error *err)
{
    assert(out->about->has_gram && out->about->layer[layer].input_of == layer);
    return trace_file_put(out->file, out->about->layer[layer].shape.name,
                          "gram", gram, err);
}

int recorded_trace_commit(struct recorded_trace_out *out, struct error *err)
{
    int status = safetensors_out_commit(out->file, err);

    free(out);
    return status;
}

void recorded_trace_abandon(struct recorded_trace_out *out)
{
    safetensors_out_abandon(out->file);
    free(out);
}
