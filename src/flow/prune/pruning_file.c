/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/prune/pruning_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/opened.h"
#include "tensor/safetensors_out.h"

void pruning_file_release(struct pruning_file *file)
{
    free(file->path);
    free(file->identity);
}

void pruning_file_add(struct pruning_file *file, struct pruning_array array)
{
    file->array[file->arrays++] = array;
}

void pruning_file_leave_out_empty(struct pruning_file *file)
{
    size_t kept = 0;

    for (size_t i = 0; i < file->arrays; i++)
        if (file->array[i].bytes)
            file->array[kept++] = file->array[i];
    file->arrays = kept;
}

int pruning_file_save(const struct pruning_file *file, struct error *err)
{
    struct safetensors_out *out = safetensors_out_new();
    char *block = memory_printf("%u", file->block);
    int status;

    safetensors_out_metadata(out, "format", "flexcim-pruning");
    safetensors_out_metadata(out, "identity", file->identity);
    safetensors_out_metadata(out, "block", block);
    safetensors_out_seal(out, "content");
    free(block);
    for (size_t i = 0; i < file->arrays; i++)
        safetensors_out_declare(out, file->array[i].name, file->array[i].dtype,
                                file->array[i].rank, file->array[i].shape);
    status = safetensors_out_create(out, file->path, err);
    for (size_t i = 0; status == 0 && i < file->arrays; i++)
        status = safetensors_out_put(out, file->array[i].name,
                                     file->array[i].bytes, err);
    return safetensors_out_end(out, status, err);
}

struct safetensors *pruning_file_open(struct pruning_file *file)
{
    struct safetensors *in;
    struct error ignored;
    char content[HASH_TEXT];
    const char *text;
    uint64_t block = 0;
    int status;

    if (access(file->path, F_OK) != 0)
        return NULL;
    status = safetensors_open(&in, file->path, &ignored);
    opened_forget(file->path); /* it is made anew */
    if (status < 0)
        return NULL;
    safetensors_hash_data(in, content);
    text = safetensors_metadata(in, "block");
    if (safetensors_says(in, "format", "flexcim-pruning") &&
        safetensors_says(in, "identity", file->identity) &&
        safetensors_says(in, "content", content) && text &&
        number_u64(&block, text)) {
        file->block = (uint32_t)min(block, UINT32_MAX);
        return in;
    }
    safetensors_close(in);
    return NULL;
}

void *pruning_file_read(struct pruning_file *file, const struct safetensors *in)
{
    size_t size = 0, at = 0;
    struct error ignored;
    uint8_t *own;

    for (size_t i = 0; i < file->arrays; i++) {
        struct pruning_array *array = &file->array[i];
        const struct safetensors_tensor *tensor;

        if (!safetensors_find(in, array->name))
            continue;
        tensor = safetensors_need(in, array->name, array->dtype, array->rank,
                                  array->shape, &ignored);
        if (!tensor)
            return NULL;
        array->bytes = tensor->bytes;
        size += (tensor->length + 63) / 64 * 64;
    }
    own = memory_new_aligned(size, 1);
    for (size_t i = 0; i < file->arrays; i++) {
        struct pruning_array *array = &file->array[i];
        const struct safetensors_tensor *tensor =
            safetensors_find(in, array->name);

        if (!tensor)
            continue;
        memcpy(own + at, tensor->bytes, tensor->length);
        array->bytes = own + at;
        at += (tensor->length + 63) / 64 * 64;
    }
    return own;
}
