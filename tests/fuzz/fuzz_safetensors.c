/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tensor files, and what the readers of traces make of them. */
#include <string.h>

#include "tensor/safetensors.h"
#include "tests/fuzz/fuzz.h"
#include "trace/recorded_trace.h"
#include "trace/sparse_trace.h"

void fuzz_begin(void)
{
}

static void look_at_tensors(const struct safetensors *file)
{
    char hash[HASH_TEXT], shape[SAFETENSORS_SHAPE_TEXT];

    for (size_t i = 0; i < safetensors_count(file); i++) {
        const struct safetensors_tensor *tensor = safetensors_at(file, i);

        FUZZ_MUST(safetensors_find(file, tensor->name) == tensor);
        safetensors_shape_print(shape, tensor->rank, tensor->shape);
        fuzz_touch(shape, strlen(shape));
        fuzz_touch(tensor->bytes, tensor->length);
        safetensors_done(tensor);
    }
    safetensors_hash(file, hash);
}

static void look_at_recorded(const struct recorded_trace *trace)
{
    for (size_t i = 0; i < trace->layers; i++) {
        const struct recorded_layer *layer = &trace->layer[i];
        size_t weights = (size_t)layer->shape.inputs * layer->shape.outputs;

        FUZZ_MUST(layer->input_of <= i);
        fuzz_touch(layer->shape.name, strlen(layer->shape.name));
        fuzz_touch(layer->mean_square, 8 * (size_t)layer->shape.inputs);
        fuzz_touch(layer->weights, weights);
        fuzz_touch(layer->weight_scale, 4 * (size_t)layer->shape.outputs);
        fuzz_touch(layer->input, (size_t)layer->tokens * layer->shape.inputs);
        fuzz_touch(layer->input_scale, 4 * (size_t)layer->tokens);
    }
}

void fuzz_one(const uint8_t *bytes, size_t length)
{
    struct error err = { 0 };
    struct safetensors *file;
    struct recorded_trace recorded;
    struct sparse_trace sparse;
    int status;

    fuzz_put("it.safetensors", bytes, length);
    status = safetensors_open(&file, "it.safetensors", &err);
    fuzz_check(status, &err);
    if (status < 0)
        return;
    look_at_tensors(file);
    safetensors_close(file);
    status = recorded_trace_open(&recorded, "it.safetensors", &err);
    fuzz_check(status, &err);
    if (status == 0) {
        look_at_recorded(&recorded);
        recorded_trace_close(&recorded);
    }
    status = sparse_trace_open(&sparse, "it.safetensors", &err);
    fuzz_check(status, &err);
    if (status == 0)
        sparse_trace_close(&sparse);
}
