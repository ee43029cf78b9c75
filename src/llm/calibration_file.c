/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An eighth of a calibration as a safetensors file.  Per distinct input, under
 * the name of the first layer that has it,
 *
 *     NAME.sum          F64 [K]     of the squares of the eighth's tokens
 *     NAME.inputs       I8  [t][K]  the part of the sample that lies in it
 *     NAME.input_scale  F32 [t]
 *
 * the last two only if t > 0.  `__metadata__`: format=flexcim-eighth, identity,
 * eighth, and the seal `content`.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/opened.h"
#include "llm/calibration.h"
#include "tensor/safetensors.h"
#include "tensor/safetensors_out.h"

static const char format[] = "flexcim-eighth";

/* Tokens of the sample before an eighth. */
static uint32_t sampled_before(const struct calibration *calibration,
                               unsigned eighth)
{
    size_t tokens =
        calibration_cut(calibration, eighth) * calibration->tokens->length;

    return (uint32_t)min(tokens, calibration->sampled);
}

/* One layer's arrays of an eighth, as they lie in memory. */
struct slice {
    char *names[3];
    enum dtype dtypes[3];
    unsigned rank[3];
    uint64_t shape[3][2];
    void *bytes[3];
    size_t size[3];
    unsigned count;
};

static void slice_init(struct slice *slice,
                       const struct calibration *calibration, size_t number,
                       unsigned eighth)
{
    const struct calibration_layer *layer = &calibration->layer[number];
    const struct model_layer *about = model_layer(calibration->model, number);
    size_t inputs = about->shape.inputs;
    uint32_t from = sampled_before(calibration, eighth);
    uint32_t tokens = sampled_before(calibration, eighth + 1) - from;

    *slice = (struct slice){
        .names = { memory_printf("%s.sum", about->shape.name),
                   memory_printf("%s.inputs", about->shape.name),
                   memory_printf("%s.input_scale", about->shape.name) },
        .dtypes = { DTYPE_F64, DTYPE_I8, DTYPE_F32 },
        .rank = { 1, 2, 1 },
        .shape = { { inputs }, { tokens, inputs }, { tokens } },
        .bytes = { layer->sum + eighth * inputs, layer->input + from * inputs,
                   layer->input_scale + from },
        .size = { inputs * sizeof(double), tokens * inputs,
                  tokens * sizeof(float) },
        .count = tokens > 0 ? 3 : 1,
    };
}

static void slice_release(struct slice *slice)
{
    for (unsigned i = 0; i < 3; i++)
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
            status =
                safetensors_out_put(out, slice.names[i], slice.bytes[i], err);
        slice_release(&slice);
    }
    return status;
}

int calibration_save(const struct calibration *calibration, unsigned eighth,
                     const char *identity, const char *path, struct error *err)
{
    struct safetensors_out *out = safetensors_out_new();
    struct slice slice;
    char number[2] = { (char)('0' + eighth) };

    safetensors_out_metadata(out, "format", format);
    safetensors_out_metadata(out, "identity", identity);
    safetensors_out_metadata(out, "eighth", number);
    safetensors_out_seal(out, "content");
    for (size_t l = 0; l < calibration->layers; l++) {
        if (calibration->layer[l].input_of != l)
            continue;
        slice_init(&slice, calibration, l, eighth);
        for (unsigned i = 0; i < slice.count; i++)
            safetensors_out_declare(out, slice.names[i], slice.dtypes[i],
                                    slice.rank[i], slice.shape[i]);
        slice_release(&slice);
    }
    if (safetensors_out_create(out, path, err) == 0 &&
        write_slices(out, calibration, eighth, err) == 0)
        return safetensors_out_commit(out, err);
    safetensors_out_abandon(out);
    return -1;
}

static bool says(const struct safetensors *file, const char *key,
                 const char *wanted)
{
    const char *text = safetensors_metadata(file, key);

    return text && strcmp(text, wanted) == 0;
}

static bool is_eighth(const struct safetensors *file, unsigned eighth,
                      const char *identity)
{
    char number[2] = { (char)('0' + eighth) }, content[HASH_TEXT];

    safetensors_hash_data(file, content);
    return says(file, "format", format) && says(file, "identity", identity) &&
           says(file, "eighth", number) && says(file, "content", content);
}

static bool read_slice(const struct slice *slice,
                       const struct safetensors *file)
{
    struct error ignored;

    for (unsigned i = 0; i < slice->count; i++) {
        const struct safetensors_tensor *tensor =
            safetensors_need(file, slice->names[i], slice->dtypes[i],
                             slice->rank[i], slice->shape[i], &ignored);

        if (!tensor)
            return false;
        memcpy(slice->bytes[i], tensor->bytes, slice->size[i]);
    }
    return true;
}

int calibration_load(struct calibration *calibration, unsigned eighth,
                     const char *identity, const char *path)
{
    struct safetensors *file;
    struct slice slice;
    struct error ignored;
    bool good;

    if (access(path, F_OK) != 0)
        return 1;
    if (safetensors_open(&file, path, &ignored) < 0) {
        opened_forget(path); /* it is made anew */
        return 1;
    }
    good = is_eighth(file, eighth, identity);
    for (size_t l = 0; good && l < calibration->layers; l++) {
        if (calibration->layer[l].input_of != l)
            continue;
        slice_init(&slice, calibration, l, eighth);
        good = read_slice(&slice, file);
        slice_release(&slice);
    }
    safetensors_close(file);
    if (!good)
        opened_forget(path);
    return good ? 0 : 1;
}
