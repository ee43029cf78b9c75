/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An eighth of a calibration as a safetensors file.  Per distinct input, under
 * the name of the first layer that has it,
 *
 *     NAME.sum          F64 [K]     of the squares of the eighth's tokens
 *     NAME.inputs       I8  [t][K]  the part of the sample that lies in it
 *     NAME.input_scale  F32 [t]
 *
 * the last two only if t > 0.  Of an expert there are also
 *
 *     NAME.seen         U64 [1]     the eighth's tokens that it saw
 *     NAME.routed       I32 [t]     which tokens of the sample the t are
 *
 * Rows that are not through all blocks lie in it as well,
 *
 *     hidden            F32 [rows][tokens][width]
 *
 * `__metadata__`: format=flexcim-eighth-2, identity, eighth, block (that comes
 * next), and the seal `content`.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/opened.h"
#include "llm/calibration.h"
#include "tensor/safetensors.h"
#include "tensor/safetensors_out.h"

static const char format[] = "flexcim-eighth-2";

/* Tokens of the sample before an eighth. */
static uint32_t sampled_before(const struct calibration *calibration,
                               unsigned eighth)
{
    size_t tokens =
        calibration_cut(calibration, eighth) * calibration->tokens->length;

    return (uint32_t)min(tokens, calibration->sampled);
}

/* One layer's arrays of an eighth, as they lie in memory. */
enum { MOST_SLICES = 5 };

struct array_slice {
    const char *part; /* "inputs" */
    enum dtype dtype;
    uint64_t rows, columns; /* 0 columns: one dimension only */
    void *bytes;
};

struct slice {
    char *names[MOST_SLICES];
    struct array_slice array[MOST_SLICES];
    unsigned count;
};

static unsigned slice_rank(const struct array_slice *array)
{
    return array->columns ? 2 : 1;
}

static size_t slice_bytes(const struct array_slice *array)
{
    return array->rows * (array->columns ? array->columns : 1) *
           dtype_size(array->dtype);
}

static void slice_add(struct slice *slice, const char *layer,
                      struct array_slice array)
{
    slice->names[slice->count] = memory_printf("%s.%s", layer, array.part);
    slice->array[slice->count++] = array;
}

static void slice_init(struct slice *slice,
                       const struct calibration *calibration, size_t number,
                       unsigned eighth)
{
    const struct calibration_layer *layer = &calibration->layer[number];
    const struct model_layer *about = model_layer(calibration->model, number);
    const char *name = about->shape.name;
    size_t inputs = about->shape.inputs;
    uint32_t from = sampled_before(calibration, eighth);
    uint32_t tokens = sampled_before(calibration, eighth + 1) - from;
    int8_t *input;
    float *scale;

    *slice = (struct slice){ 0 };
    slice_add(slice, name,
              (struct array_slice){ "sum", DTYPE_F64, inputs, 0,
                                    layer->sum + eighth * inputs });
    if (layer->seen) {
        struct calibration_part *part = &layer->part[eighth];

        slice_add(slice, name,
                  (struct array_slice){ "seen", DTYPE_U64, 1, 0,
                                        &layer->seen[eighth] });
        tokens = part->tokens;
        input = part->input; /* its own, as the layer has none yet */
        scale = part->input_scale;
        if (tokens > 0)
            slice_add(slice, name,
                      (struct array_slice){ "routed", DTYPE_I32, tokens, 0,
                                            part->place });
    } else {
        input = layer->input + from * inputs;
        scale = layer->input_scale + from;
    }
    if (tokens == 0)
        return;
    slice_add(slice, name,
              (struct array_slice){ "inputs", DTYPE_I8, tokens, inputs,
                                    input });
    slice_add(slice, name,
              (struct array_slice){ "input_scale", DTYPE_F32, tokens, 0,
                                    scale });
}

static void slice_release(struct slice *slice)
{
    for (unsigned i = 0; i < slice->count; i++)
        free(slice->names[i]);
}

static int write_slices(struct safetensors_out *out,
                        const struct calibration *calibration, unsigned eighth,
                        struct error *err)
{
    struct slice slice;
    int status = 0;

    for (size_t l = 0; status == 0 && l < calibration->layers; l++) {
        if (calibration->layer[l].input_of != l)
            continue;
        slice_init(&slice, calibration, l, eighth);
        for (unsigned i = 0; status == 0 && i < slice.count; i++)
            status = safetensors_out_put(out, slice.names[i],
                                         slice.array[i].bytes, err);
        slice_release(&slice);
    }
    return status;
}

/* Whether hidden states lie in the file. */
static bool is_on_its_way(const struct calibration *calibration,
                          const struct calibration_file *file)
{
    return file->rows && file->rows->block < model_blocks(calibration->model);
}

static void hidden_shape(uint64_t shape[3],
                         const struct calibration *calibration, unsigned eighth)
{
    shape[0] = calibration_cut(calibration, eighth + 1) -
               calibration_cut(calibration, eighth);
    shape[1] = calibration->tokens->length;
    shape[2] = model_width(calibration->model);
}

static void describe(struct safetensors_out *out,
                     const struct calibration *calibration,
                     const struct calibration_file *file)
{
    bool on_its_way = is_on_its_way(calibration, file);
    char *block =
        memory_printf("%u", on_its_way ? file->rows->block
                                       : model_blocks(calibration->model));
    uint64_t shape[3];

    safetensors_out_metadata(out, "format", format);
    safetensors_out_metadata(out, "identity", file->identity);
    safetensors_out_metadata(out, "eighth",
                             (char[]){ (char)('0' + file->eighth), 0 });
    safetensors_out_metadata(out, "block", block);
    safetensors_out_seal(out, "content");
    hidden_shape(shape, calibration, file->eighth);
    if (on_its_way)
        safetensors_out_declare(out, "hidden", DTYPE_F32, 3, shape);
    free(block);
}

int calibration_save(const struct calibration *calibration,
                     const struct calibration_file *file, struct error *err)
{
    struct safetensors_out *out = safetensors_out_new();
    struct slice slice;
    int status;

    describe(out, calibration, file);
    for (size_t l = 0; l < calibration->layers; l++) {
        if (calibration->layer[l].input_of != l)
            continue;
        slice_init(&slice, calibration, l, file->eighth);
        for (unsigned i = 0; i < slice.count; i++)
            safetensors_out_declare(out, slice.names[i], slice.array[i].dtype,
                                    slice_rank(&slice.array[i]),
                                    (uint64_t[]){ slice.array[i].rows,
                                                  slice.array[i].columns });
        slice_release(&slice);
    }
    status = safetensors_out_create(out, file->path, err);
    if (status == 0)
        status = write_slices(out, calibration, file->eighth, err);
    if (status == 0 && is_on_its_way(calibration, file))
        status = safetensors_out_put(out, "hidden", file->rows->hidden.at, err);
    return safetensors_out_end(out, status, err);
}

/* The block that an eighth stands at, into `block`. */
static bool is_eighth(const struct safetensors *file,
                      const struct calibration_file *wanted, uint64_t *block)
{
    char content[HASH_TEXT];
    const char *text = safetensors_metadata(file, "block");

    safetensors_hash_data(file, content);
    return safetensors_says(file, "format", format) &&
           safetensors_says(file, "identity", wanted->identity) &&
           safetensors_says(file, "eighth",
                            (char[]){ (char)('0' + wanted->eighth), 0 }) &&
           safetensors_says(file, "content", content) && text &&
           number_u64(block, text);
}

/* Where the rows stand, and their states unless they are through. */
static bool read_rows(const struct calibration *calibration,
                      const struct calibration_file *wanted,
                      const struct safetensors *file, uint64_t block)
{
    const struct safetensors_tensor *tensor;
    struct error ignored;
    uint64_t shape[3];

    if (block == model_blocks(calibration->model)) {
        if (wanted->rows)
            wanted->rows->block = (uint32_t)block;
        return true;
    }
    if (block > model_blocks(calibration->model) || !wanted->rows)
        return false;
    hidden_shape(shape, calibration, wanted->eighth);
    tensor = safetensors_need(file, "hidden", DTYPE_F32, 3, shape, &ignored);
    if (!tensor)
        return false;
    memcpy(wanted->rows->hidden.at, tensor->bytes, tensor->length);
    wanted->rows->block = (uint32_t)block;
    return true;
}

static bool read_slice(const struct slice *slice,
                       const struct safetensors *file)
{
    struct error ignored;

    for (unsigned i = 0; i < slice->count; i++) {
        const struct array_slice *array = &slice->array[i];
        const struct safetensors_tensor *tensor = safetensors_need(
            file, slice->names[i], array->dtype, slice_rank(array),
            (uint64_t[]){ array->rows, array->columns }, &ignored);

        if (!tensor)
            return false;
        memcpy(array->bytes, tensor->bytes, slice_bytes(array));
    }
    return true;
}

/* Makes room for what an expert saw of the sample, as the file says. */
static bool make_part(struct calibration *calibration, size_t number,
                      unsigned eighth, const struct safetensors *file)
{
    struct calibration_part *part = &calibration->layer[number].part[eighth];
    const struct layer_shape *shape =
        &model_layer(calibration->model, number)->shape;
    char *name = memory_printf("%s.routed", shape->name);
    const struct safetensors_tensor *tensor = safetensors_find(file, name);
    uint64_t most = sampled_before(calibration, eighth + 1) -
                    sampled_before(calibration, eighth);

    free(name);
    free(part->place);
    free(part->input);
    free(part->input_scale);
    *part = (struct calibration_part){ 0 };
    if (!tensor)
        return true;
    if (tensor->rank != 1 || tensor->shape[0] > most)
        return false;
    part->tokens = (uint32_t)tensor->shape[0];
    part->place = memory_new(part->tokens, sizeof *part->place);
    part->input = memory_new((size_t)part->tokens * shape->inputs, 1);
    part->input_scale = memory_new(part->tokens, sizeof *part->input_scale);
    return true;
}

int calibration_load(struct calibration *calibration,
                     const struct calibration_file *wanted)
{
    struct safetensors *file;
    struct slice slice;
    struct error ignored;
    uint64_t block;
    bool good;

    if (access(wanted->path, F_OK) != 0)
        return 1;
    if (safetensors_open(&file, wanted->path, &ignored) < 0) {
        opened_forget(wanted->path); /* it is made anew */
        return 1;
    }
    good = is_eighth(file, wanted, &block);
    for (size_t l = 0; good && l < calibration->layers; l++) {
        if (calibration->layer[l].input_of != l)
            continue;
        if (calibration->layer[l].seen &&
            !make_part(calibration, l, wanted->eighth, file)) {
            good = false;
            break;
        }
        slice_init(&slice, calibration, l, wanted->eighth);
        good = read_slice(&slice, file);
        slice_release(&slice);
    }
    good = good && read_rows(calibration, wanted, file, block);
    safetensors_close(file);
    opened_forget(wanted->path);
    return good ? 0 : 1;
}
